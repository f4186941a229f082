import { random } from '@lulc/core';
import { describe, expect, it } from 'vitest';
import { splitByGroup, stratifiedSplit } from './split.js';

const shares = { train: 0.7, val: 0.15, test: 0.15 };

describe('a split by group', () => {
  const draw = random(3);
  const groups = Array.from({ length: 400 }, () => `g${draw.integer(40)}`);

  it('never puts a group into two parts, and loses no sample', () => {
    const parts = splitByGroup(groups, shares, 1);
    const own = Object.values(parts).map((part) => new Set(part.map((i) => groups[i])));
    expect([...own[0]].filter((group) => own[1].has(group))).toEqual([]);
    const all = own.flatMap((set) => [...set]);
    expect(new Set(all).size).toBe(all.length);
    expect(
      Object.values(parts)
        .flat()
        .sort((a, b) => a - b),
    ).toEqual(groups.map((_, i) => i));
  });

  it('comes near the shares', () => {
    const { train, val, test } = splitByGroup(groups, shares, 1);
    expect(train.length / 400).toBeCloseTo(0.7, 1);
    expect(val.length / 400).toBeCloseTo(0.15, 1);
    expect(test.length / 400).toBeCloseTo(0.15, 1);
  });

  it('depends on the seed alone', () => {
    expect(splitByGroup(groups, shares, 5)).toEqual(splitByGroup(groups, shares, 5));
    expect(splitByGroup(groups, shares, 5)).not.toEqual(splitByGroup(groups, shares, 6));
  });

  it('refuses shares that mean nothing', () => {
    expect(() => splitByGroup(groups, { a: 0, b: 0 }, 1)).toThrow(/shares/);
    expect(() => splitByGroup(groups, { a: -1, b: 2 }, 1)).toThrow(/shares/);
  });
});

describe('a stratified split', () => {
  it('shares out every combination of labels to within one sample', () => {
    const labels = Array.from({ length: 600 }, (_, i) => (i % 6 === 0 ? [1, 2] : i % 2 === 0 ? [0] : [3]));
    const parts = stratifiedSplit(labels, shares, 9);
    expect(Object.values(parts).flat()).toHaveLength(600);
    for (const stratum of ['1,2', '0', '3']) {
      const total = labels.filter((label) => label.join() === stratum).length;
      for (const [name, part] of Object.entries(parts)) {
        const count = part.filter((i) => labels[i].join() === stratum).length;
        expect(Math.abs(count - total * shares[name as keyof typeof shares])).toBeLessThanOrEqual(1.5);
      }
    }
  });
});
