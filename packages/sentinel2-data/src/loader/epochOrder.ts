import { checkNormalization, LulcError, random } from '@lulc/core';
import type { BatchOptions, Shard } from './options.js';

/** Names this use of random numbers, so that it shares no stream with the augmentation. */
const orderStream = 2;

/**
 * Number of samples that a rank reads in an epoch.
 *
 * @param length number of samples of the dataset
 * @param shard the rank
 * @param shuffle whether the order is random, which decides what happens when samples do not divide
 */
export function shardLength(length: number, shard: Shard, shuffle: boolean): number {
  const whole = (shard.uneven ?? (shuffle ? 'repeat' : 'keep')) === 'repeat';
  return whole ? Math.ceil(length / shard.world) : Math.max(0, Math.ceil((length - shard.rank) / shard.world));
}

/**
 * The dataset indices that a rank reads in an epoch, in order. All ranks draw the same permutation and take every
 * `world`-th of it.
 *
 * @param length number of samples of the dataset
 * @param options seed, shuffling and shard
 * @param epoch number of the epoch
 */
export function epochOrder(
  length: number,
  options: Pick<BatchOptions, 'shuffle' | 'seed' | 'shard'>,
  epoch: number,
): Uint32Array {
  const { shuffle = false, seed = 0, shard = { rank: 0, world: 1 } } = options;
  const permutation = shuffle ? random(seed, epoch, orderStream).permutation(length) : undefined;
  return Uint32Array.from({ length: shardLength(length, shard, shuffle) }, (_, i) => {
    const position = (shard.rank + i * shard.world) % length;
    return permutation?.[position] ?? position;
  });
}

/**
 * @param options loader options to check
 * @param length number of samples of the dataset
 * @param bands number of bands
 * @throws LulcError `invalid-argument`, `shape-mismatch`
 */
export function checkBatchOptions(options: BatchOptions, length: number, bands: number): void {
  const { batchSize, prefetch = 2, shard = { rank: 0, world: 1 }, scaling, normalization, seed = 0 } = options;
  const wholeFrom = (least: number, value: number) => Number.isInteger(value) && value >= least;
  const fail = (what: string, where: Record<string, string | number>) => {
    throw new LulcError('invalid-argument', what, { where });
  };
  if (length < 1) fail('the dataset is empty', { length });
  if (!wholeFrom(1, batchSize)) fail('batchSize must be a whole number from 1', { batchSize });
  if (!wholeFrom(0, prefetch)) fail('prefetch must be a whole number from 0', { prefetch });
  if (!Number.isInteger(seed)) fail('seed must be a whole number', { seed });
  if (!(wholeFrom(1, shard.world) && wholeFrom(0, shard.rank) && shard.rank < shard.world)) {
    fail('a shard has a rank from 0 to world - 1', { rank: shard.rank, world: shard.world });
  }
  if (scaling !== undefined && normalization !== undefined) {
    throw new LulcError('invalid-argument', 'scaling and normalization are given', { hint: 'Give one of them.' });
  }
  if (normalization !== undefined) checkNormalization(normalization, bands);
  if (scaling === undefined) return;
  if (scaling.mean.length !== bands || scaling.std.length !== bands) {
    throw new LulcError('shape-mismatch', `scaling for ${scaling.mean.length} bands, data with ${bands}`, {
      where: { scaling: scaling.name },
    });
  }
  if (!scaling.std.every((std) => std > 0 && Number.isFinite(std)) || !scaling.mean.every(Number.isFinite)) {
    fail('scaling needs finite means and standard deviations above 0', { scaling: scaling.name });
  }
}
