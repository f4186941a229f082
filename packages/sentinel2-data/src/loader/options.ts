import type { ScalingStatistics } from '@lulc/core';
import type { ResampleMethod } from '../raster/resample.js';
import type { Augmentation } from '../transforms/augmentation.js';

/** The part of a dataset that one of several processes reads. */
export interface Shard {
  /** 0 … world−1. */
  readonly rank: number;
  /** Number of processes. */
  readonly world: number;
  /**
   * What happens when the samples do not divide: `repeat` gives every rank equally many by repeating some (training in
   * lock step), `keep` reads every sample exactly once (evaluation; ranks may differ by one sample).
   * @defaultValue `'repeat'` when shuffling, else `'keep'`
   */
  readonly uneven?: 'repeat' | 'keep';
}

/** How a dataset is turned into batches. Plain data: it may come from a configuration file. */
export interface LoaderOptions {
  /** Samples per batch. */
  readonly batchSize: number;
  /**
   * New order in every epoch.
   * @defaultValue false
   */
  readonly shuffle?: boolean;
  /**
   * Seed of order and augmentation.
   * @defaultValue 0
   */
  readonly seed?: number;
  /** Default: everything. */
  readonly shard?: Shard;
  /**
   * Leave out the last, smaller batch of an epoch.
   * @defaultValue false
   */
  readonly dropRemainder?: boolean;
  /** Random changes per sample, for training. Default: none. */
  readonly augment?: Augmentation;
  /** Scaling of every band, `(x − mean) / std`; its bands are the dataset's. Default: none, native units. */
  readonly scaling?: ScalingStatistics;
  /** `[height, width]` of the batches. Default: the images' own size. */
  readonly size?: readonly [number, number];
  /**
   * How images of another size are resized.
   * @defaultValue `'bicubic'`
   */
  readonly resize?: ResampleMethod;
  /**
   * Batches prepared ahead.
   * @defaultValue 2
   */
  readonly prefetch?: number;
}

/** Options of the loader with worker threads (Node). */
export interface WorkerLoaderOptions extends LoaderOptions {
  /**
   * Worker threads that decode and augment; 0 does it in the calling thread. Default: one less than there are cores, 1
   * to 4. Datasets that do not lie in files are read in the calling thread.
   */
  readonly workers?: number;
  /**
   * Memory for decoded samples, in bytes: as many samples as fit are decoded only once. 0 switches it off.
   * @defaultValue 536870912 (512 MiB)
   */
  readonly cacheBytes?: number;
}
