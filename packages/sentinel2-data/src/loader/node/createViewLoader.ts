import type { ImageSet } from '@lulc/core';
import type { ViewSource } from '@lulc/core/views';
import { viewBatches } from '../batchKinds.js';
import { batchSource } from '../batchSource.js';
import { viewDefaults, type WorkerViewLoaderOptions } from '../options.js';
import { imageRows } from './rowsOfSet.js';

/**
 * Several views of every image, decoded and drawn by worker threads into shared memory while the model trains: what
 * pre-training reads from. Order and views depend only on seed, epoch, image and the number of the view: any number of
 * workers gives the same batches, and a later `fromStep` gives what an unbroken run would have seen.
 *
 * Labels and masks of labelled datasets are not read. Images that do not lie in files are read in the calling thread. The
 * memory of a batch is used again: copy what must outlive the next one. `close()` ends the threads.
 *
 * @param images any images, labelled or not
 * @param options batches, order, recipes of the views, scaling, threads; the last, incomplete batch is left out unless
 *   `dropRemainder` is false
 * @throws LulcError `invalid-argument`, `shape-mismatch`; while iterating also `unavailable` (package not built), `aborted`
 *   (closed meanwhile), and what reading an image throws
 * @example
 * ```ts
 * // not run: needs a folder of images
 * import { createViewLoader, openImages } from '@lulc/sentinel2-data/node';
 *
 * const images = await openImages({ path: 'data/archive', window: { size: 256 } });
 * const view = { size: [224, 224], steps: [] } as const;
 * const loader = createViewLoader(images, { batchSize: 16, shuffle: true, seed: 42, views: [view, view] });
 * for await (const { views } of loader.epoch(0)) console.log(views[0].imageShape, views[1].affines.length);
 * await loader.close();
 * ```
 */
export function createViewLoader(images: ImageSet, options: WorkerViewLoaderOptions): ViewSource {
  const complete = viewDefaults(options);
  const kind = viewBatches(images.info, complete);
  return {
    info: images.info,
    seed: complete.seed,
    ...batchSource(images, complete, kind, imageRows(images, options)),
  };
}
