import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeAtomically } from './atomicFile.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lulc-atomic-'));
});
afterEach(() => rm(folder, { recursive: true }));

const bytes = (text: string) => new TextEncoder().encode(text);

test('chunks are written in order, over what was there, into folders that are made', async () => {
  const path = join(folder, 'a', 'b', 'file');
  await writeAtomically(path, bytes('old and longer'));
  await writeAtomically(path, bytes('new'), bytes(''), bytes(' text'));
  expect(await readFile(path, 'utf8')).toBe('new text');
  expect(await readdir(join(folder, 'a', 'b'))).toEqual(['file']);
});

test('a write that fails leaves the old content and no temporary file', async () => {
  const path = join(folder, 'file');
  await writeFile(path, 'old');
  await expect(writeAtomically(path, bytes('half'), null as never)).rejects.toThrow();
  expect(await readFile(path, 'utf8')).toBe('old');
  await mkdir(join(folder, 'taken'));
  await expect(writeAtomically(join(folder, 'taken'), bytes('x'))).rejects.toThrow();
  expect((await readdir(folder)).sort()).toEqual(['file', 'taken']);
});

test('many writers at once leave one whole content', async () => {
  const path = join(folder, 'file');
  const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(50_000));
  await Promise.all(contents.map((text) => writeAtomically(path, bytes(text))));
  expect(contents).toContain(await readFile(path, 'utf8'));
  expect(await readdir(folder)).toEqual(['file']);
});
