import path from 'node:path';
import { imageNormalization, random, toFloat16 } from '@lulc/core';
import type {
  SegmentationBatch,
  SegmentationDataset,
  SegmentationSource,
  SoftTargetFile,
} from '@lulc/core/segmentation';
import { nnUNetViews, type ViewBatch, type ViewRecipe, type ViewSource } from '@lulc/core/views';
import { beforeAll, describe, expect, it } from 'vitest';
import { concatenateDatasets } from '../../dataset/concatenateDatasets.js';
import type { FileImageSet, SegmentationFileDataset } from '../../dataset/fileDataset.js';
import { subset } from '../../dataset/subset.js';
import { unlabelled } from '../../dataset/unlabelled.js';
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
    batches.push({
      ...batch,
      images: Float32Array.from(batch.images),
      masks: Uint8Array.from(batch.masks),
      ...(batch.soft === undefined ? {} : { soft: Float32Array.from(batch.soft) }),
    });
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

describe('threads that load what distillation sees', () => {
  /** Two archives of different bands and masks on disk, one of them without masks, all with a teacher's maps. */
  async function taught(): Promise<SegmentationDataset> {
    const root = await temporaryFolder();
    const noise = random(5);
    const [height, width] = [20, 18];
    const classes = { clear: 0, cloud: 1 };
    for (let n = 0; n < 5; n++) {
      const pixels = Uint16Array.from({ length: height * width * 3 }, () => 1 + noise.integer(4000));
      await put(path.join(root, 'a', 'images', `${n}.tif`), tiffBytes(pixels, height, width));
      const mask = Uint8Array.from({ length: height * width }, () => Number(noise.next() < 0.02));
      await put(path.join(root, 'a', 'masks', `${n}.png`), await pngBytes(mask, height, width));
      const bytes = pixels.slice(0, height * width * 3).map((value) => 1 + (value % 255));
      await put(path.join(root, 'b', `${n}.png`), await pngBytes(Uint8Array.from(bytes), height, width));
    }
    const common = { storedBands: ['B04', 'B03', 'B02'], bands: ['B03', 'B04'] };
    const labelled = await openSegmentation({ path: path.join(root, 'a'), classes, ...common });
    const archive = unlabelled(await openImages({ path: path.join(root, 'b'), ...common }), labelled.info.classes);
    const all = concatenateDatasets([labelled, subset(archive, [4, 0, 2])]);
    // maps of all samples in one file, after a header; those of odd samples as float32 in another
    const halves = new Uint16Array(3 + all.length * height * width);
    const floats = new Float32Array(all.length * height * width);
    const values = floats.map(() => Math.round(64 * noise.normal()) / 16 + 0);
    values.forEach((value, i) => {
      halves[3 + i] = toFloat16(value);
      floats[i] = value;
    });
    await put(path.join(root, 'maps.f16'), new Uint8Array(halves.buffer));
    await put(path.join(root, 'maps.f32'), new Uint8Array(floats.buffer));
    const shape = [height, width, 1] as const;
    const pixels = height * width;
    return {
      ...all,
      info: { ...all.info, softChannels: 1 },
      get: async (index) => ({
        ...(await all.get(index)),
        soft: { data: values.slice(index * pixels, index * pixels + pixels), shape },
      }),
      softFile: (index): SoftTargetFile =>
        index % 2 === 0
          ? { path: path.join(root, 'maps.f16'), offset: 6 + 2 * index * pixels, type: 'float16', shape }
          : { path: path.join(root, 'maps.f32'), offset: 4 * index * pixels, type: 'float32', shape },
    };
  }

  let all: SegmentationDataset;
  beforeAll(async () => {
    all = await taught();
  });
  const options = {
    batchSize: 6,
    seed: 2,
    view: nnUNetViews({ size: [12, 10] }),
    normalization: imageNormalization('image-z-score', 2),
    sampling: { iterations: 3 },
  };

  it.each(settings)('give the batches of the calling thread, from any step: %j', async (threads) => {
    const expected = await masked(masksHere(all, options), 1);
    expect(expected).toHaveLength(3);
    const loader = createSegmentationLoader(all, { ...options, ...threads });
    for await (const { soft } of loader.epoch(0)) expect(soft).toHaveLength(6 * 12 * 10);
    expect(await masked(loader, 1)).toEqual(expected);
    expect(await masked(createSegmentationLoader(all, { ...options, ...threads }), 1, 2)).toEqual(expected.slice(2));
  });

  it('give a part of all of it as it is', async () => {
    const part = subset(all, [6, 1]);
    const [batch] = await masked(createSegmentationLoader(part, { batchSize: 2, workers: 1 }), 0);
    const [first, second] = [await all.get(6), await all.get(1)];
    expect([...batch.images]).toEqual([...first.image.data, ...second.image.data]);
    expect([...batch.masks]).toEqual([...first.mask.data, ...second.mask.data]);
    expect(first.mask.data.every((label) => label === 255)).toBe(true);
    expect([...(batch.soft ?? [])]).toEqual([...(first.soft?.data ?? []), ...(second.soft?.data ?? [])]);
  });

  it('go through the dataset itself when only it knows its targets', async () => {
    const { softFile: _, ...own } = all;
    const expected = await masked(masksHere(all, options), 0);
    expect(await masked(createSegmentationLoader(own, { ...options, workers: 1 }), 0)).toEqual(expected);
  });

  it('say which file of targets is missing or too short', async () => {
    const root = await temporaryFolder();
    await put(path.join(root, 'short'), new Uint8Array(7));
    const shape = [20, 18, 1] as const;
    for (const [name, code] of [
      ['none', 'missing-file'],
      ['short', 'corrupt-file'],
    ]) {
      const file = path.join(root, name);
      const broken = { ...all, softFile: () => ({ path: file, offset: 0, type: 'float32', shape }) as const };
      const loader = createSegmentationLoader(broken, { ...options, workers: 1 });
      await expect(masked(loader, 0)).rejects.toMatchObject({ code, where: { file } });
      await loader.close();
    }
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
