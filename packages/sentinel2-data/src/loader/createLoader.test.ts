import { type Batch, type BatchSource, type Dataset, LulcError } from '@lulc/core';
import { describe, expect, it } from 'vitest';
import { fromArrays } from '../dataset/fromArrays.js';
import { subset } from '../dataset/subset.js';
import { createLoader } from './createLoader.js';

const classes = ['a', 'b', 'c'];

function smallDataset(length: number): Dataset {
  return fromArrays({
    images: Array.from({ length }, (_, i) => ({
      data: Uint8Array.from({ length: 12 }, (_, k) => i + k),
      shape: [2, 2, 3],
    })),
    labels: Array.from({ length }, (_, i) => (i % 4 === 0 ? [0, 2] : [1])),
    classes,
    bands: ['B04', 'B03', 'B02'],
  });
}

/** Batches as they were when they came: their memory is used again. */
async function collect(source: BatchSource, epoch: number, fromStep = 0): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of source.epoch(epoch, fromStep)) {
    batches.push({ ...batch, images: batch.images.slice(), labels: batch.labels.slice() });
  }
  return batches;
}

describe('a loader in the calling thread', () => {
  it('gives every sample with its label, the last batch smaller', async () => {
    const loader = createLoader(smallDataset(10), { batchSize: 4 });
    expect([loader.length, loader.stepsPerEpoch]).toEqual([10, 3]);
    const batches = await collect(loader, 0);
    expect(batches.map(({ imageShape }) => imageShape)).toEqual([
      [4, 2, 2, 3],
      [4, 2, 2, 3],
      [2, 2, 2, 3],
    ]);
    expect(batches.flatMap(({ indices }) => indices)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...batches[1].images.subarray(0, 3)]).toEqual([4, 5, 6]);
    expect([...batches[0].labels]).toEqual([1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0]);
    expect(batches[2].labelShape).toEqual([2, 3]);
    const whole = createLoader(smallDataset(10), { batchSize: 4, dropRemainder: true });
    expect((await collect(whole, 0)).map(({ indices }) => indices.length)).toEqual([4, 4]);
  });

  it('resumes anywhere exactly', async () => {
    const options = { batchSize: 3, shuffle: true, seed: 5, augment: { rot90: true, brightness: 0.3 } } as const;
    const unbroken = await collect(createLoader(smallDataset(20), options), 2);
    for (const step of [0, 1, 4, 6, 7, 99]) {
      expect(await collect(createLoader(smallDataset(20), options), 2, step)).toEqual(unbroken.slice(step));
    }
  });

  it.each([0, 1, 5])('gives the same batches with %i ahead', async (prefetch) => {
    const options = { batchSize: 3, shuffle: true, augment: { verticalFlip: true } } as const;
    const plain = await collect(createLoader(smallDataset(11), options), 1);
    expect(await collect(createLoader(smallDataset(11), { ...options, prefetch }), 1)).toEqual(plain);
  });

  it('reads no further ahead than asked for, and uses its memory again', async () => {
    let started = 0;
    const base = smallDataset(40);
    const counting: Dataset = {
      ...base,
      get: (index) => {
        started++;
        return base.get(index);
      },
    };
    const loader = createLoader(counting, { batchSize: 2, prefetch: 3 });
    const memory = new Set<ArrayBufferLike>();
    let step = 0;
    for await (const { images } of loader.epoch(0)) {
      memory.add(images.buffer);
      step++;
      expect(started).toBeLessThanOrEqual(2 * (step + 3));
    }
    expect(memory.size).toBeLessThanOrEqual(4);
  });

  it('keeps the batch in hand untouched while others are made', async () => {
    const loader = createLoader(smallDataset(12), { batchSize: 2, prefetch: 2 });
    for await (const batch of loader.epoch(0)) {
      const before = batch.images.slice();
      await new Promise((resolve) => setTimeout(resolve, 2));
      expect(batch.images).toEqual(before);
    }
  });

  it('can be left early and read twice at once', async () => {
    const loader = createLoader(smallDataset(12), { batchSize: 2, shuffle: true });
    for await (const batch of loader.epoch(0)) {
      expect(batch.indices).toHaveLength(2);
      break;
    }
    const [first, second] = await Promise.all([collect(loader, 1), collect(loader, 2)]);
    expect(first.flatMap(({ indices }) => indices)).not.toEqual(second.flatMap(({ indices }) => indices));
    expect(first).toEqual(await collect(loader, 1));
  });

  it('passes on what reading throws, in its turn', async () => {
    const base = smallDataset(9);
    const broken: Dataset = {
      ...base,
      get: async (index) => {
        if (index === 5) throw new LulcError('corrupt-file', 'bad', { where: { file: 'x.tif' } });
        return base.get(index);
      },
    };
    const loader = createLoader(broken, { batchSize: 2, prefetch: 4 });
    const seen: number[] = [];
    await expect(
      (async () => {
        for await (const { indices } of loader.epoch(0)) seen.push(...indices);
      })(),
    ).rejects.toMatchObject({ code: 'corrupt-file', where: { file: 'x.tif' } });
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it('is over when closed', async () => {
    const loader = createLoader(smallDataset(8), { batchSize: 2 });
    const iterator = loader.epoch(0)[Symbol.asyncIterator]();
    await iterator.next();
    await loader.close();
    await loader.close();
    await expect(iterator.next()).rejects.toMatchObject({ code: 'aborted' });
    await expect(collect(loader, 0)).rejects.toMatchObject({ code: 'aborted' });
  });

  it('refuses options outside their range', () => {
    const dataset = smallDataset(4);
    const wrong = [
      { batchSize: 0 },
      { batchSize: 2.5 },
      { batchSize: 2, prefetch: -1 },
      { batchSize: 2, shard: { rank: 2, world: 2 } },
      { batchSize: 2, scaling: { name: 'x', mean: [0, 0, 0], std: [1, 0, 1] } },
      { batchSize: 5, dropRemainder: true },
      { batchSize: 2, size: [0, 4] as const },
    ];
    for (const options of wrong) {
      expect(() => createLoader(dataset, options)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    }
    const oneBand = { batchSize: 2, scaling: { name: 'x', mean: [0], std: [1] } };
    expect(() => createLoader(dataset, oneBand)).toThrow(expect.objectContaining({ code: 'shape-mismatch' }));
    expect(() => createLoader(dataset, { batchSize: 2 }).epoch(-1)).toThrow(/whole numbers/);
  });

  it('reads part of a dataset', async () => {
    const part = subset(smallDataset(10), [7, 3, 3], { split: 'some' });
    const [batch] = await collect(createLoader(part, { batchSize: 8 }), 0);
    expect([...batch.images].filter((_, i) => i % 12 === 0)).toEqual([7, 3, 3]);
    expect(part.info.split).toBe('some');
    expect(() => subset(smallDataset(3), [3])).toThrow(/no sample 3/);
  });
});
