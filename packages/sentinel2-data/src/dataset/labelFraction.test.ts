import { describe, expect, it } from 'vitest';
import { labelFraction, locationGroups } from './labelFraction.js';

/** 387 samples in 50 locations of very different size. */
const groups = Array.from({ length: 387 }, (_, i) => `place ${Math.floor((50 * (i / 387) ** 2) % 50)}`);
const distinct = (indices: readonly number[]) => new Set(indices.map((i) => groups[i])).size;

describe('a fraction of the labels', () => {
  it('has the share of the samples, from different places', () => {
    for (const [fraction, count] of [
      [0.01, 4],
      [0.05, 19],
      [0.1, 39],
    ]) {
      const chosen = labelFraction(groups, fraction, 1);
      expect(chosen).toHaveLength(count);
      expect(distinct(chosen)).toBe(Math.min(count, new Set(groups).size));
    }
    expect(labelFraction(groups, 1, 1)).toEqual(groups.map((_, i) => i));
  });

  it.each(['spread', 'groups'] as const)('is nested and depends on the seed only: %s', (by) => {
    const draws = [0.01, 0.05, 0.1, 0.5, 1].map((fraction) => labelFraction(groups, fraction, 7, { by }));
    draws.slice(1).forEach((larger, i) => {
      const smaller = draws[i];
      expect(smaller.every((index) => larger.includes(index))).toBe(true);
    });
    expect(labelFraction(groups, 0.1, 7, { by })).toEqual(draws[2]);
    expect(labelFraction(groups, 0.1, 8, { by })).not.toEqual(draws[2]);
  });

  it('depends on the groups only by which samples share one', () => {
    const renumbered = groups.map((name) => name.replace('place', 'q'));
    expect(labelFraction(renumbered, 0.1, 7)).toEqual(labelFraction(groups, 0.1, 7));
  });

  it('is never empty', () => {
    expect(labelFraction(['a', 'a', 'b'], 0.001, 0)).toHaveLength(1);
    expect(labelFraction(['a', 'a'], 0.001, 0, { by: 'groups' })).toEqual([0, 1]);
  });

  it('draws every sample about as often, over seeds, when the groups are equally large', () => {
    const even = Array.from({ length: 40 }, (_, i) => i % 8);
    const counts = new Float64Array(40);
    for (let seed = 0; seed < 2000; seed++) for (const i of labelFraction(even, 0.2, seed)) counts[i]++;
    // 8 of 40: each is drawn with probability 0.2; four standard errors of 2000 draws
    for (const count of counts) expect(Math.abs(count / 2000 - 0.2)).toBeLessThan(4 * Math.sqrt((0.2 * 0.8) / 2000));
  });

  it('takes whole groups whose number comes nearest to the share', () => {
    const tens = Array.from({ length: 100 }, (_, i) => Math.floor(i / 10));
    const chosen = labelFraction(tens, 0.34, 3, { by: 'groups' });
    expect(chosen).toHaveLength(30);
    for (const group of new Set(chosen.map((i) => tens[i]))) {
      expect(chosen.filter((i) => tens[i] === group)).toHaveLength(10);
    }
  });

  it('refuses shares out of their range and empty sets', () => {
    const refused = expect.objectContaining({ code: 'invalid-argument' });
    for (const fraction of [0, -1, 1.1, Number.NaN]) expect(() => labelFraction(groups, fraction, 0)).toThrow(refused);
    expect(() => labelFraction([], 0.5, 0)).toThrow(refused);
    expect(() => labelFraction(groups, 0.5, 0, { by: 'place' as 'groups' })).toThrow(/no by 'place'/);
  });
});

describe('the locations of a set', () => {
  it('are its groups, or the samples where there are none', () => {
    const metas = [{ id: 'a', group: 'north' }, { id: 'b' }, { id: 'c', group: 3 }];
    expect(locationGroups({ length: 3, meta: (i) => metas[i] })).toEqual(['north', 'b', '3']);
  });
});
