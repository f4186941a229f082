import { type ImageArray, type Normalization, random } from '@lulc/core';
import type { SegmentationBatch, SegmentationSource } from '@lulc/core/segmentation';
import { nnUNetViews, type ViewRecipe } from '@lulc/core/views';
import { describe, expect, it } from 'vitest';
import { segmentationFromArrays } from '../dataset/segmentationFromArrays.js';
import { subset } from '../dataset/subset.js';
import { createSegmentationLoader } from './createSegmentationLoader.js';
import { createViewLoader } from './createViewLoader.js';

const bands = ['B02'];
const classes = ['clear', 'cloud', 'shadow'];

/** Smooth images whose soft targets are the image itself and its negative; a spot of foreground, but not in every image. */
function spotted(count: number, size = 24) {
  const draw = random(8);
  const images = Array.from({ length: count }, (): ImageArray => {
    const [phase, slope] = [draw.next(), draw.next()];
    return {
      data: Float32Array.from({ length: size * size }, (_, i) => 50 + 20 * Math.sin(phase + (slope * i) / size)),
      shape: [size, size, 1],
    };
  });
  const spots = images.map(() => [draw.integer(size - 1), draw.integer(size - 1)] as const);
  const masks = images.map((_, n) => {
    const data = new Uint8Array(size * size);
    if (n % 3 > 0) data[spots[n][0] * size + spots[n][1]] = n % 3;
    return { data, shape: [size, size] as const };
  });
  const soft = images.map(
    ({ data }): ImageArray => ({
      data: Float32Array.from({ length: 2 * data.length }, (_, i) => (i % 2 === 0 ? 1 : -1) * data[i >> 1]),
      shape: [size, size, 2],
    }),
  );
  return segmentationFromArrays({ images, masks, soft, classes, bands });
}

async function collect(source: SegmentationSource, epoch: number, fromStep = 0): Promise<SegmentationBatch[]> {
  const batches: SegmentationBatch[] = [];
  for await (const batch of source.epoch(epoch, fromStep)) {
    const { images, masks, soft } = batch;
    batches.push({ ...batch, images: images.slice(), masks: masks.slice(), soft: soft?.slice() });
  }
  return batches;
}

const turned: ViewRecipe = {
  size: [16, 20],
  border: 'zero',
  antialias: false,
  steps: [{ name: 'affine', rotation: [-40, 40], scale: [0.7, 1.2] }, { name: 'flip' }],
};

describe('soft targets', () => {
  it('go through the geometry of the image, and no change of its values', async () => {
    const dataset = spotted(6);
    const gain: ViewRecipe = { ...turned, steps: [...turned.steps, { name: 'gain', factor: [3, 3] }] };
    const [plain] = await collect(createSegmentationLoader(dataset, { batchSize: 6, seed: 2, view: turned }), 0);
    const [changed] = await collect(createSegmentationLoader(dataset, { batchSize: 6, seed: 2, view: gain }), 0);
    expect(plain.soft).toHaveLength(6 * 16 * 20 * 2);
    expect(changed.soft).toEqual(plain.soft);
    expect(changed.images).not.toEqual(plain.images);
    plain.images.forEach((value, i) => {
      expect(plain.soft?.[2 * i]).toBeCloseTo(value, 4);
      expect(plain.soft?.[2 * i + 1]).toBeCloseTo(-value, 4);
    });
    const outside = [...plain.masks].flatMap((label, i) => (label === 255 ? [i] : []));
    expect(outside.length).toBeGreaterThan(100);
    for (const i of outside) expect(plain.soft?.[2 * i]).toBe(0);
  });

  it('are 0 outside even where the image is mirrored there', async () => {
    const mirrored: ViewRecipe = { ...turned, border: 'reflect' };
    const [batch] = await collect(createSegmentationLoader(spotted(6), { batchSize: 6, seed: 2, view: mirrored }), 0);
    batch.masks.forEach((label, i) => {
      if (label === 255) expect([batch.soft?.[2 * i], batch.images[i] > 0]).toEqual([0, true]);
    });
  });

  it('stay with their samples in a part', async () => {
    const dataset = spotted(5);
    const part = subset(dataset, [3, 1]);
    expect(part.info.softChannels).toBe(2);
    const [{ soft }] = await collect(createSegmentationLoader(part, { batchSize: 2 }), 0);
    expect(soft?.slice(0, 1152)).toEqual((await dataset.get(3)).soft?.data);
  });

  it('are absent where a dataset has none, and must be there where it says so', async () => {
    const { images, masks } = {
      images: [{ data: new Uint8Array(4), shape: [2, 2, 1] as const }],
      masks: [{ data: new Uint8Array(4), shape: [2, 2] as const }],
    };
    const without = segmentationFromArrays({ images, masks, classes, bands });
    const [batch] = await collect(createSegmentationLoader(without, { batchSize: 1 }), 0);
    expect(batch.soft).toBeUndefined();
    const promised = { ...without, info: { ...without.info, softChannels: 1 } };
    await expect(collect(createSegmentationLoader(promised, { batchSize: 1 }), 0)).rejects.toMatchObject({
      code: 'shape-mismatch',
      where: { index: 0 },
    });
    const wrong = [{ data: new Float32Array(2), shape: [1, 2, 1] as const }];
    for (const soft of [wrong, []]) {
      expect(() => segmentationFromArrays({ images, masks, soft, classes, bands })).toThrow(/soft targets/);
    }
  });
});

