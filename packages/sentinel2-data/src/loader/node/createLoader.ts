import type { BatchSource, Dataset } from '@lulc/core';
import { classificationBatches } from '../batchKinds.js';
import { batchSource } from '../batchSource.js';
import type { WorkerLoaderOptions } from '../options.js';
import { labelledRows } from './rowsOfSet.js';

/**
 * A loader whose worker threads decode, augment and scale samples into shared memory while the model trains. Order and
 * augmentation depend only on seed, epoch and sample: any number of workers gives the same batches, and a later
 * `fromStep` gives what an unbroken run would have seen.
 *
 * Datasets that do not lie in files (in memory, or of one's own) are read in the calling thread.
 *
 * The batches lie in shared memory that is used again: copy what must outlive the next batch (a tensor on the CPU
 * engine is only a view). Leaving the loop early is fine; `close()` ends the threads, which do not keep a process
 * alive by themselves.
 *
 * @param dataset what to read
 * @param options batches, order, augmentation, scaling, threads
 * @throws LulcError `invalid-argument`, `shape-mismatch`; while iterating also `unavailable` (package not built), `aborted`
 *   (closed meanwhile), and what reading a sample throws
 * @example
 * ```ts
 * // not run: needs EuroSAT
 * import { dihedral } from '@lulc/sentinel2-data';
 * import { createLoader, openDataset } from '@lulc/sentinel2-data/node';
 *
 * const dataset = await openDataset({ path: 'data/eurosat-rgb', split: 'train' });
 * const loader = createLoader(dataset, { batchSize: 64, shuffle: true, seed: 42, augment: dihedral, scaling: dataset.info.scaling });
 * for await (const { images, imageShape, labels } of loader.epoch(0)) console.log(imageShape, images.length, labels.length);
 * await loader.close();
 * ```
 */
export function createLoader(dataset: Dataset, options: WorkerLoaderOptions): BatchSource {
  const kind = classificationBatches(dataset.info, options);
  return { info: dataset.info, ...batchSource(dataset, options, kind, labelledRows(dataset, options)) };
}
