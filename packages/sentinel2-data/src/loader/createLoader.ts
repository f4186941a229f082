import type { BatchSource, Dataset } from '@lulc/core';
import { prepareImage } from '../transforms/prepareImage.js';
import { type BatchFiller, batchSource, writeLabel } from './batchSource.js';
import type { LoaderOptions } from './options.js';

/**
 * A loader in the calling thread: for browsers, for datasets in memory, and for datasets of one's own. It gives exactly
 * the batches of the loader with worker threads of `@lulc/sentinel2-data/node`.
 *
 * @param dataset what to read
 * @param options batches, order, augmentation and scaling
 * @throws LulcError `invalid-argument`, `shape-mismatch`
 */
export function createLoader(dataset: Dataset, options: LoaderOptions): BatchSource {
  return batchSource(dataset.info, dataset.length, options, callingThread(dataset, options));
}

/**
 * Reads and prepares samples in the calling thread.
 *
 * @param dataset what to read
 * @param options augmentation, scaling and size
 */
export function callingThread(dataset: Dataset, options: LoaderOptions): BatchFiller {
  const { seed = 0, augment = {}, scaling, resize = 'bicubic' } = options;
  const classes = dataset.info.classes.length;
  let size: readonly [number, number] | undefined;
  return {
    size: async (index) => {
      size = options.size ?? dataset.info.imageSize;
      if (size === undefined) {
        const { shape } = (await dataset.get(index)).image;
        size = [shape[0], shape[1]];
      }
      return size;
    },
    allocate: (values) => new Float32Array(values),
    fill: async (epoch, indices, images, labels) => {
      const preparation = { seed, augment, scaling, size: size ?? [0, 0], resize };
      const values = images.length / indices.length;
      for (const [row, index] of indices.entries()) {
        const { image, label } = await dataset.get(index);
        prepareImage(image, preparation, epoch, index, images.subarray(row * values, (row + 1) * values));
        writeLabel(label, row, classes, labels);
      }
    },
    close: async () => {},
  };
}
