import { knownOption, LulcError, random, requireCount } from '@lulc/core';
import { numpyRandomState } from './mt19937.js';

/** Cases to train on, and to validate with. */
export interface Split {
  /** Ids to train on. */
  readonly train: readonly string[];
  /** Ids to validate with. */
  readonly val: readonly string[];
}

/** What splitting needs to know of a case. */
export interface SplitCase {
  /** Identity. */
  readonly id: string;
  /** Location or scene, which is never parted. Default: the case is on its own. */
  readonly group?: string | undefined;
}

/**
 * How cases are split. `'grouped'`: no location or scene is in both parts. `'nnunet'`: exactly as nnU-Net splits sorted ids,
 * whatever they have in common; on tiles of scenes that gives scores that new scenes do not reach (spec 2: 0.07 IoU).
 */
export type SplitRule = 'grouped' | 'nnunet';

/** Options of {@link crossValidation}. */
export interface CrossValidationOptions {
  /** Every case. */
  readonly cases: readonly SplitCase[];
  /** Default 5. */
  readonly folds?: number;
  /** Default `'grouped'`. */
  readonly rule?: SplitRule;
  /** Default 12345, as in nnU-Net. */
  readonly seed?: number;
}

/** Options of {@link splitOfFold}. */
export interface FoldOptions extends CrossValidationOptions {
  /** Which: an index, or `'all'`: every case in both parts. */
  readonly fold: number | 'all';
  /** Splits to take it from, as read from `splits_final.json`. Default: those of {@link crossValidation}. */
  readonly splits?: readonly Split[];
}

const nnUNetSeed = 12345;
/** Share of the cases that a fold beyond the list trains on. */
const trainShare = 0.8;

/**
 * Splits cases for cross-validation.
 *
 * @param options cases, number of folds, rule, seed
 * @returns one split per fold; ids in order
 * @throws LulcError `invalid-argument` for fewer than two folds, more folds than cases or groups, and ids that occur twice
 * @example
 * ```ts
 * import { crossValidation } from '@lulc/cloud-unet-kd';
 *
 * const cases = Array.from({ length: 12 }, (_, i) => ({ id: `chip${i}`, group: `place${i % 4}` }));
 * const [first] = crossValidation({ cases, folds: 4 });
 * console.log(first.val.length, first.train.length); // 3 9
 * ```
 */
export function crossValidation(options: CrossValidationOptions): readonly Split[] {
  const { folds = 5, rule = 'grouped', seed = nnUNetSeed } = options;
  knownOption('rule', rule, ['grouped', 'nnunet']);
  requireCount({ folds });
  const cases = sortedCases(options.cases);
  const units = rule === 'grouped' ? new Set(cases.map(({ group, id }) => group ?? id)).size : cases.length;
  if (folds < 2 || folds > units) {
    throw new LulcError('invalid-argument', `${folds} folds of ${units} ${rule === 'grouped' ? 'groups' : 'cases'}`, {
      where: { option: 'folds' },
      hint: 'There must be at least two folds, and no more than groups (or cases).',
    });
  }
  const foldOf = rule === 'grouped' ? groupedFolds(cases, folds, seed) : nnUNetFolds(cases, folds, seed);
  return Array.from({ length: folds }, (_, fold) => part(cases, (i) => foldOf[i] === fold));
}

/**
 * The split of one fold: from the list, or, beyond it, 80 % to train on, drawn by seed and fold.
 *
 * @param options fold, cases, and the list when there is one
 * @throws LulcError as {@link crossValidation}; `invalid-argument` for a fold below 0
 */
export function splitOfFold(options: FoldOptions): Split {
  const { fold, rule = 'grouped', seed = nnUNetSeed } = options;
  const cases = sortedCases(options.cases);
  if (fold === 'all') {
    const ids = cases.map(({ id }) => id);
    return { train: ids, val: ids };
  }
  if (!Number.isInteger(fold) || fold < 0) {
    throw new LulcError('invalid-argument', `no fold ${fold}`, { where: { option: 'fold' } });
  }
  const splits = options.splits ?? crossValidation(options);
  if (fold < splits.length) return splits[fold];
  return rule === 'nnunet' ? nnUNetShare(cases, seed + fold) : groupedShare(cases, seed + fold);
}

