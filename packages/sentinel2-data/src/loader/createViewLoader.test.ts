import type { ImageArray } from '@lulc/core';
import { type Affine, mapPoint, type ViewBatch, type ViewRecipe, type ViewSource } from '@lulc/core/views';
import { describe, expect, it } from 'vitest';
import { fromArrays } from '../dataset/fromArrays.js';
import { createViewLoader } from './createViewLoader.js';

const [height, width] = [20, 24];

/** Images in which a pixel says where it is: band 1 is its column, band 2 its row, band 3 the number of the image. */
function atlas(count: number) {
  const images = Array.from(
    { length: count },
    (_, n): ImageArray => ({
      data: Uint8Array.from({ length: height * width * 3 }, (_, i) => {
        const pixel = Math.floor(i / 3);
        return [pixel % width, Math.floor(pixel / width), n][i % 3];
      }),
      shape: [height, width, 3],
    }),
  );
  return fromArrays({ images, labels: images.map(() => [0]), classes: ['any'], bands: ['x', 'y', 'n'] });
}

const views: readonly ViewRecipe[] = [
  {
    size: [10, 8],
    steps: [
      { name: 'crop', size: [16, 16], shared: true },
      { name: 'random-resized-crop', area: [0.4, 1] },
    ],
    antialias: false,
  },
  {
    size: [6, 6],
    steps: [
      { name: 'crop', size: [16, 16], shared: true },
      { name: 'random-resized-crop', area: [0.4, 1] },
      { name: 'flip' },
      { name: 'rot90' },
    ],
    antialias: false,
  },
];

async function collect(source: ViewSource, epoch: number, fromStep = 0): Promise<ViewBatch[]> {
  const batches: ViewBatch[] = [];
  for await (const batch of source.epoch(epoch, fromStep)) {
    const copies = batch.views.map((view) => ({ ...view, images: view.images.slice(), affines: view.affines.slice() }));
    batches.push({ ...batch, views: copies });
  }
  return batches;
}

describe('a loader of views', () => {
  it('gives each view with the map back to its image', async () => {
    const loader = createViewLoader(atlas(6), { batchSize: 3, shuffle: true, seed: 2, views });
    for (const { views: drawn, indices, epoch } of await collect(loader, 3)) {
      expect(epoch).toBe(3);
      expect(drawn.map(({ imageShape }) => imageShape)).toEqual([
        [3, 10, 8, 3],
        [3, 6, 6, 3],
      ]);
      for (const { images, imageShape, affines } of drawn) {
        const [rows, h, w] = imageShape;
        for (let row = 0; row < rows; row++) {
          const affine = [...affines.subarray(row * 6, row * 6 + 6)] as unknown as Affine;
          for (let pixel = 0; pixel < h * w; pixel++) {
            const [x, y] = mapPoint(affine, (pixel % w) + 0.5, Math.floor(pixel / w) + 0.5);
            const at = (row * h * w + pixel) * 3;
            expect(images[at + 2]).toBe(indices[row]);
            // an image whose values grow evenly has, between pixels, the value of the place; at the edge it goes no further
            expect(images[at]).toBeCloseTo(Math.min(Math.max(x - 0.5, 0), width - 1), 0);
            expect(images[at + 1]).toBeCloseTo(Math.min(Math.max(y - 0.5, 0), height - 1), 0);
          }
        }
      }
    }
  });

  it('draws views of their own for each epoch, image and recipe, and the same ones again', async () => {
    const same: readonly ViewRecipe[] = [views[0], views[0]];
    const options = { batchSize: 4, seed: 2, views: same };
    const [batch] = await collect(createViewLoader(atlas(4), options), 0);
    const affines = batch.views.flatMap((view) =>
      [0, 1, 2, 3].map((row) => view.affines.subarray(row * 6, row * 6 + 6).join()),
    );
    expect(new Set(affines).size).toBe(8);
    const [again] = await collect(createViewLoader(atlas(4), options), 0);
    expect(again).toEqual(batch);
    const [next] = await collect(createViewLoader(atlas(4), options), 1);
    expect(next.views).not.toEqual(batch.views);
  });

  it('goes on from any step as if it had not stopped', async () => {
    const options = { batchSize: 2, shuffle: true, seed: 4, views };
    const whole = await collect(createViewLoader(atlas(9), options), 5);
    expect(whole).toHaveLength(4);
    expect(await collect(createViewLoader(atlas(9), options), 5, 3)).toEqual(whole.slice(3));
  });

  it('leaves out the last, incomplete batch unless told otherwise', async () => {
    const loader = createViewLoader(atlas(5), { batchSize: 2, views });
    expect([loader.stepsPerEpoch, loader.length, loader.seed]).toEqual([2, 5, 0]);
    const kept = createViewLoader(atlas(5), { batchSize: 2, views, dropRemainder: false });
    expect((await collect(kept, 0)).at(-1)?.indices).toEqual([4]);
    expect(() => createViewLoader(atlas(1), { batchSize: 2, views })).toThrow(/no full batch/);
  });

  it('needs views that fit the images', () => {
    const invalid = expect.objectContaining({ code: 'invalid-argument' });
    expect(() => createViewLoader(atlas(2), { batchSize: 1, views: [] })).toThrow(invalid);
    expect(() => createViewLoader(atlas(2), { batchSize: 1, views: [{ size: [0, 8], steps: [] }] })).toThrow(invalid);
  });
});
