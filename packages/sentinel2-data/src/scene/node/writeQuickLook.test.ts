import path from 'node:path';
import { imageScene } from '@lulc/core';
import sharp from 'sharp';
import { beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../../testing/temporary.js';
import { writeQuickLook } from './writeQuickLook.js';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

const [height, width] = [10, 7];
/** Four bands; rows 0 to 4 dark, 5 to 8 bright, the last row without data. */
const data = Uint16Array.from({ length: height * width * 4 }, (_, i) => {
  const y = Math.floor(i / (4 * width));
  return y === 9 ? 0 : (y < 5 ? 100 : 900) + (i % 4);
});
const scene = imageScene({ data, shape: [height, width, 4] }, { bands: ['B08', 'B02', 'B03', 'B04'], nodata: 0 });

async function pixels(file: string): Promise<number[][]> {
  const raw = await sharp(file).raw().toBuffer();
  return Array.from({ length: raw.length / 4 }, (_, i) => [...raw.subarray(4 * i, 4 * i + 4)]);
}

it('stretches from black to white, leaves no data transparent, and paints where the mask is', async () => {
  const file = path.join(folder, 'looks', 'full.png');
  // Clouds in column 0, and no data where the scene has none.
  const labels = Uint8Array.from({ length: height * width }, (_, i) => (i >= 63 ? 255 : i % width === 0 ? 1 : 0));
  const mask = imageScene({ data: labels, shape: [height, width, 1] }, { bands: ['mask'], nodata: 255 });
  expect(await writeQuickLook({ path: file, scene, mask, colour: [255, 55, 5], opacity: 0.6 })).toEqual([10, 7]);
  const seen = await pixels(file);
  expect([seen[1], seen[6 * width + 1]]).toEqual([
    [0, 0, 0, 255],
    [255, 255, 255, 255],
  ]);
  expect(seen[0]).toEqual([153, 33, 3, 255]);
  expect(seen[6 * width]).toEqual([255, Math.round(0.4 * 255 + 0.6 * 55), Math.round(0.4 * 255 + 0.6 * 5), 255]);
  expect(seen.slice(63).every(([, , , opacity]) => opacity === 0)).toBe(true);
});

it('averages squares of pixels with data', async () => {
  const file = path.join(folder, 'small.png');
  const one = Uint8Array.of(0, 0, 40, 250, 0, 0, 0, 20, 0, 0, 0, 0);
  const grey = imageScene({ data: one, shape: [2, 6, 1] }, { bands: ['a'], nodata: 0 });
  expect(await writeQuickLook({ path: file, scene: grey, maxSize: 3 })).toEqual([1, 3]);
  // 40 and 250 are the only values of the second square; means of 20 and 145 become black and white; the third has none.
  expect(await pixels(file)).toEqual([
    [0, 0, 0, 255],
    [255, 255, 255, 255],
    [0, 0, 0, 0],
  ]);
});

it('refuses other sizes of masks and other numbers of bands', async () => {
  const mask = imageScene({ data: new Uint8Array(4), shape: [2, 2, 1] }, { bands: ['mask'] });
  const file = path.join(folder, 'no.png');
  await expect(writeQuickLook({ path: file, scene, mask })).rejects.toMatchObject({ code: 'shape-mismatch' });
  await expect(writeQuickLook({ path: file, scene, bands: ['B02', 'B03'] })).rejects.toThrow(/2 bands/);
  await expect(writeQuickLook({ path: file, scene, bands: ['B05'] })).rejects.toMatchObject({ code: 'unknown-name' });
});
