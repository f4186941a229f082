import type { BatchSource, Dataset } from '@lulc/core';
import { classificationBatches } from './batchKinds.js';
import { batchSource } from './batchSource.js';
import { callingThread } from './callingThread.js';
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
  const kind = classificationBatches(dataset.info, options);
  return { info: dataset.info, ...batchSource(dataset, options, kind, callingThread(dataset)) };
}
