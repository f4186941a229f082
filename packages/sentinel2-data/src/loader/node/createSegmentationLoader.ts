import type { SegmentationDataset, SegmentationSource } from '@lulc/core/segmentation';
import { segmentationBatches } from '../batchKinds.js';
import { batchSource } from '../batchSource.js';
import type { WorkerSegmentationLoaderOptions } from '../options.js';
import { maskedRows } from './rowsOfSet.js';

/**
 * Batches of images with masks, decoded, changed and scaled by worker threads into shared memory while the model trains.
 * Image and mask go through the same drawn view. Order and views depend only on seed, epoch and sample: any number of
 * workers gives the same batches, and a later `fromStep` gives what an unbroken run would have seen.
 *
 * Datasets that do not lie in files are read in the calling thread. The memory of a batch is used again: copy what must
 * outlive the next one. `close()` ends the threads.
 *
 * @param dataset what to read
 * @param options batches, order, view, scaling, threads
 * @throws LulcError `invalid-argument`, `shape-mismatch`; while iterating also `shape-mismatch` (an image of another size
 *   than the first, with neither `size` nor `view`), `unavailable` (package not built), `aborted` (closed meanwhile), and
 *   what reading a sample throws
 * @example
 * ```ts
 * // not run: needs a folder of images and masks
 * import { createSegmentationLoader, openSegmentation } from '@lulc/sentinel2-data/node';
 *
 * const train = await openSegmentation({ path: 'data/tiles', split: 'train', classes: ['water', 'land'] });
 * const loader = createSegmentationLoader(train, { batchSize: 16, shuffle: true, seed: 42 });
 * for await (const { images, masks } of loader.epoch(0)) console.log(images.length, masks.length);
 * await loader.close();
 * ```
 */
export function createSegmentationLoader(
  dataset: SegmentationDataset,
  options: WorkerSegmentationLoaderOptions,
): SegmentationSource {
  const kind = segmentationBatches(dataset.info, options);
  return { info: dataset.info, ...batchSource(dataset, options, kind, maskedRows(dataset, options)) };
}
