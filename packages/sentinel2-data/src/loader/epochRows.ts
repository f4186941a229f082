import { LulcError, random, requireCount, roundHalfToEven } from '@lulc/core';
import { epochOrder, shardLength } from './epochOrder.js';
import type { BatchOptions, SamplingOptions } from './options.js';

/** One row of a batch before it is read. Plain data: it travels to workers. */
export interface RowDraw {
  /** Dataset index of its sample. */
  readonly index: number;
  /** Names its stream of random numbers within the epoch: the index, or where samples are drawn the number of the draw. */
  readonly draw: number;
  /** Whether it is about a pixel of the foreground. */
  readonly focused: boolean;
}

/** What decides which rows there are. */
export type RowOptions = Pick<BatchOptions, 'batchSize' | 'shuffle' | 'seed' | 'shard' | 'dropRemainder'> & {
  readonly sampling?: SamplingOptions | undefined;
};

/** The rows of all epochs. */
export interface EpochRows {
  /** Rows of an epoch. */
  readonly length: number;
  /** Batches of an epoch. */
  readonly steps: number;
  /**
   * The rows of one epoch.
   *
   * @param epoch number of the epoch
   * @returns the rows of a batch by its number
   */
  of(epoch: number): (step: number) => readonly RowDraw[];
}

/** Names this use of random numbers, so that it shares no stream with order, augmentation and views. */
const samplingStream = 4;

/** What nnU-Net takes. */
const usualForegroundShare = 0.33;

/**
 * @param sampling options to check
 * @throws LulcError `invalid-argument`
 */
export function checkSampling({ iterations, foregroundShare = 0, background = 0 }: SamplingOptions): void {
  requireCount({ iterations });
  if (!(foregroundShare >= 0 && foregroundShare <= 1) || !Number.isInteger(background) || background < 0) {
    throw new LulcError('invalid-argument', 'foregroundShare must be 0 to 1 and background a class index', {
      where: { foregroundShare, background },
    });
  }
}

/**
 * The share of each batch that is about foreground.
 *
 * @param sampling as given
 */
export function foregroundShareOf({ foregroundShare = usualForegroundShare }: SamplingOptions): number {
  return foregroundShare;
}

/**
 * Which samples make which rows: all of them in order, or as many as are drawn.
 *
 * @param length number of samples of the dataset
 * @param options batches, order, shard or sampling
 */
export function epochRows(length: number, options: RowOptions): EpochRows {
  return options.sampling === undefined ? allRows(length, options) : drawnRows(length, options, options.sampling);
}

function allRows(length: number, options: RowOptions): EpochRows {
  const { batchSize, shuffle = false, shard = { rank: 0, world: 1 }, dropRemainder = false } = options;
  const ownLength = shardLength(length, shard, shuffle);
  return {
    length: ownLength,
    steps: dropRemainder ? Math.floor(ownLength / batchSize) : Math.ceil(ownLength / batchSize),
    of: (epoch) => {
      const order = epochOrder(length, options, epoch);
      return (step) =>
        Array.from(order.subarray(step * batchSize, (step + 1) * batchSize), (index) => ({
          index,
          draw: index,
          focused: false,
        }));
    },
  };
}

/** All ranks together draw what one process would with batches of their size; each takes every `world`-th row. */
function drawnRows(length: number, options: RowOptions, sampling: SamplingOptions): EpochRows {
  const { batchSize, seed = 0, shard = { rank: 0, world: 1 } } = options;
  const rows = batchSize * shard.world;
  const firstFocused = roundHalfToEven(rows * (1 - foregroundShareOf(sampling)));
  return {
    length: sampling.iterations * batchSize,
    steps: sampling.iterations,
    of: (epoch) => (step) =>
      Array.from({ length: batchSize }, (_, i) => {
        const row = i * shard.world + shard.rank;
        const draw = step * rows + row;
        return { index: random(seed, epoch, draw, samplingStream).integer(length), draw, focused: row >= firstFocused };
      }),
  };
}
