import { describe, expect, it } from 'vitest';
import { numpyRandomState } from './mt19937.js';
import { crossValidation, type SplitCase, splitOfFold } from './splits.js';
import { splitsFromJson, splitsToJson } from './splitsFile.js';

const named = (count: number): SplitCase[] =>
  Array.from({ length: count }, (_, i) => ({ id: `case_${String(i).padStart(2, '0')}` }));
const numberOf = (id: string): number => Number(id.slice(5));

describe('as NumPy and scikit-learn split', () => {
  it('draws the bits and permutations of np.random.RandomState', () => {
    const twister = numpyRandomState(12345);
    expect([twister.bits(), twister.bits(), twister.bits()]).toEqual([3992670690, 3823185381, 1358822685]);
    expect(numpyRandomState(12345).permutation(23)).toEqual([
      10, 19, 8, 17, 3, 12, 16, 0, 15, 7, 18, 11, 14, 6, 20, 13, 22, 21, 9, 4, 1, 5, 2,
    ]);
    // More draws than the state has words. (RandomState(7).permutation(1000) * arange(1000)).sum()
    const long = numpyRandomState(7).permutation(1000);
    expect(long.slice(0, 8)).toEqual([778, 334, 271, 802, 216, 408, 812, 94]);
    expect(long.reduce((sum, value, i) => sum + value * i, 0)).toBe(246202311);
  });

  it('gives the folds of KFold(5, shuffle=True, random_state=12345) over sorted ids', () => {
    const splits = crossValidation({ cases: named(23).reverse(), rule: 'nnunet' });
    expect(splits.map(({ val }) => val.map(numberOf))).toEqual([
      [3, 8, 10, 17, 19],
      [0, 7, 12, 15, 16],
      [6, 11, 14, 18, 20],
      [9, 13, 21, 22],
      [1, 2, 4, 5],
    ]);
    for (const { train, val } of splits) expect(new Set([...train, ...val]).size).toBe(23);
  });

  it('draws a fold beyond the list as nnU-Net does', () => {
    // np.random.RandomState(12345 + 7).choice(23, int(23 * 0.8), replace=False)
    const { train, val } = splitOfFold({ cases: named(23), rule: 'nnunet', fold: 7 });
    expect(train.map(numberOf)).toEqual([7, 15, 2, 6, 0, 9, 18, 13, 4, 16, 22, 12, 17, 20, 19, 8, 11, 1]);
    expect(val.map(numberOf)).toEqual([3, 5, 10, 14, 21]);
  });
});

describe('grouped', () => {
  /** Eleven places with one to eleven chips. */
  const cases = Array.from({ length: 11 }, (_, place) =>
    Array.from({ length: place + 1 }, (_, chip) => ({ id: `chip ${place}/${chip}`, group: `place ${place}` })),
  ).flat();
  const placesOf = (ids: readonly string[]) => new Set(ids.map((id) => id.split('/')[0]));

  it('parts no group, leaves none out, and makes folds of about one size', () => {
    const splits = crossValidation({ cases });
    expect(splits.flatMap(({ val }) => val).sort()).toEqual(cases.map(({ id }) => id).sort());
    for (const { train, val } of splits) {
      expect(train.length + val.length).toBe(cases.length);
      expect([...placesOf(train)].filter((place) => placesOf(val).has(place))).toEqual([]);
      expect(Math.abs(val.length - cases.length / 5)).toBeLessThan(3);
    }
  });

  it('depends on the seed, not on the order of the cases', () => {
    const folds = (seed: number, list = cases) => JSON.stringify(crossValidation({ cases: list, seed, folds: 3 }));
    expect(folds(1, [...cases].reverse())).toBe(folds(1));
    const equal = Array.from({ length: 30 }, (_, i) => ({ id: `${i}`, group: `${i % 10}` }));
    expect(folds(1, equal)).not.toBe(folds(2, equal));
  });

  it('validates with at most a fifth beyond the list, whole groups again', () => {
    const { train, val } = splitOfFold({ cases, fold: 9 });
    expect(val.length).toBeGreaterThan(0);
    expect(val.length).toBeLessThanOrEqual(cases.length - Math.floor(0.8 * cases.length));
    expect([...placesOf(train)].filter((place) => placesOf(val).has(place))).toEqual([]);
    const two = ['a', 'a', 'a', 'b', 'b'].map((group, i) => ({ id: `${i}`, group }));
    expect(splitOfFold({ cases: two, fold: 9, folds: 2 }).val).toEqual(['3', '4']);
  });
});

it('takes a fold from a list that is given, and everything for all', () => {
  const cases = named(5);
  const splits = [{ train: ['case_00'], val: ['case_04'] }];
  expect(splitOfFold({ cases, splits, fold: 0 })).toBe(splits[0]);
  const { train, val } = splitOfFold({ cases, fold: 'all' });
  expect(train).toEqual(cases.map(({ id }) => id));
  expect(val).toEqual(train);
});

describe('splits_final.json', () => {
  it('comes back as it was written', () => {
    const splits = crossValidation({ cases: named(10) });
    expect(
      splitsFromJson(
        splitsToJson(splits),
        named(10).map(({ id }) => id),
      ),
    ).toEqual(splits);
  });

  it.each([
    ['no JSON', '{', 'corrupt-file', /no JSON/],
    ['no list', '{}', 'corrupt-file', /list of folds/],
    ['a fold without ids', '[{"train": [1], "val": []}]', 'corrupt-file', /fold: 0/],
    ['a leak', '[{"train": ["a"], "val": ["a"]}]', 'corrupt-file', /case: a/],
    ['a case that there is not', '[{"train": ["a"], "val": ["b"]}]', 'incompatible', /case: b/],
  ])('refuses %s', (_, text, code, message) => {
    expect(() => splitsFromJson(text, ['a'])).toThrow(expect.objectContaining({ code }));
    expect(() => splitsFromJson(text, ['a'])).toThrow(message);
  });
});

it.each([
  ['more folds than groups', () => crossValidation({ cases: named(4) }), /5 folds of 4 groups/],
  ['one fold', () => crossValidation({ cases: named(4), folds: 1 }), /1 folds/],
  ['an id twice', () => crossValidation({ cases: [...named(6), ...named(1)] }), /case_00/],
  ['a fold of −1', () => splitOfFold({ cases: named(6), fold: -1 }), /no fold -1/],
  ['one group to be shared', () => splitOfFold({ cases: [{ id: 'a' }], splits: [], fold: 3 }), /one group/],
])('refuses %s', (_, act, message) => {
  expect(act).toThrow(message);
});
