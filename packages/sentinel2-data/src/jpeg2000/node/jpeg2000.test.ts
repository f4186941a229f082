import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isLulcError, random } from '@lulc/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { blockCache } from '../../scene/node/blockCache.js';
import type { BlockValues } from '../../scene/node/blockRaster.js';
import { openRaster } from '../../scene/node/rasterFile.js';
import { put, temporaryFolder } from '../../testing/temporary.js';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
/** What the script that made the files says of them. */
const about: Readonly<Record<string, { bits: number; channels: number; error: number }>> = JSON.parse(
  readFileSync(path.join(fixtures, 'files.json'), 'utf8'),
).files;
const bytesOf = (name: string) => new Uint8Array(readFileSync(path.join(fixtures, name)));
const [height, width] = [111, 150];

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

/** The formula of fixtures/make.py. */
function truth(bits: number, channel: number, x: number, y: number): number {
  const full = 1000 + 400 * channel + 12 * x + 7 * y + Math.floor((x * y) / 32) + ((x * 31 + y * 17) % 4);
  return bits > 8 ? full : Math.floor(full / 32) % 256;
}

const open = (file: string, cacheBytes = 2 ** 26) => openRaster(file, blockCache<BlockValues>(cacheBytes));
const whole = { top: 0, left: 0, height, width };

/** Largest difference between a window and the formula. */
function error(
  data: ArrayLike<number>,
  { bits, channels }: { bits: number; channels: number },
  { top, left, height: rows, width: columns }: typeof whole,
): number {
  let largest = data.length === rows * columns * channels ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    const expected = truth(bits, i % channels, left + (pixel % columns), top + Math.floor(pixel / columns));
    largest = Math.max(largest, Math.abs(data[i] - expected));
  }
  return largest;
}

const files = Object.entries(about).map(
  ([name, file]) => [name === 'boxed' ? 'boxed.jp2' : `${name}.j2k`, file] as const,
);

describe('JPEG 2000', () => {
  it.each(files)('%s has the pixels that it was made of, whole and in windows', async (name, file) => {
    const raster = await open(path.join(fixtures, name));
    expect(raster.shape).toEqual([height, width, file.channels]);
    for (const window of [
      whole,
      { top: 46, left: 60, height: 3, width: 3 },
      { top: 37, left: 8, height: 70, width: 131 },
      { top: 110, left: 149, height: 1, width: 1 },
    ]) {
      const { data } = await raster.read(window);
      expect(data).toBeInstanceOf(file.bits > 8 ? Uint16Array : Uint8Array);
      expect(error(data, file, window)).toBeLessThanOrEqual(file.error);
    }
    await raster.close();
  });

  it('decodes the tiles that a window touches, and no others', async () => {
    const bytes = bytesOf('uint16.j2k');
    // behind the last tile-part's header: nothing there can be decoded
    const last = Buffer.from(bytes).lastIndexOf(Buffer.of(0xff, 0x90, 0, 10));
    bytes.fill(0xff, last + 14, bytes.length - 2);
    const file = path.join(folder, 'one-broken.j2k');
    await put(file, bytes);
    const raster = await open(file);
    const window = { top: 0, left: 0, height, width: 122 };
    expect(error((await raster.read(window)).data, about.uint16, window)).toBe(0);
    await raster.close();
  });

  it('keeps no more memory than asked, whatever it has decoded', async () => {
    const raster = await open(path.join(fixtures, 'uint16.j2k'), 1);
    for (let i = 0; i < 3; i++) expect(error((await raster.read(whole)).data, about.uint16, whole)).toBe(0);
    await raster.close();
  });

  it('reads damaged files or says what is wrong, in little time', async () => {
    const draw = random(5);
    let read = 0;
    let refused = 0;
    const attempt = async (bytes: Uint8Array) => {
      const file = path.join(folder, 'damaged.jp2');
      await put(file, bytes);
      try {
        const raster = await open(file);
        try {
          const [rows, columns] = raster.shape;
          await raster.read({ top: 0, left: 0, height: Math.min(rows, 300), width: Math.min(columns, 300) });
        } finally {
          await raster.close();
        }
        read++;
      } catch (failure) {
        const known = isLulcError(failure) && ['corrupt-file', 'unsupported-file'].includes(failure.code);
        if (!known || failure.where.file !== file) throw failure;
        refused++;
      }
    };
    for (const name of ['precincts.j2k', 'offset.j2k', 'boxed.jp2', 'colours.j2k']) {
      const sound = bytesOf(name);
      for (let i = 0; i < 12; i++) {
        await attempt(sound.subarray(0, 12 + draw.integer(sound.length - 12)));
        const flipped = sound.slice();
        for (let k = 0; k < 3; k++) flipped[draw.integer(i < 8 ? 200 : sound.length)] = draw.integer(256);
        await attempt(flipped);
      }
      const noise = sound.slice();
      for (let k = name.endsWith('2k') ? 4 : 12; k < noise.length; k++) noise[k] = draw.integer(256);
      await attempt(noise);
    }
    expect(refused).toBeGreaterThan(40);
    expect(read).toBeGreaterThan(0);
    // and the decoder is none the worse for it
    const raster = await open(path.join(fixtures, 'uint16.j2k'));
    expect(error((await raster.read(whole)).data, about.uint16, whole)).toBe(0);
    await raster.close();
  });
});