describe('a normalization of images', () => {
  const zScore: Normalization = [{ scheme: 'image-z-score' }];

  it('is that of the whole image, of which a view shows a part', async () => {
    const dataset = spotted(3);
    const view: ViewRecipe = { size: [8, 8], steps: [{ name: 'crop', size: [8, 8] }] };
    const options = { batchSize: 3, seed: 1, view };
    const [plain] = await collect(createSegmentationLoader(dataset, options), 0);
    const [scored] = await collect(createSegmentationLoader(dataset, { ...options, normalization: zScore }), 0);
    for (const n of [0, 1, 2]) {
      const data = [...(await dataset.get(n)).image.data];
      const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
      const std = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
      for (let i = n * 64; i < n * 64 + 64; i++)
        expect(scored.images[i]).toBeCloseTo((plain.images[i] - mean) / std, 4);
    }
    expect(scored.masks).toEqual(plain.masks);
  });

  it('cuts off before anything is mixed', async () => {
    const image: ImageArray = { data: Uint16Array.of(0, 1000, 0, 1000), shape: [2, 2, 1] };
    const dataset = segmentationFromArrays({
      images: [image],
      masks: [{ data: new Uint8Array(4), shape: [2, 2] }],
      classes,
      bands,
    });
    const normalization: Normalization = [{ scheme: 'fixed', mean: 100, std: 100, clip: [0, 300] }];
    // from two columns to four: the inner two lie at a quarter between them
    const options = { batchSize: 1, size: [2, 4] as const, normalization };
    const [{ images }] = await collect(createSegmentationLoader(dataset, options), 0);
    expect([...images.subarray(0, 4)].map((value) => Number(value.toFixed(5)))).toEqual([-1, -0.25, 1.25, 2]);
  });

  it('is what changes of values take for their levels: noise is of the strength that is meant', async () => {
    const size = 64;
    const even = Float32Array.from({ length: size * size }, (_, i) => 1000 + 300 * Math.sin(i));
    const dataset = segmentationFromArrays({
      images: [{ data: even, shape: [size, size, 1] }],
      masks: [{ data: new Uint8Array(size * size), shape: [size, size] }],
      classes,
      bands,
    });
    const noisy = { name: 'noise', sigma: [0.025, 0.025] } as const;
    const view: ViewRecipe = { size: [size, size], levels: 'scaling', steps: [noisy] };
    const options = { batchSize: 1, normalization: zScore };
    const [clean] = await collect(createSegmentationLoader(dataset, options), 0);
    const [noise] = await collect(createSegmentationLoader(dataset, { ...options, view }), 0);
    const squares = noise.images.map((value, i) => (value - clean.images[i]) ** 2);
    // 0.025 of four deviations; 4096 values know their own to about 1 %
    expect(Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / squares.length)).toBeCloseTo(0.1, 2);
  });

  it('reaches views of images without masks', async () => {
    const dataset = spotted(2);
    const views = [{ size: [24, 24], steps: [] } as const];
    const loader = createViewLoader(dataset, { batchSize: 2, views, normalization: zScore });
    for await (const batch of loader.epoch(0)) {
      for (const n of [0, 1]) {
        const values = batch.views[0].images.subarray(n * 576, n * 576 + 576);
        expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 2);
        expect(values.reduce((sum, value) => sum + value * value, 0) / 576).toBeCloseTo(1, 4);
      }
    }
  });

  it('stands instead of a scaling, one entry per band', () => {
    const dataset = spotted(1);
    const scaling = { name: 'x', mean: [0], std: [1] };
    const load = (options: object) => () => createSegmentationLoader(dataset, { batchSize: 1, ...options });
    expect(load({ scaling, normalization: zScore })).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    expect(load({ normalization: [...zScore, ...zScore] })).toThrow(
      expect.objectContaining({ code: 'shape-mismatch' }),
    );
    expect(load({ normalization: [{ scheme: 'fixed', mean: 0, std: 0 }] })).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});

