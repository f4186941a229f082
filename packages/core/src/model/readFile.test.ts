import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { readFile } from './readFile.js';

const folder = mkdtempSync(join(tmpdir(), 'lulc-read-'));
const path = join(folder, 'a file.h5');
writeFileSync(path, Uint8Array.of(1, 2, 3));

it('reads a path and a file address', async () => {
  expect(await readFile(path)).toEqual(Uint8Array.of(1, 2, 3));
  expect(await readFile(pathToFileURL(path))).toEqual(Uint8Array.of(1, 2, 3));
});

it('reads from the web, with its query', async () => {
  const server = createServer(({ url }, response) => response.end(url)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const bytes = await readFile(`http://127.0.0.1:${port}/in/a%20file.index?key=1`);
    expect(new TextDecoder().decode(bytes)).toBe('/in/a%20file.index?key=1');
  } finally {
    server.close();
  }
});

it('says what is wrong', async () => {
  await expect(readFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'missing-file' });
  await expect(readFile(path, { maxBytes: 2 })).rejects.toMatchObject({ code: 'corrupt-file' });
  await expect(readFile('indexeddb://x')).rejects.toMatchObject({ code: 'invalid-argument' });
  await expect(readFile(`${folder}/`)).rejects.toMatchObject({ code: 'invalid-argument' });
});
