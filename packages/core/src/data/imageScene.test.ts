import { expect, it } from 'vitest';
import { imageScene } from './imageScene.js';

const image = { data: Int16Array.from({ length: 3 * 4 * 2 }, (_, i) => i), shape: [3, 4, 2] as const };

it('gives parts of an image in its own type, and where all bands are without data', async () => {
  const scene = imageScene(
    { ...image, data: image.data.map((value) => (value === 11 ? 10 : value)) },
    { bands: ['a', 'b'], nodata: 10 },
  );
  expect([scene.size, scene.bands, scene.geo]).toEqual([[3, 4], ['a', 'b'], undefined]);
  const { image: part, valid } = await scene.read({ top: 1, left: 0, rows: 2, columns: 3 });
  expect(part).toEqual({ data: Int16Array.of(8, 9, 10, 10, 12, 13, 16, 17, 18, 19, 20, 21), shape: [2, 3, 2] });
  expect([...valid]).toEqual([1, 0, 1, 1, 1, 1]);
  const one = await imageScene(image, { bands: ['a', 'b'], nodata: 10 }).read({ top: 1, left: 1, rows: 1, columns: 1 });
  expect([...one.valid]).toEqual([1]);
});

it('takes what is not a number for no data', async () => {
  const data = Float32Array.of(1, Number.NaN, -9, 0);
  const scene = imageScene({ data, shape: [1, 4, 1] }, { bands: ['a'], nodata: -9 });
  expect([...(await scene.read({ top: 0, left: 0, rows: 1, columns: 4 })).valid]).toEqual([1, 0, 0, 1]);
  const open = imageScene({ data, shape: [1, 4, 1] }, { bands: ['a'] });
  expect([...(await open.read({ top: 0, left: 0, rows: 1, columns: 4 })).valid]).toEqual([1, 0, 1, 1]);
});

it('refuses bands that do not fit and windows that reach out', async () => {
  expect(() => imageScene(image, { bands: ['a'] })).toThrow(/1 bands and 24 values/);
  const scene = imageScene(image, { bands: ['a', 'b'] });
  for (const window of [
    { top: 0, left: 2, rows: 1, columns: 3 },
    { top: -1, left: 0, rows: 1, columns: 1 },
    { top: 0, left: 0, rows: 0, columns: 1 },
  ]) {
    await expect(scene.read(window)).rejects.toMatchObject({ code: 'invalid-argument' });
  }
});
