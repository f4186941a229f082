import type { ImageSetInfo } from '../data/types.js';
import type { TrainingSource } from '../training/types.js';

/**
 * Where the pixels of a view come from: `[a, b, c, d, e, f]` takes a point `(x, y)` of the view to the point
 * `(a·x + b·y + c, d·x + e·y + f)` of the source image. Coordinates are continuous and in pixels, x to the right, y down:
 * pixel `i` of an axis covers `[i, i + 1)`, its centre is `i + 0.5`.
 */
export type Affine = readonly [number, number, number, number, number, number];

/** One view of every image of a batch, with the way back to the image. */
export interface ViewImages {
  /** `[size, height, width, bands]` values: float32, NHWC, changed and scaled. Valid until the next batch is asked for. */
  readonly images: Float32Array;
  /** `[size, height, width, bands]`. */
  readonly imageShape: readonly [number, number, number, number];
  /** `[size, 6]`: the {@link Affine} of each row, from view to source image. */
  readonly affines: Float64Array;
}

/** Several views of the same images. */
export interface ViewBatch {
  /** The views, in the order of their recipes; all have as many rows. */
  readonly views: readonly ViewImages[];
  /** Number of the epoch the batch belongs to, for draws of its own (regions, masks, permutations). */
  readonly epoch: number;
  /** Dataset indices of the rows. */
  readonly indices: readonly number[];
}

/** What is pre-trained from: batches of views of images without labels. */
export interface ViewSource extends TrainingSource<ViewBatch> {
  /** Of the images behind it. */
  readonly info: ImageSetInfo;
  /** Number of images of this source's shard. */
  readonly length: number;
  /** Images of a full batch. */
  readonly batchSize: number;
  /** Seed of the views; methods that draw something themselves derive their streams from it. */
  readonly seed: number;
  /** Ends workers and frees buffers; safe to call twice. */
  close(): Promise<void>;
}