function sortedCases(cases: readonly SplitCase[]): readonly SplitCase[] {
  const sorted = [...cases].sort((a, b) => (a.id < b.id ? -1 : 1));
  const twice = sorted.find(({ id }, i) => i > 0 && sorted[i - 1].id === id);
  if (twice !== undefined) {
    throw new LulcError('invalid-argument', 'two cases have one id', { where: { case: twice.id } });
  }
  return sorted;
}

function part(cases: readonly SplitCase[], isVal: (index: number) => boolean): Split {
  const ids = (val: boolean): string[] => cases.filter((_, i) => isVal(i) === val).map(({ id }) => id);
  return { train: ids(false), val: ids(true) };
}

/** scikit-learn's `KFold(folds, shuffle=True, random_state=seed)`. */
function nnUNetFolds(cases: readonly SplitCase[], folds: number, seed: number): readonly number[] {
  const foldOf = new Array<number>(cases.length);
  const order = numpyRandomState(seed).permutation(cases.length);
  const [smaller, larger] = [Math.floor(cases.length / folds), cases.length % folds];
  let from = 0;
  for (let fold = 0; fold < folds; fold++) {
    const to = from + smaller + Number(fold < larger);
    for (const index of order.slice(from, to)) foldOf[index] = fold;
    from = to;
  }
  return foldOf;
}

/** `RandomState(seed).choice(n, int(0.8 n), replace=False)`, in the order drawn; the rest in order. */
function nnUNetShare(cases: readonly SplitCase[], seed: number): Split {
  const drawn = numpyRandomState(seed)
    .permutation(cases.length)
    .slice(0, Math.floor(cases.length * trainShare));
  const inTrain = new Set(drawn);
  return { train: drawn.map((i) => cases[i].id), val: part(cases, (i) => !inTrain.has(i)).val };
}

/** Groups with their cases, the largest first; equally large ones in drawn order. */
function drawnGroups(cases: readonly SplitCase[], seed: number): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>();
  for (const [i, { id, group = id }] of cases.entries()) {
    const members = groups.get(group);
    if (members === undefined) groups.set(group, [i]);
    else members.push(i);
  }
  const byName = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, members]) => members);
  const drawn = Array.from(random(seed).permutation(byName.length), (i) => byName[i]);
  return drawn.sort((a, b) => b.length - a.length);
}

/** Every group goes to the fold that has the fewest cases. */
function groupedFolds(cases: readonly SplitCase[], folds: number, seed: number): readonly number[] {
  const foldOf = new Array<number>(cases.length);
  const sizes = new Array<number>(folds).fill(0);
  for (const members of drawnGroups(cases, seed)) {
    const fold = sizes.indexOf(Math.min(...sizes));
    sizes[fold] += members.length;
    for (const i of members) foldOf[i] = fold;
  }
  return foldOf;
}

/** Groups go to validation as long as they fit into its fifth; at least one does. */
function groupedShare(cases: readonly SplitCase[], seed: number): Split {
  const groups = drawnGroups(cases, seed);
  if (groups.length < 2) {
    throw new LulcError('invalid-argument', 'all cases are of one group', { hint: 'Split by cases: rule nnunet.' });
  }
  const order = random(seed, 1).permutation(groups.length);
  const most = cases.length - Math.floor(cases.length * trainShare);
  const val = new Set<number>();
  for (const index of order) {
    if (val.size + groups[index].length <= most) for (const i of groups[index]) val.add(i);
  }
  // When every group is larger than a fifth, the smallest one it is.
  if (val.size === 0) for (const i of groups[groups.length - 1]) val.add(i);
  return part(cases, (i) => val.has(i));
}
