import { availableParallelism } from 'node:os';
import { type BatchSource, LulcError } from '@lulc/core';
import { dihedral, subset } from '@lulc/sentinel2-data';
import { createLoader, openDataset } from '@lulc/sentinel2-data/node';
import type { EngineTask } from './protocol.js';

/** Batches of an epoch at least, so that few fall into the gap between two. */
const batchesPerEpoch = 50;

/** Threads that read, when so many compute. */
export function workersOf({ threads }: Pick<EngineTask, 'threads'>): number {
  return Math.max(1, Math.min(threads, availableParallelism()));
}

/**
 * A training loader over a dataset: shuffled, decoded anew each time, turned and mirrored, scaled and resized.
 *
 * @throws LulcError as `openDataset` does
 */
export async function loaderFor(task: EngineTask): Promise<BatchSource> {
  const { data, size, batch } = task;
  if (data === undefined) throw new LulcError('invalid-argument', 'the loader needs a dataset');
  const part = await openDataset({ path: data, split: 'train' });
  const { scaling } = part.info;
  const samples = Math.max(part.length, batchesPerEpoch * batch);
  const repeated = subset(
    part,
    Array.from({ length: samples }, (_, i) => i % part.length),
  );
  return createLoader(repeated, {
    batchSize: batch,
    shuffle: true,
    dropRemainder: true,
    augment: dihedral,
    size: [size, size],
    cacheBytes: 0,
    workers: workersOf(task),
    ...(scaling === undefined ? {} : { scaling }),
  });
}
