import type { SegmentationDataset, SegmentationSource } from '@lulc/core/segmentation';
import { segmentationBatches } from './batchKinds.js';
import { batchSource } from './batchSource.js';
import { callingThread } from './callingThread.js';
import type { SegmentationLoaderOptions } from './options.js';

/**
 * Batches of images with masks, made in the calling thread: for browsers, for datasets in memory, and for datasets of
 * one's own. It gives exactly the batches of the loader with worker threads of `@lulc/sentinel2-data/node`.
 *
 * @param dataset what to read
 * @param options batches, order, the view that is taken of image and mask alike, scaling
 * @throws LulcError `invalid-argument`, `shape-mismatch`; while iterating also `shape-mismatch` when an image has another
 *   size than the first and neither `size` nor `view` is given
 * @example
 * ```ts
 * import { createSegmentationLoader, segmentationFromArrays } from '@lulc/sentinel2-data';
 *
 * const dataset = segmentationFromArrays({
 *   images: [{ data: new Uint8Array(8 * 8 * 3), shape: [8, 8, 3] }],
 *   masks: [{ data: new Uint8Array(8 * 8), shape: [8, 8] }],
 *   classes: ['field', 'forest'],
 *   bands: ['B04', 'B03', 'B02'],
 * });
 * const loader = createSegmentationLoader(dataset, { batchSize: 1 });
 * for await (const { imageShape, maskShape } of loader.epoch(0)) console.log(imageShape, maskShape); // [1, 8, 8, 3] [1, 8, 8]
 * ```
 */
export function createSegmentationLoader(
  dataset: SegmentationDataset,
  options: SegmentationLoaderOptions,
): SegmentationSource {
  const kind = segmentationBatches(dataset.info, options);
  return { info: dataset.info, ...batchSource(dataset, options, kind, callingThread(dataset)) };
}
