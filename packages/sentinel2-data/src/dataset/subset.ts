import type { Dataset, DatasetInfo } from '@lulc/core';
import { type FileDataset, isFileDataset } from './fileDataset.js';
import { checkIndex } from './fromArrays.js';

/**
 * Some samples of a dataset, in the order given. A dataset of files stays one, so that workers can still read it.
 *
 * @param dataset the whole
 * @param indices sample indices of the whole; may repeat
 * @param info what changes in the description, e.g. `{ split: 'train' }`
 * @throws LulcError `invalid-argument` for an index that is not there
 */
export function subset<D extends Dataset>(
  dataset: D,
  indices: readonly number[],
  info: Partial<Pick<DatasetInfo, 'name' | 'split' | 'scaling'>> = {},
): D extends FileDataset ? FileDataset : Dataset {
  for (const index of indices) checkIndex(index, dataset.length);
  const own = [...indices];
  const at = (index: number): number => {
    checkIndex(index, own.length);
    return own[index];
  };
  const base: Dataset = {
    info: { ...dataset.info, ...info },
    length: own.length,
    get: async (index) => dataset.get(at(index)),
  };
  const result: Dataset = isFileDataset(dataset)
    ? Object.assign(base, {
        stack: dataset.stack,
        report: dataset.report,
        files: (index: number) => dataset.files(at(index)),
        label: (index: number) => dataset.label(at(index)),
        meta: (index: number) => dataset.meta(at(index)),
      } satisfies Omit<FileDataset, keyof Dataset>)
    : base;
  return result as D extends FileDataset ? FileDataset : Dataset;
}
