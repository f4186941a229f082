import { LulcError } from '@lulc/core';
import type { FileDataset } from '../../dataset/fileDataset.js';
import type { OpenDatasetOptions } from '../options.js';

/** @throws LulcError */
export async function openDataset(options: OpenDatasetOptions): Promise<FileDataset> {
  throw new LulcError('internal', `not written yet: ${options.path}`);
}
