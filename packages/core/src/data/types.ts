/** What a model is asked to say about an image: any number of classes at once, or exactly one. */
export type ClassificationTask = 'multi-label' | 'single-label';

/** Per-band statistics by which images are scaled before they enter a model: `(x − mean) / std`. */
export interface ScalingStatistics {
  /** Where the numbers come from, e.g. `'bigearthnet-v1'`. */
  readonly name: string;
  /** Mean of each band, in the units of the stored images, in band order. */
  readonly mean: readonly number[];
  /** Standard deviation of each band, same units and order; all above 0. */
  readonly std: readonly number[];
}

/** An image as it is stored: interleaved rows (`[height, width, bands]`) in its native number type. */
export interface ImageArray {
  /** `height · width · bands` values, row-major, bands interleaved. */
  readonly data: Uint8Array | Uint16Array | Int16Array | Float32Array;
  /** `[height, width, bands]`. */
  readonly shape: readonly [number, number, number];
}

/** One labelled image. */
export interface Sample extends ImageSample {
  /** Class indices that hold: exactly one for a single-label dataset, none or more for a multi-label one. */
  readonly label: readonly number[];
}

/** Where a sample comes from. */
export interface SampleMeta {
  /** Identity within the dataset (patch name, relative path). */
  readonly id: string;
  /** Anything else the source says: country, acquisition date, location group … */
  readonly [key: string]: string | number | boolean | undefined;
}

/** What is known of a set of images as a whole, labelled or not. */
export interface ImageSetInfo {
  /** Short name, e.g. `'bigearthnet-v2'`. */
  readonly name: string;
  /** `train`, `val`, `test` or another name of a part; `'all'` when not split. */
  readonly split: string;
  /** Band names in channel order, e.g. `['B02', 'B03', …]`. */
  readonly bands: readonly string[];
  /** Height and width in pixels when all images share them. */
  readonly imageSize: readonly [number, number] | undefined;
  /** Metres per pixel, when known. */
  readonly groundSamplingDistance: number | undefined;
  /** Recommended scaling for this dataset's units. */
  readonly scaling: ScalingStatistics | undefined;
  /** True when the pixels were generated, not observed; every output made from them must say so. */
  readonly simulated: boolean;
  /** Licence of the data. */
  readonly licence: string;
  /** How to cite it. */
  readonly citation: string;
}

/** What is known of a classification dataset as a whole. */
export interface DatasetInfo extends ImageSetInfo {
  /** What its labels mean. */
  readonly task: ClassificationTask;
  /** Class names in index order. */
  readonly classes: readonly string[];
}

/** An image without a label; every labelled sample is one, too. */
export interface ImageSample {
  /** The pixels, in the dataset's native units. */
  readonly image: ImageArray;
  /** Where the sample comes from. */
  readonly meta: SampleMeta;
}

/** A map-style set of images: what pre-training needs. Every labelled dataset is one, too. */
export interface ImageSet {
  /** What is known of the set as a whole. */
  readonly info: ImageSetInfo;
  /** Number of images. */
  readonly length: number;
  /**
   * @param index 0 … length−1
   * @throws LulcError `corrupt-file`, `missing-file`, `nodata` … naming the file
   */
  get(index: number): Promise<ImageSample>;
}

/** A map-style dataset: any sample by its index, in any order, from any worker. */
export interface Dataset {
  /** What is known of the set as a whole. */
  readonly info: DatasetInfo;
  /** Number of samples. */
  readonly length: number;
  /**
   * @param index 0 … length−1
   * @throws LulcError `corrupt-file`, `missing-file`, `nodata` … naming the file
   */
  get(index: number): Promise<Sample>;
}

/** A batch ready for a model: float32, NHWC, scaled and augmented. */
export interface Batch {
  /** `[size, height, width, bands]` values. Valid until the next batch is asked for: buffers are reused. */
  readonly images: Float32Array;
  /** `[size, height, width, bands]`. */
  readonly imageShape: readonly [number, number, number, number];
  /** `[size, classes]`: 1 where a class holds, else 0 (one-hot for single-label data). */
  readonly labels: Float32Array;
  /** `[size, classes]`. */
  readonly labelShape: readonly [number, number];
  /** Dataset indices of the rows. */
  readonly indices: readonly number[];
}

/** What the training loop and evaluation read from: batches of one epoch, from any step on. */
export interface BatchSource {
  /** Of the dataset behind it. */
  readonly info: DatasetInfo;
  /** Number of samples of this source's shard. */
  readonly length: number;
  /** Samples of a full batch. */
  readonly batchSize: number;
  /** Batches of an epoch, a last incomplete one included when it is kept. */
  readonly stepsPerEpoch: number;
  /**
   * The batches of one epoch. Order and augmentation depend only on the seed, the epoch and the sample, so that asking
   * for a later `fromStep` gives exactly what an unbroken run would have seen there.
   */
  epoch(epoch: number, fromStep?: number): AsyncIterable<Batch>;
  /** Ends workers and frees buffers; safe to call twice. */
  close(): Promise<void>;
}
