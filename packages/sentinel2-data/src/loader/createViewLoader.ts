import type { ImageSet } from '@lulc/core';
import type { ViewSource } from '@lulc/core/views';
import { viewBatches } from './batchKinds.js';
import { batchSource } from './batchSource.js';
import { callingThread } from './callingThread.js';
import { type ViewLoaderOptions, viewDefaults } from './options.js';

/**
 * Several views of every image, made in the calling thread: for browsers, for images in memory, and for sets of one's
 * own. It gives exactly the batches of the loader with worker threads of `@lulc/sentinel2-data/node`.
 *
 * @param images any images, labelled or not
 * @param options batches, order, recipes of the views, scaling
 * @throws LulcError `invalid-argument`, `shape-mismatch`
 * @example
 * ```ts
 * import { createViewLoader, fromArrays } from '@lulc/sentinel2-data';
 *
 * const images = fromArrays({
 *   images: [{ data: new Uint8Array(8 * 8 * 3), shape: [8, 8, 3] }],
 *   labels: [[0]],
 *   classes: ['any'],
 *   bands: ['B04', 'B03', 'B02'],
 * });
 * const view = { size: [4, 4], steps: [] } as const;
 * const loader = createViewLoader(images, { batchSize: 1, views: [view, view] });
 * for await (const { views } of loader.epoch(0)) console.log(views.length, views[0].imageShape); // 2 [1, 4, 4, 3]
 * ```
 */
export function createViewLoader(images: ImageSet, options: ViewLoaderOptions): ViewSource {
  const complete = viewDefaults(options);
  const kind = viewBatches(images.info, complete);
  return {
    info: images.info,
    seed: complete.seed,
    ...batchSource(images, complete, kind, callingThread(images)),
  };
}
