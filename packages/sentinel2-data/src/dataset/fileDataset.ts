import type { Dataset, ImageSet, SampleMeta } from '@lulc/core';
import type { SegmentationDataset } from '@lulc/core/segmentation';
import type { MaskCoding } from '../masks/maskCoding.js';
import type { PixelWindow } from '../raster/pixelWindow.js';
import type { ResampleMethod } from '../raster/resample.js';

/** How much of an image may be without data. */
export interface DataLimit {
  /** Largest share of its pixels, 0 … 1. */
  readonly share: number;
  /** Value that means "no data" in files that do not say. */
  readonly nodata: number;
}

/** How the files of a sample become one image; plain data, so that it can travel to a worker. */
export interface StackOptions {
  /** Bands of the image, in channel order. */
  readonly bands: readonly string[];
  /**
   * Per file, which of its channels are taken (0 = first). `undefined`: all.
   */
  readonly channels: readonly (readonly number[] | undefined)[];
  /**
   * Per file, the size it must have (`[height, width]`), where the format fixes it.
   */
  readonly fileSizes?: readonly (readonly [number, number])[];
  /** `[height, width]` of the image. `undefined`: those of the largest file. */
  readonly size?: readonly [number, number];
  /** Per band, the lowest and the highest value that is kept; others are brought to the nearer of them. */
  readonly ranges?: readonly (readonly [low: number, high: number] | undefined)[];
  /** How files that are smaller than the largest one are brought to its grid. */
  readonly resample: ResampleMethod;
  /** Value that means "no data"; a file's own tag goes first. A band that holds nothing else is an error. */
  readonly nodata: number | undefined;
  /**
   * How many pixels may hold nodata in every band; more is an error `nodata`. `undefined`: any number.
   */
  readonly limit?: DataLimit;
}

/** A sample that could not be read. */
export interface SkippedSample {
  /** Its id. */
  readonly id: string;
  /** Code of the `LulcError`. */
  readonly code: string;
  /** What was wrong, naming the file. */
  readonly message: string;
}

/** What opening a dataset found. */
export interface OpenReport {
  /** Samples of the part asked for, before any was left out. */
  readonly found: number;
  /** Those left out because they could not be read (only with `onBroken: 'skip'`). */
  readonly skipped: readonly SkippedSample[];
}

/** What images in files have beside their pixels, so that a worker can read them without the set. */
export interface ImageFiles {
  /** How a sample's files are put together. */
  readonly stack: StackOptions;
  /** What opening it found. */
  readonly report: OpenReport;
  /**
   * The files of a sample, in the order of {@link StackOptions.channels}.
   *
   * @param index 0 … length−1
   */
  files(index: number): readonly string[];
  /**
   * The part of the files that a sample is; without this method, or where it gives `undefined`, all of them.
   *
   * @param index 0 … length−1
   */
  window?(index: number): PixelWindow | undefined;
  /**
   * Where a sample comes from, without reading its pixels.
   *
   * @param index 0 … length−1
   */
  meta(index: number): SampleMeta;
}

/** Images whose pixels lie in files that a worker can read without the set. */
export interface FileImageSet extends ImageSet, ImageFiles {}

/** A dataset whose pixels lie in files that a worker can read without the dataset. */
export interface FileDataset extends Dataset, ImageFiles {
  /**
   * Class indices of a sample, without reading its pixels.
   *
   * @param index 0 … length−1
   */
  label(index: number): readonly number[];
}

/** Images with masks in files that a worker can read without the dataset. */
export interface SegmentationFileDataset extends SegmentationDataset, ImageFiles {
  /** How stored masks become class indices. */
  readonly coding: MaskCoding;
  /**
   * Where a sample comes from, without reading its pixels.
   *
   * @param index 0 … length−1
   */
  meta(index: number): SampleMeta;
  /**
   * The mask of a sample; the same window of it is taken as of the image. `undefined`: nothing is known of its pixels, which are
   * all to be ignored.
   *
   * @param index 0 … length−1
   */
  maskFile(index: number): string | undefined;
}

/**
 * True for a dataset whose pixels lie in files that workers can read.
 *
 * @param dataset any dataset
 */
export function isFileDataset(dataset: Dataset): dataset is FileDataset {
  return hasFiles(dataset) && 'label' in dataset;
}

/**
 * True for images, labelled or not, that lie in files that workers can read.
 *
 * @param images any set of images
 */
export function hasFiles(images: ImageSet): images is FileImageSet {
  return 'stack' in images && 'files' in images;
}

/**
 * True for images with masks that lie in files that workers can read.
 *
 * @param dataset any segmentation dataset
 */
export function isSegmentationFileDataset(dataset: SegmentationDataset): dataset is SegmentationFileDataset {
  return hasFiles(dataset) && 'maskFile' in dataset && 'coding' in dataset;
}
