import { LulcError } from '@lulc/core';
import type { Split } from '../splits/splits.js';

/** A split by the places of its samples in a dataset. */
export interface SplitIndices {
  /** Indices of the samples to train on. */
  readonly train: readonly number[];
  /** Indices of the samples to validate with. */
  readonly val: readonly number[];
}

/**
 * Which samples of a dataset a split names.
 *
 * @param ids of all samples, in the dataset's order
 * @param split ids to train on and to validate with
 * @returns their indices, for `subset` of `@lulc/sentinel2-data`
 * @throws LulcError `incompatible` for an id that no sample has, `invalid-argument` for one that several have
 * @example
 * ```ts
 * import { splitIndices } from '@lulc/cloud-unet-kd';
 *
 * const { train, val } = splitIndices(['a', 'b', 'c'], { train: ['c', 'a'], val: ['b'] });
 * console.log(train, val); // [ 2, 0 ] [ 1 ]
 * ```
 */
export function splitIndices(ids: readonly string[], split: Split): SplitIndices {
  const places = new Map(ids.map((id, index) => [id, index]));
  if (places.size < ids.length) {
    const twice = ids.find((id, index) => places.get(id) !== index);
    throw new LulcError('invalid-argument', 'two samples have one id', { where: { sample: twice ?? '' } });
  }
  const indexOf = (id: string): number => {
    const index = places.get(id);
    if (index !== undefined) return index;
    throw new LulcError('incompatible', 'a split names a sample that the dataset does not have', {
      where: { sample: id },
      hint: 'Was the split made for another dataset, or for another part of it?',
    });
  };
  return { train: split.train.map(indexOf), val: split.val.map(indexOf) };
}

/**
 * Which network of a cross-validation has not been trained on a sample: the fold that validates with it. A teacher that has
 * seen a chip's label says little more than the label.
 *
 * @param splits of the cross-validation, one per fold
 * @returns the fold of an id; `undefined` for a sample in no split, of which no network has seen a label, so that all may be
 *   asked
 * @throws LulcError `invalid-argument` when two folds validate with a sample; from the result, when folds train on a sample but
 *   none validates with it
 * @example
 * ```ts
 * import { crossValidation, outOfFold } from '@lulc/cloud-unet-kd';
 *
 * const cases = ['a', 'b', 'c', 'd'].map((id) => ({ id }));
 * const splits = crossValidation({ cases, folds: 2 });
 * const foldOf = outOfFold(splits);
 * console.log(splits[foldOf('a') ?? 0].val.includes('a'), foldOf('unlabelled')); // true undefined
 * ```
 */
export function outOfFold(splits: readonly Split[]): (id: string) => number | undefined {
  const folds = new Map<string, number>();
  for (const [fold, { val }] of splits.entries()) {
    for (const id of val) {
      if (folds.has(id)) {
        throw new LulcError('invalid-argument', `folds ${folds.get(id)} and ${fold} validate with one sample`, {
          where: { sample: id },
        });
      }
      folds.set(id, fold);
    }
  }
  const trained = new Set(splits.flatMap(({ train }) => train));
  return (id) => {
    const fold = folds.get(id);
    if (fold === undefined && trained.has(id)) {
      throw new LulcError('invalid-argument', 'no fold validates with this sample, but some were trained on it', {
        where: { sample: id },
        hint: 'Teach with all folds of a cross-validation, or leave foldOf out to ask networks about what they have seen.',
      });
    }
    return fold;
  };
}