describe('forced foreground', () => {
  const patches = nnUNetViews({ size: [8, 8], augment: false });
  const options = {
    batchSize: 4,
    seed: 6,
    view: patches,
    normalization: [{ scheme: 'image-z-score' }] as const,
    sampling: { iterations: 60, foregroundShare: 0.5 },
  };

  it('is in the second half of every batch unless its image has none', async () => {
    const dataset = spotted(9);
    const batches = await collect(createSegmentationLoader(dataset, options), 0);
    expect(batches).toHaveLength(60);
    const shown = (batch: SegmentationBatch, row: number) => {
      const labels = batch.masks.subarray(row * 64, row * 64 + 64);
      return labels.some((label) => label > 0 && label < 255);
    };
    const rows = batches.flatMap((batch) =>
      batch.indices.map((index, row) => ({ forced: row >= 2, has: index % 3 > 0, shows: shown(batch, row) })),
    );
    for (const { forced, has, shows } of rows) if (forced) expect(shows).toBe(has);
    // a window of 8 of 24 pixels rarely shows a spot by chance
    const byChance = rows.filter(({ forced, has }) => !forced && has);
    expect(byChance.filter(({ shows }) => shows).length / byChance.length).toBeLessThan(0.4);
  });

  it('gives each draw of the same image a view of its own', async () => {
    const batches = await collect(createSegmentationLoader(spotted(1), options), 0);
    const free = batches.flatMap(({ images }) => [images.slice(0, 64).join(), images.slice(64, 128).join()]);
    // 17 x 17 places for 120 windows
    expect(new Set(free).size).toBeGreaterThan(80);
  });

  it('depends on seed, epoch and draw only: any step can be the first', async () => {
    const dataset = spotted(9);
    const whole = await collect(createSegmentationLoader(dataset, options), 3);
    expect(await collect(createSegmentationLoader(dataset, options), 3, 57)).toEqual(whole.slice(57));
    expect(await collect(createSegmentationLoader(dataset, options), 4)).not.toEqual(whole);
  });

  it('is parted among ranks like the batches of one process', async () => {
    const dataset = spotted(9);
    const alone = await collect(createSegmentationLoader(dataset, options), 1);
    const ranks = await Promise.all(
      [0, 1].map((rank) =>
        collect(createSegmentationLoader(dataset, { ...options, batchSize: 2, shard: { rank, world: 2 } }), 1),
      ),
    );
    alone.forEach(({ images }, step) => {
      for (const row of [0, 1, 2, 3]) {
        const part = ranks[row % 2][step].images.subarray((row >> 1) * 64, (row >> 1) * 64 + 64);
        expect(part).toEqual(images.subarray(row * 64, row * 64 + 64));
      }
    });
  });

  it('needs a view that cuts about it', () => {
    const load = (more: object) => () => createSegmentationLoader(spotted(1), { batchSize: 2, ...more });
    const refused = expect.objectContaining({ code: 'invalid-argument' });
    expect(load({ sampling: { iterations: 2 } })).toThrow(refused);
    expect(load({ sampling: { iterations: 2 }, view: turned })).toThrow(refused);
    expect(load({ sampling: { iterations: 2, foregroundShare: 0 }, view: turned })).not.toThrow();
    expect(load({ sampling: { iterations: 0 }, view: patches })).toThrow(refused);
    const grouped = { size: [8, 8], steps: [{ name: 'group', steps: patches.steps }] };
    expect(load({ sampling: { iterations: 2 }, view: grouped })).not.toThrow();
  });
});
