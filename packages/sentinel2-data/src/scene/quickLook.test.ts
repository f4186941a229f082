import { imageScene } from '@lulc/core';
import { expect, it } from 'vitest';
import { reduceScene } from './quickLook.js';

it('gives means of pixels with data and their share, at cut-off edges too', async () => {
  // Rows of 5 pixels; 0 is no data.
  const rows = [
    [1, 3, 0, 0, 8],
    [5, 7, 0, 9, 0],
    [2, 4, 6, 8, 10],
  ];
  const data = Uint16Array.from(rows.flat().flatMap((value) => [value, 2 * value]));
  const scene = imageScene({ data, shape: [3, 5, 2] }, { bands: ['a', 'b'], nodata: 0 });
  const { size, means, share } = await reduceScene(scene, 2, [1, 0]);
  expect(size).toEqual([2, 3]);
  expect([...share]).toEqual([1, 0.25, 0.5, 1, 1, 1]);
  expect([...means]).toEqual([8, 4, 18, 9, 16, 8, 6, 3, 14, 7, 20, 10]);
});
