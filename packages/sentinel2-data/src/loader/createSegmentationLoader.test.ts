import { type ImageArray, random } from '@lulc/core';
import { ignoreLabel, type SegmentationBatch, type SegmentationSource } from '@lulc/core/segmentation';
import type { ViewRecipe } from '@lulc/core/views';
import { describe, expect, it } from 'vitest';
import { segmentationFromArrays } from '../dataset/segmentationFromArrays.js';
import { createSegmentationLoader } from './createSegmentationLoader.js';

/** Images that are their own masks: of one band, smooth in no direction. */
function ownMasks(count: number, height = 12, width = 12) {
  const noise = random(3);
  const images = Array.from(
    { length: count },
    (): ImageArray => ({
      data: Uint8Array.from({ length: height * width }, () => noise.integer(200)),
      shape: [height, width, 1],
    }),
  );
  return segmentationFromArrays({
    images,
    masks: images.map(({ data }) => ({ data: Uint8Array.from(data), shape: [height, width] })),
    classes: Array.from({ length: 200 }, (_, i) => `class ${i}`),
    bands: ['B02'],
  });
}

async function collect(source: SegmentationSource, epoch: number, fromStep = 0): Promise<SegmentationBatch[]> {
  const batches: SegmentationBatch[] = [];
  for await (const batch of source.epoch(epoch, fromStep)) {
    batches.push({ ...batch, images: batch.images.slice(), masks: batch.masks.slice() });
  }
  return batches;
}

/** Whole-pixel changes only, so that no value is mixed. */
const wholePixels: ViewRecipe = {
  size: [8, 8],
  steps: [{ name: 'crop', size: [8, 8] }, { name: 'flip', horizontal: 0.5, vertical: 0.5 }, { name: 'rot90' }],
};

describe('a loader of images with masks', () => {
  it('gives both as they are when nothing is asked for', async () => {
    const dataset = ownMasks(5, 4, 6);
    const batches = await collect(createSegmentationLoader(dataset, { batchSize: 2 }), 0);
    expect(batches.map(({ imageShape, maskShape }) => [imageShape, maskShape])).toEqual([
      [
        [2, 4, 6, 1],
        [2, 4, 6],
      ],
      [
        [2, 4, 6, 1],
        [2, 4, 6],
      ],
      [
        [1, 4, 6, 1],
        [1, 4, 6],
      ],
    ]);
    const { image, mask } = await dataset.get(3);
    expect([...batches[1].images.subarray(24)]).toEqual([...image.data]);
    expect(batches[1].masks.subarray(24)).toEqual(mask.data);
  });

  it('moves image and mask together', async () => {
    const loader = createSegmentationLoader(ownMasks(9), { batchSize: 3, shuffle: true, seed: 5, view: wholePixels });
    const [first, second] = [await collect(loader, 0), await collect(loader, 1)];
    for (const { images, masks } of [...first, ...second]) expect([...images]).toEqual([...masks]);
    expect(first.map(({ masks }) => masks)).not.toEqual(second.map(({ masks }) => masks));
  });

  it('ignores what lies outside of the mask, and keeps classes unmixed under any turn', async () => {
    const view: ViewRecipe = { size: [12, 12], steps: [{ name: 'affine', rotation: [30, 30] }] };
    const dataset = ownMasks(4);
    const [batch] = await collect(createSegmentationLoader(dataset, { batchSize: 4, view }), 0);
    const known = await Promise.all([0, 1, 2, 3].map(async (i) => new Set((await dataset.get(i)).mask.data)));
    batch.masks.forEach((label, i) => {
      expect(label === ignoreLabel || known[Math.floor(i / 144)].has(label)).toBe(true);
    });
    expect(batch.masks[0]).toBe(ignoreLabel);
    expect(batch.masks[6 * 12 + 6]).not.toBe(ignoreLabel);
  });

  it('brings both to a size', async () => {
    const dataset = ownMasks(2, 4, 4);
    const [{ images, masks }] = await collect(createSegmentationLoader(dataset, { batchSize: 2, size: [8, 8] }), 0);
    const { mask } = await dataset.get(0);
    expect(images).toHaveLength(2 * 64);
    expect([...masks.subarray(0, 8)]).toEqual([0, 0, 1, 1, 2, 2, 3, 3].map((x) => mask.data[x]));
  });

  it('scales images, not masks', async () => {
    const scaling = { name: 'x', mean: [100], std: [50] };
    const [{ images, masks }] = await collect(createSegmentationLoader(ownMasks(1), { batchSize: 1, scaling }), 0);
    masks.forEach((label, i) => {
      expect(images[i]).toBeCloseTo((label - 100) / 50, 5);
    });
  });

  it('depends on seed, epoch and sample only: any step can be the first', async () => {
    const options = { batchSize: 2, shuffle: true, seed: 9, view: wholePixels };
    const whole = await collect(createSegmentationLoader(ownMasks(7), options), 4);
    expect(await collect(createSegmentationLoader(ownMasks(7), options), 4, 2)).toEqual(whole.slice(2));
    const other = await collect(createSegmentationLoader(ownMasks(7), { ...options, seed: 10 }), 4);
    expect(other).not.toEqual(whole);
  });

  it('refuses images of different sizes unless it is said what to do with them', async () => {
    const images = [2, 3].map((n): ImageArray => ({ data: new Uint8Array(n * n), shape: [n, n, 1] }));
    const masks = [2, 3].map((n) => ({ data: new Uint8Array(n * n), shape: [n, n] as const }));
    const dataset = segmentationFromArrays({ images, masks, classes: ['a'], bands: ['B02'] });
    const loader = createSegmentationLoader(dataset, { batchSize: 1 });
    await expect(collect(loader, 0)).rejects.toMatchObject({ code: 'shape-mismatch', where: { index: 1 } });
    expect(await collect(createSegmentationLoader(dataset, { batchSize: 2, size: [2, 2] }), 0)).toHaveLength(1);
  });

  it('refuses options that contradict each other or the data', () => {
    const dataset = ownMasks(2);
    const invalid = expect.objectContaining({ code: 'invalid-argument' });
    const both = { batchSize: 1, size: [8, 8] as const, view: wholePixels };
    expect(() => createSegmentationLoader(dataset, both)).toThrow(invalid);
    expect(() => createSegmentationLoader(dataset, { batchSize: 1, size: [8, 0.5] })).toThrow(invalid);
    expect(() => createSegmentationLoader(dataset, { batchSize: 0 })).toThrow(invalid);
    const wrong: ViewRecipe = { size: [8, 8], steps: [{ name: 'flip', horizontal: 2 }] };
    expect(() => createSegmentationLoader(dataset, { batchSize: 1, view: wrong })).toThrow(invalid);
  });
});
