import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Batch, BatchSource } from '@lulc/core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FileDataset } from '../../dataset/fileDataset.js';
import { fromArrays } from '../../dataset/fromArrays.js';
import { subset } from '../../dataset/subset.js';
import { openDataset } from '../../formats/node/openDataset.js';
import { scalingFor } from '../../normalisation/statistics.js';
import { simulateLandscape } from '../../simulate/node/simulateLandscape.js';
import { temporaryFolder } from '../../testing/temporary.js';
import { createLoader as callingThreadLoader } from '../createLoader.js';
import type { WorkerLoaderOptions } from '../options.js';
import { createLoader } from './createLoader.js';

const bands = ['B02', 'B05', 'B11'];
let folder: string;
let dataset: FileDataset;
beforeAll(async () => {
  folder = await temporaryFolder();
  await simulateLandscape({ out: folder, patches: 26, seed: 2, bands, referenceMaps: false });
  dataset = await openDataset({ path: folder, bands });
});

const options: WorkerLoaderOptions = {
  batchSize: 10,
  shuffle: true,
  seed: 3,
  size: [40, 40],
  scaling: scalingFor('bigearthnet-v1', bands),
  augment: { rot90: true, brightness: 0.1, bandOffset: 20 },
};

async function collect(source: BatchSource, epoch: number, fromStep = 0): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of source.epoch(epoch, fromStep)) {
    batches.push({ ...batch, images: Float32Array.from(batch.images), labels: batch.labels.slice() });
  }
  return batches;
}

describe('a loader with worker threads', () => {
  it('gives the batches of the loader in the calling thread, whatever the number of threads and the cache', async () => {
    const expected = await collect(callingThreadLoader(dataset, options), 1);
    expect(expected.flatMap(({ indices }) => indices).sort((a, b) => a - b)).toEqual([...Array(26).keys()]);
    const fiveSamples = 5 * 120 * 120 * bands.length * 2;
    for (const [workers, cacheBytes] of [
      [0, 0],
      [0, 1e9],
      [1, fiveSamples],
      [3, 1e9],
    ]) {
      const loader = createLoader(dataset, { ...options, workers, cacheBytes });
      await collect(loader, 0);
      expect(await collect(loader, 1)).toEqual(expected);
      expect(await collect(loader, 1, 2)).toEqual(expected.slice(2));
      await loader.close();
    }
  });

  it('shards', async () => {
    const parts = [0, 1].map((rank) => createLoader(dataset, { ...options, shard: { rank, world: 2 } }));
    const indices = (await Promise.all(parts.map((part) => collect(part, 0)))).flat().flatMap((batch) => batch.indices);
    expect(indices.sort((a, b) => a - b)).toEqual([...Array(26).keys()]);
    await Promise.all(parts.map((part) => part.close()));
  });

  it('reads part of a dataset in its threads', async () => {
    const loader = createLoader(subset(dataset, [25, 3]), { batchSize: 2, workers: 1 });
    const [batch] = await collect(loader, 0);
    const { image } = await dataset.get(25);
    expect([...batch.images.subarray(0, image.data.length)]).toEqual([...image.data]);
    await loader.close();
  });

  it('is left early without harm, and may be closed at any moment', async () => {
    const loader = createLoader(dataset, { ...options, batchSize: 4, workers: 2, cacheBytes: 0 });
    for await (const { indices } of loader.epoch(0)) {
      expect(indices).toHaveLength(4);
      break;
    }
    const whole = await collect(loader, 0);
    expect(whole).toHaveLength(7);
    const iterator = loader.epoch(1)[Symbol.asyncIterator]();
    await iterator.next();
    const pending = iterator.next();
    await loader.close();
    await pending.then(
      () => iterator.next().catch((error) => expect(error).toMatchObject({ code: 'aborted' })),
      (error) => expect(error).toMatchObject({ code: 'aborted' }),
    );
    await expect(collect(loader, 0)).rejects.toMatchObject({ code: 'aborted' });
  });

  it('passes on the error of a broken file with its code, name and hint', async () => {
    const copy = await temporaryFolder();
    await simulateLandscape({ out: copy, patches: 8, seed: 2, bands, referenceMaps: false });
    const broken = await openDataset({ path: copy, bands });
    const [, file] = broken.files(6);
    await writeFile(file, 'II*');
    for (const workers of [0, 2]) {
      const loader = createLoader(broken, { batchSize: 2, workers });
      const seen: number[] = [];
      const reading = (async () => {
        for await (const { indices } of loader.epoch(0)) seen.push(...indices);
      })();
      await expect(reading).rejects.toMatchObject({ code: 'corrupt-file', where: { file } });
      await expect(reading).rejects.toThrow(/^only 3 bytes long \(file: /);
      expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
      await loader.close();
    }
    const skipped = await openDataset({ path: copy, bands, onBroken: 'skip' });
    expect([skipped.length, skipped.report.skipped.length]).toEqual([7, 1]);
  });

  it('reads datasets in memory in the calling thread', async () => {
    const memory = fromArrays({
      images: [{ data: Uint8Array.of(1, 2, 3), shape: [1, 1, 3] }],
      labels: [[0]],
      classes: ['a'],
      bands,
    });
    const [batch] = await collect(createLoader(memory, { batchSize: 1, workers: 3 }), 0);
    expect([...batch.images]).toEqual([1, 2, 3]);
  });

  it('refuses a number of threads that makes no sense', () => {
    for (const workers of [-1, 1.5, 1000]) {
      expect(() => createLoader(dataset, { ...options, workers })).toThrow(/workers must be/);
    }
  });

  const built = fileURLToPath(new URL('../../../dist/node.js', import.meta.url));
  it.skipIf(!existsSync(built))('does not keep a process alive, closed or not', async () => {
    const program = (end: string) => `
      const { openDataset, createLoader } = await import(${JSON.stringify(built)});
      const dataset = await openDataset({ path: ${JSON.stringify(folder)}, bands: ${JSON.stringify(bands)} });
      const loader = createLoader(dataset, { batchSize: 4, workers: 2 });
      let n = 0;
      for await (const batch of loader.epoch(0)) { n += batch.indices.length; if (n > 12) break; }
      ${end}
      console.log('over', n);`;
    for (const end of ['', 'await loader.close();', 'void loader.close();']) {
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program(end)], {
        timeout: 30_000,
        env: { ...process.env, FORCE_COLOR: '0' },
      });
      expect(stdout.trim()).toBe('over 16');
    }
  });
});
