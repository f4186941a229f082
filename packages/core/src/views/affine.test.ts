import { describe, expect, it } from 'vitest';
import { drawNumbers } from '../testing/numericalGradient.js';
import { affineAt, betweenViews, composeAffine, identityAffine, invertAffine, mapPoint } from './affine.js';
import type { Affine } from './types.js';

const drawn = (seed: number): Affine => {
  const [a, b, c, d, e, f] = drawNumbers(6, seed);
  return [a + 2, b, 50 * c, d, e + 2, 50 * f];
};

const close = (actual: readonly number[], expected: readonly number[]) => {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 9);
  });
};

describe('affine maps', () => {
  it('compose as one after the other', () => {
    for (let seed = 0; seed < 5; seed++) {
      const [outer, inner] = [drawn(seed), drawn(seed + 100)];
      close(mapPoint(composeAffine(outer, inner), 3, -7), mapPoint(outer, ...mapPoint(inner, 3, -7)));
    }
  });

  it('have a way back unless they flatten the plane', () => {
    for (let seed = 0; seed < 5; seed++) {
      close(composeAffine(drawn(seed), invertAffine(drawn(seed))), identityAffine);
      close(composeAffine(invertAffine(drawn(seed)), drawn(seed)), identityAffine);
    }
    expect(() => invertAffine([1, 2, 0, 2, 4, 0])).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  it('lead from view to view over the same ground', () => {
    const [first, second] = [drawn(1), drawn(2)];
    const [x, y] = mapPoint(betweenViews(first, second), 12, 34);
    close(mapPoint(second, x, y), mapPoint(first, 12, 34));
  });

  it('are read from the rows of a batch', () => {
    const rows = Float64Array.from({ length: 18 }, (_, i) => i);
    expect(affineAt(rows, 1)).toEqual([6, 7, 8, 9, 10, 11]);
  });
});
