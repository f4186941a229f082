import {
  type ClassificationTask,
  type Dataset,
  type DatasetInfo,
  type ImageArray,
  type ImageSetInfo,
  LulcError,
} from '@lulc/core';

/** Images and labels in memory. */
export interface ArraysOptions {
  /** One image per sample, all with as many bands. */
  readonly images: readonly ImageArray[];
  /** Class indices per sample: one for single-label data. */
  readonly labels: readonly (readonly number[])[];
  /** Class names in index order. */
  readonly classes: readonly string[];
  /** Band names in channel order. */
  readonly bands: readonly string[];
  /** Default: `single-label` when every sample has exactly one label, else `multi-label`. */
  readonly task?: ClassificationTask;
  /** Identity per sample. Default: its number. */
  readonly ids?: readonly string[];
  /** Anything else that is known of the dataset. */
  readonly info?: Partial<Omit<DatasetInfo, 'classes' | 'bands' | 'task' | 'imageSize'>>;
}

/**
 * A dataset of arrays that are already there.
 *
 * @param options images, labels and what they mean
 * @throws LulcError `invalid-argument` (counts that differ, labels out of range), `shape-mismatch` (an image whose size
 *   contradicts its values or the bands)
 * @example
 * ```ts
 * import { createLoader, fromArrays } from '@lulc/sentinel2-data';
 *
 * const dataset = fromArrays({
 *   images: [{ data: new Uint8Array(8 * 8 * 3), shape: [8, 8, 3] }],
 *   labels: [[1]],
 *   classes: ['field', 'forest'],
 *   bands: ['B04', 'B03', 'B02'],
 * });
 * for await (const batch of createLoader(dataset, { batchSize: 1 }).epoch(0)) console.log(batch.imageShape); // [1, 8, 8, 3]
 * ```
 */
export function fromArrays(options: ArraysOptions): Dataset {
  const { images, labels, classes, bands, ids } = options;
  if (labels.length !== images.length || (ids !== undefined && ids.length !== images.length)) {
    throw new LulcError('invalid-argument', `${images.length} images but ${labels.length} labels`);
  }
  checkImages(images, bands);
  labels.forEach((label, index) => {
    if (label.some((c) => !(Number.isInteger(c) && c >= 0 && c < classes.length))) {
      throw new LulcError('invalid-argument', `label ${label.join(', ')} is not one of ${classes.length} classes`, {
        where: { index },
      });
    }
  });
  const task = options.task ?? (labels.every((label) => label.length === 1) ? 'single-label' : 'multi-label');
  return {
    info: { ...arraysInfo(images, bands, options.info), task, classes },
    length: images.length,
    get: async (index) => {
      checkIndex(index, images.length);
      return { image: images[index], label: labels[index], meta: { id: ids?.[index] ?? String(index) } };
    },
  };
}

/**
 * @param images images to check
 * @param bands their bands
 * @throws LulcError `shape-mismatch` when values, size and bands contradict each other
 */
export function checkImages(images: readonly ImageArray[], bands: readonly string[]): void {
  images.forEach(({ data, shape }, index) => {
    if (shape[2] !== bands.length || data.length !== shape[0] * shape[1] * shape[2]) {
      throw new LulcError('shape-mismatch', `an image of ${data.length} values has shape ${shape.join(' x ')}`, {
        where: { index },
        hint: `Expected are ${bands.length} interleaved bands.`,
      });
    }
  });
}

/**
 * What is known of images in memory.
 *
 * @param images the images
 * @param bands their bands
 * @param known what the caller knows
 */
export function arraysInfo(
  images: readonly ImageArray[],
  bands: readonly string[],
  known: Partial<Omit<ImageSetInfo, 'bands' | 'imageSize'>> = {},
): ImageSetInfo {
  const [first] = images;
  const sameSize = images.every(({ shape }) => shape[0] === first.shape[0] && shape[1] === first.shape[1]);
  return {
    name: 'arrays',
    split: 'all',
    groundSamplingDistance: undefined,
    scaling: undefined,
    simulated: false,
    licence: 'unknown',
    citation: 'none',
    ...known,
    bands,
    imageSize: first !== undefined && sameSize ? [first.shape[0], first.shape[1]] : undefined,
  };
}

/**
 * @param index what was asked for
 * @param length number of samples
 * @throws LulcError `invalid-argument` when there is no such sample
 */
export function checkIndex(index: number, length: number): void {
  if (!(Number.isInteger(index) && index >= 0 && index < length)) {
    throw new LulcError('invalid-argument', `no sample ${index} in a dataset of ${length}`, { where: { index } });
  }
}
