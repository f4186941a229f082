import { type BatchSource, type Dataset, LulcError } from '@lulc/core';
import type { WorkerLoaderOptions } from '../options.js';

/** @throws LulcError */
export function createLoader(dataset: Dataset, options: WorkerLoaderOptions): BatchSource {
  throw new LulcError('internal', `not written yet: ${dataset.info.name} ${options.batchSize}`);
}
