import type { TrainingSource } from '../training/types.js';
import type { ImageArray, ImageSample, ImageSetInfo, SampleMeta } from './types.js';

/** Value of a mask where nothing is known or nothing counts: no loss, no metric sees it. */
export const ignoreLabel = 255;

/** The class of every pixel of an image. */
export interface MaskArray {
  /** `height · width` values, row-major: a class index 0 … classes−1, or {@link ignoreLabel}. */
  readonly data: Uint8Array;
  /** `[height, width]`. */
  readonly shape: readonly [number, number];
}

/** One image with the class of every pixel. */
export interface SegmentationSample extends ImageSample {
  /** Same height and width as the image. */
  readonly mask: MaskArray;
  /**
   * Real-valued targets of every pixel, of the image's height and width, float32 `[height, width, channels]`: a teacher's logit
   * differences, say. There when {@link SegmentationInfo.softChannels} says so.
   */
  readonly soft?: ImageArray;
}

/** What is known of a segmentation dataset as a whole. */
export interface SegmentationInfo extends ImageSetInfo {
  /** Class names in index order, at most 255. */
  readonly classes: readonly string[];
  /** Channels of the samples' `soft` targets; absent or 0 when they have none. */
  readonly softChannels?: number | undefined;
}

/** A map-style dataset of images with masks: any sample by its index, in any order, from any worker. */
export interface SegmentationDataset {
  /** What is known of the set as a whole. */
  readonly info: SegmentationInfo;
  /** Number of samples. */
  readonly length: number;
  /**
   * @param index 0 … length−1
   * @throws LulcError `corrupt-file`, `missing-file`, `nodata` … naming the file
   */
  get(index: number): Promise<SegmentationSample>;
  /**
   * Where a sample comes from, without reading its pixels. Absent when that is known only once it is read.
   *
   * @param index 0 … length−1
   */
  meta?(index: number): SampleMeta;
  /**
   * Where the soft targets of a sample lie, so that threads which read files themselves need not go through `get`. Absent when
   * they do not lie in files.
   *
   * @param index 0 … length−1
   */
  softFile?(index: number): SoftTargetFile;
}

/** Soft targets of one sample as raw little-endian numbers in a file. Plain data: it travels to workers. */
export interface SoftTargetFile {
  /** Path of the file. */
  readonly path: string;
  /** Where the first number begins, in bytes. */
  readonly offset: number;
  /** Type of the numbers. */
  readonly type: 'float16' | 'float32';
  /** `[height, width, channels]`, row-major, channels interleaved; height and width are those of the sample's image. */
  readonly shape: readonly [number, number, number];
}

/** A batch of images with masks, ready for a model: float32, NHWC, scaled and augmented alike. */
export interface SegmentationBatch {
  /** `[size, height, width, bands]` values. Valid until the next batch is asked for: buffers are reused. */
  readonly images: Float32Array;
  /** `[size, height, width, bands]`. */
  readonly imageShape: readonly [number, number, number, number];
  /** `[size, height, width]` class indices, {@link ignoreLabel} where nothing is known. Valid as long as `images`. */
  readonly masks: Uint8Array;
  /** `[size, height, width]`. */
  readonly maskShape: readonly [number, number, number];
  /** `[size, height, width, softChannels]`, through the same geometry as images and masks; absent when there are none. */
  readonly soft?: Float32Array | undefined;
  /** Dataset indices of the rows. */
  readonly indices: readonly number[];
}

/** What segmentation is trained and evaluated from. */
export interface SegmentationSource extends TrainingSource<SegmentationBatch> {
  /** Of the dataset behind it. */
  readonly info: SegmentationInfo;
  /** Number of samples of this source's shard. */
  readonly length: number;
  /** Samples of a full batch. */
  readonly batchSize: number;
  /** Ends workers and frees buffers; safe to call twice. */
  close(): Promise<void>;
}
