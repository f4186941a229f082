import type { Dataset, ImageSet, ImageSetInfo } from '@lulc/core';
import type { SegmentationDataset } from '@lulc/core/segmentation';
import type { ConcatenatedDataset } from './concatenateDatasets.js';
import type { FileDataset, FileImageSet, SegmentationFileDataset } from './fileDataset.js';
import { checkIndex } from './fromArrays.js';

/** What part of a set is: the same kind of set. */
export type SubsetOf<S extends ImageSet> = S extends FileDataset
  ? FileDataset
  : S extends SegmentationFileDataset
    ? SegmentationFileDataset
    : S extends ConcatenatedDataset
      ? ConcatenatedDataset
      : S extends Dataset
        ? Dataset
        : S extends SegmentationDataset
          ? SegmentationDataset
          : S extends FileImageSet
            ? FileImageSet
            : ImageSet;

/** Methods of sets that take the index of a sample. */
const perSample = ['get', 'files', 'window', 'meta', 'label', 'maskFile', 'softFile', 'member'] as const;

/**
 * Some samples of a set, in the order given. A set of files stays one, so that workers can still read it.
 *
 * @param set the whole: images, with labels or masks or without
 * @param indices sample indices of the whole; may repeat
 * @param info what changes in the description, e.g. `{ split: 'train' }`
 * @throws LulcError `invalid-argument` for an index that is not there
 */
export function subset<S extends ImageSet>(
  set: S,
  indices: readonly number[],
  info: Partial<Pick<ImageSetInfo, 'name' | 'split' | 'scaling'>> = {},
): SubsetOf<S> {
  for (const index of indices) checkIndex(index, set.length);
  const own = [...indices];
  const at = (index: number): number => {
    checkIndex(index, own.length);
    return own[index];
  };
  const methods = set as Partial<Record<(typeof perSample)[number], (index: number) => unknown>>;
  const mapped = perSample.flatMap((name) => {
    const method = methods[name]?.bind(set);
    if (method === undefined) return [];
    return [[name, name === 'get' ? async (index: number) => method(at(index)) : (index: number) => method(at(index))]];
  });
  return {
    ...set,
    ...Object.fromEntries(mapped),
    info: { ...set.info, ...info },
    length: own.length,
  } as unknown as SubsetOf<S>;
}
