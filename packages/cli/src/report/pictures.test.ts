import type { ImageArray } from '@lulc/core';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { classColours } from './classColours.js';
import { commonStretch, compositePng, maskPng, overlayPng } from './pictures.js';

const bands = ['B02', 'B03', 'B04'];

/** Blue rises from left to right, green from top to bottom, red is its mirror image. */
function ramp(size: number): ImageArray {
  const data = new Uint16Array(size * size * 3);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) data.set([1000 + x, 2000 + y, 3000 - x], (y * size + x) * 3);
  return { data, shape: [size, size, 3] };
}

async function pixels(uri: string) {
  const [head, body] = uri.split(',');
  expect(head).toBe('data:image/png;base64');
  const { data, info } = await sharp(Buffer.from(body, 'base64')).raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  return {
    at: (x: number, y: number) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)],
    info,
  };
}

it('stretches each colour between the 2nd and 98th percentile of all images', () => {
  const values = Uint16Array.from({ length: 300 }, (_, i) => Math.floor(i / 3));
  const stretch = commonStretch([{ data: values, shape: [10, 10, 3] }], bands);
  expect(stretch).toEqual([
    [1, 97],
    [1, 97],
    [1, 97],
  ]);
});

it('shows red, green and blue in their places', async () => {
  const image = ramp(40);
  const { at, info } = await pixels(await compositePng(image, bands, commonStretch([image], bands)));
  expect([info.width, info.height]).toEqual([160, 160]);
  expect(at(158, 1)).toEqual([0, 0, 255]);
  expect(at(1, 158)).toEqual([255, 255, 0]);
});

it('lays evidence over the picture where it is, and nowhere else', async () => {
  const image = ramp(32);
  const stretch = commonStretch([image], bands);
  const map = { data: new Float32Array(64).fill(0), height: 8, width: 8 };
  map.data[7 * 8 + 7] = 1; // bottom right
  const plain = await pixels(await compositePng(image, bands, stretch));
  const covered = await pixels(await overlayPng(image, bands, stretch, map));
  expect(covered.at(20, 20)).toEqual(plain.at(20, 20));
  const [before, after] = [plain.at(155, 155), covered.at(155, 155)];
  expect(before[0]).toBeLessThan(20); // turquoise
  expect(after[0]).toBeGreaterThan(120); // pale yellow, the bright end of the colours
});

it('makes do with one band and with an image of one value', async () => {
  const image: ImageArray = { data: new Uint8Array(16).fill(7), shape: [4, 4, 1] };
  const { at } = await pixels(await compositePng(image, ['x'], commonStretch([image], ['x'])));
  expect(at(80, 80)).toEqual([0, 0, 0]);
});

it('shows a map in the colours of its classes, hard edges and nothing where no class is known', async () => {
  const uri = await maskPng({ data: Uint8Array.of(0, 1, 255, 0), shape: [2, 2] }, [
    [200, 0, 0],
    [0, 0, 250],
  ]);
  const { data, info } = await sharp(Buffer.from(uri.split(',')[1], 'base64'))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([160, 160, 4]);
  const at = (x: number, y: number) => [...data.subarray((y * 160 + x) * 4, (y * 160 + x) * 4 + 4)];
  expect([at(79, 79), at(80, 79), at(80, 80)]).toEqual([
    [200, 0, 0, 255],
    [0, 0, 250, 255],
    [200, 0, 0, 255],
  ]);
  expect(at(79, 80)[3]).toBe(0);
});

it('has a colour of its own for each of many classes', () => {
  const colours = classColours(45);
  expect(new Set(colours.map(String)).size).toBe(45);
  for (const value of colours.flat()) expect(value >= 0 && value <= 255 && Number.isInteger(value)).toBe(true);
});
