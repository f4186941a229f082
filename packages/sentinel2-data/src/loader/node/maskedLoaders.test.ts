import path from 'node:path';
import { random } from '@lulc/core';
import type { SegmentationBatch, SegmentationSource } from '@lulc/core/segmentation';
import type { ViewBatch, ViewRecipe, ViewSource } from '@lulc/core/views';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FileImageSet, SegmentationFileDataset } from '../../dataset/fileDataset.js';
import { subset } from '../../dataset/subset.js';
import { openImages } from '../../segmentation/node/openImages.js';
import { openSegmentation } from '../../segmentation/node/openSegmentation.js';
import { pngBytes, put, temporaryFolder, tiffBytes } from '../../testing/temporary.js';
import { createSegmentationLoader as masksHere } from '../createSegmentationLoader.js';
import { createViewLoader as viewsHere } from '../createViewLoader.js';
import { createSegmentationLoader } from './createSegmentationLoader.js';
import { createViewLoader } from './createViewLoader.js';

let dataset: SegmentationFileDataset;
let scenes: FileImageSet;
beforeAll(async () => {
  const root = await temporaryFolder();
  const noise = random(1);
  for (let n = 0; n < 11; n++) {
    const pixels = Uint16Array.from({ length: 30 * 24 * 4 }, () => 1 + noise.integer(4000));
    await put(path.join(root, 'images', `${n}.tif`), tiffBytes(pixels, 30, 24));
    const mask = Uint8Array.from({ length: 30 * 24 }, () => noise.integer(4));
    await put(path.join(root, 'masks', `${n}.png`), await pngBytes(mask, 30, 24));
  }
  dataset = await openSegmentation({ path: root, classes: { a: 1, b: 2, c: 3 }, ignore: 0 });
  scenes = await openImages({ path: path.join(root, 'images'), window: { size: 16, stride: 9 } });
});

const view: ViewRecipe = {
  size: [16, 20],
  steps: [
    { name: 'random-resized-crop', area: [0.4, 1] },
    { name: 'rot90' },
    { name: 'blur', probability: 0.5, kernel: [3, 5] },
  ],
};
const plain: ViewRecipe = { size: [12, 12], steps: [] };
const scaling = { name: 'x', mean: [2000, 2000, 2000, 2000], std: [1000, 1000, 1000, 1000] };

async function masked(source: SegmentationSource, epoch: number, fromStep = 0): Promise<SegmentationBatch[]> {
  const batches: SegmentationBatch[] = [];
  for await (const batch of source.epoch(epoch, fromStep)) {
    batches.push({ ...batch, images: Float32Array.from(batch.images), masks: Uint8Array.from(batch.masks) });
  }
  await source.close();
  return batches;
}

async function viewed(source: ViewSource, epoch: number, fromStep = 0): Promise<ViewBatch[]> {
  const batches: ViewBatch[] = [];
  for await (const batch of source.epoch(epoch, fromStep)) {
    const copied = batch.views.map((one) => ({
      ...one,
      images: Float32Array.from(one.images),
      affines: Float64Array.from(one.affines),
    }));
    batches.push({ ...batch, views: copied });
  }
  await source.close();
  return batches;
}

const settings = [
  { workers: 0, cacheBytes: 0 },
  { workers: 0, cacheBytes: 1e9 },
  { workers: 1, cacheBytes: 20000 },
  { workers: 3, cacheBytes: 1e9 },
];

describe('threads that load images with masks', () => {
  it.each(settings)('give the batches of the calling thread, from any step: %j', async (threads) => {
    const options = { batchSize: 4, shuffle: true, seed: 3, view, scaling };
    const expected = await masked(masksHere(dataset, options), 1);
    expect(expected.flatMap(({ indices }) => indices).sort((a, b) => a - b)).toEqual([...Array(11).keys()]);
    const loader = createSegmentationLoader(dataset, { ...options, ...threads });
    // fills the cache
    for await (const { indices } of loader.epoch(0)) expect(indices.length).toBeGreaterThan(0);
    expect(await masked(loader, 1)).toEqual(expected);
    expect(await masked(createSegmentationLoader(dataset, { ...options, ...threads }), 1, 2)).toEqual(
      expected.slice(2),
    );
  });

  it('give whole images and masks of a part of the dataset', async () => {
    const part = subset(dataset, [7, 2]);
    const [batch] = await masked(createSegmentationLoader(part, { batchSize: 2, workers: 1 }), 0);
    const { image, mask } = await dataset.get(2);
    expect([...batch.images.subarray(image.data.length)]).toEqual([...image.data]);
    expect(batch.masks.subarray(mask.data.length)).toEqual(mask.data);
  });

  it('pass on which pixel of which mask is wrong', async () => {
    const root = await temporaryFolder();
    await put(path.join(root, 'images', 'a.tif'), tiffBytes(new Uint8Array(4), 2, 2));
    await put(path.join(root, 'masks', 'a.png'), await pngBytes(Uint8Array.of(0, 0, 0, 9), 2, 2));
    const wrong = await openSegmentation({ path: root, classes: ['only'] });
    const loader = createSegmentationLoader(wrong, { batchSize: 1, workers: 1, cacheBytes: 0 });
    await expect(masked(loader, 0)).rejects.toMatchObject({
      code: 'corrupt-file',
      where: { file: path.join(root, 'masks', 'a.png'), row: 1, column: 1 },
    });
    await loader.close();
  });
});

describe('threads that load views', () => {
  it.each(settings)('give the batches of the calling thread, from any step: %j', async (threads) => {
    const options = { batchSize: 10, shuffle: true, seed: 8, views: [view, plain], scaling };
    const expected = await viewed(viewsHere(scenes, options), 2);
    expect(expected).toHaveLength(Math.floor(scenes.length / 10));
    const loader = createViewLoader(scenes, { ...options, ...threads });
    for await (const { indices } of loader.epoch(0)) expect(indices).toHaveLength(10);
    expect(await viewed(loader, 2)).toEqual(expected);
    expect(await viewed(createViewLoader(scenes, { ...options, ...threads }), 2, 1)).toEqual(expected.slice(1));
  });

  it('read no masks: those of a labelled dataset may be missing', async () => {
    const root = await temporaryFolder();
    await put(path.join(root, 'images', 'a.tif'), tiffBytes(Uint8Array.of(1, 2, 3, 4), 2, 2));
    await put(path.join(root, 'masks', 'a.png'), 'not yet drawn');
    const unlabelled = await openSegmentation({ path: root, classes: ['any'] });
    const loader = createViewLoader(unlabelled, { batchSize: 1, workers: 1, views: [{ size: [2, 2], steps: [] }] });
    const [batch] = await viewed(loader, 0);
    expect([...batch.views[0].images]).toEqual([1, 2, 3, 4]);
  });
});
