import type { Normalization, ScalingStatistics } from '@lulc/core';
import type { ViewRecipe } from '@lulc/core/views';
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

/** What all loaders can be told. Plain data: it may come from a configuration file. */
export interface BatchOptions {
  /** Samples per batch. */
  readonly batchSize: number;
  /**
   * New order in every epoch.
   * @defaultValue false
   */
  readonly shuffle?: boolean;
  /**
   * Seed of order and random changes.
   * @defaultValue 0
   */
  readonly seed?: number;
  /** Default: everything. */
  readonly shard?: Shard;
  /**
   * Leave out the last, smaller batch of an epoch.
   * @defaultValue false; true for views
   */
  readonly dropRemainder?: boolean;
  /** Scaling of every band, `(x − mean) / std`; its bands are the dataset's. Default: none, native units. */
  readonly scaling?: ScalingStatistics;
  /**
   * How every band is brought to the numbers that the network sees, instead of `scaling`: statistics of each image, or fixed
   * numbers with limits. Changes of brightness and the like see the resolved numbers as their scaling.
   */
  readonly normalization?: Normalization;
  /**
   * Batches prepared ahead.
   * @defaultValue 2
   */
  readonly prefetch?: number;
}

/** How a dataset is turned into batches. Plain data: it may come from a configuration file. */
export interface LoaderOptions extends BatchOptions {
  /** Random changes per sample, for training. Default: none. */
  readonly augment?: Augmentation;
  /** `[height, width]` of the batches. Default: the images' own size. */
  readonly size?: readonly [number, number];
  /**
   * How images of another size are resized.
   * @defaultValue `'bicubic'`
   */
  readonly resize?: ResampleMethod;
}

/**
 * Samples drawn uniformly with replacement, as nnU-Net does: an epoch is so many batches, however many samples there are. Of
 * a batch of B (of all ranks together, when there are several), those from position round(B · (1 − share)) on are about a pixel
 * of a class that is drawn from the foreground of the sample: 4 of 12, 7 of 22, 1 of 2 with a third. Plain data.
 */
export interface SamplingOptions {
  /** Batches of an epoch. */
  readonly iterations: number;
  /**
   * Share of each batch that is about foreground, 0 … 1; needs a view with a crop at `'focus'`. Samples without foreground are
   * cut at random.
   * @defaultValue 0.33
   */
  readonly foregroundShare?: number;
  /**
   * Class that is not foreground.
   * @defaultValue 0
   */
  readonly background?: number;
}

/** How images with masks are turned into batches. Plain data: it may come from a configuration file. */
export interface SegmentationLoaderOptions extends BatchOptions {
  /**
   * What is drawn for every sample, for training: image and mask go through the same view, the mask without changes of
   * its values. Default: image and mask as they are.
   */
  readonly view?: ViewRecipe;
  /**
   * `[height, width]` to which image (bilinear) and mask (nearest) are brought. Default: that of the view, else of the
   * images, which must then all be equally large.
   */
  readonly size?: readonly [number, number];
  /** Draws samples instead of going through all of them; `shuffle` and `dropRemainder` then say nothing. */
  readonly sampling?: SamplingOptions;
}

/** How images are turned into batches of views. Plain data: it may come from a configuration file. */
export interface ViewLoaderOptions extends BatchOptions {
  /** What is drawn for every image, one recipe per view; at least one. */
  readonly views: readonly ViewRecipe[];
}

/**
 * Options of views with the defaults that differ from those of other batches.
 *
 * @param options as given
 */
export function viewDefaults<O extends ViewLoaderOptions>(options: O): O & { seed: number; dropRemainder: boolean } {
  return { ...options, seed: options.seed ?? 0, dropRemainder: options.dropRemainder ?? true };
}

/** Options of loaders with worker threads (Node). */
export interface WorkerOptions {
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

/** Options of the loader with worker threads (Node). */
export interface WorkerLoaderOptions extends LoaderOptions, WorkerOptions {}

/** Options of the loader of images with masks with worker threads (Node). */
export interface WorkerSegmentationLoaderOptions extends SegmentationLoaderOptions, WorkerOptions {}

/** Options of the loader of views with worker threads (Node). */
export interface WorkerViewLoaderOptions extends ViewLoaderOptions, WorkerOptions {}
