import { describe, expect, it } from 'vitest';
import { type CompoundCoefficients, coefficientCandidates, searchCoefficients } from '../index.js';

const product = ({ alpha, beta, gamma }: CompoundCoefficients) => alpha * beta ** 2 * gamma ** 2;

describe('coefficientCandidates', () => {
  it('are all points of the grid near the budget, the nearest first', () => {
    const candidates = coefficientCandidates();
    const expected = new Set<string>();
    for (let a = 20; a <= 60; a++) {
      for (let b = 20; b <= 60; b++) {
        for (let c = 20; c <= 60; c++) {
          // in twentieths, exactly: alpha·beta²·gamma² within 1.9 … 2.1
          const flops = a * b * b * c * c;
          if (flops >= 1.9 * 20 ** 5 && flops <= 2.1 * 20 ** 5) expected.add(`${a} ${b} ${c}`);
        }
      }
    }
    const twentieths = ({ alpha, beta, gamma }: CompoundCoefficients) =>
      [alpha, beta, gamma].map((value) => Math.round(value * 20)).join(' ');
    expect(new Set(candidates.map(({ coefficients }) => twentieths(coefficients)))).toEqual(expected);
    expect(candidates).toHaveLength(expected.size);

    for (const { coefficients, flops } of candidates) expect(flops).toBeCloseTo(product(coefficients), 12);
    const distances = candidates.map(({ flops }) => Math.abs(flops - 2));
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
  });

  it("have the paper's coefficients among them", () => {
    const found = coefficientCandidates().map(({ coefficients }) => coefficients);
    expect(found).toContainEqual({ alpha: 1.2, beta: 1.1, gamma: 1.15, phi: 1 });
  });

  it('take in the very border of the tolerance', () => {
    const only = coefficientCandidates({ budget: 1.25, tolerance: 0.05, step: 0.1 });
    expect(only.map(({ coefficients }) => coefficients)).toEqual(
      expect.arrayContaining([
        { alpha: 1.2, beta: 1, gamma: 1, phi: 1 },
        { alpha: 1.3, beta: 1, gamma: 1, phi: 1 },
      ]),
    );
    expect(coefficientCandidates({ budget: 1, tolerance: 0 })).toEqual([
      { coefficients: { alpha: 1, beta: 1, gamma: 1, phi: 1 }, flops: 1 },
    ]);
  });

  it.each([
    ['budget', { budget: 0.9 }],
    ['tolerance', { tolerance: -0.1 }],
    ['step', { step: 0 }],
    ['step', { step: Number.NaN }],
  ])('refuse a bad %s', (option, options) => {
    expect(() => coefficientCandidates(options)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', where: { option } }),
    );
  });
});

describe('searchCoefficients', () => {
  it('scores every candidate once, and gives the best first', async () => {
    const seen: CompoundCoefficients[] = [];
    const wanted = { alpha: 1.25, beta: 1.15, gamma: 1.1 };
    const far = ({ alpha, beta, gamma }: CompoundCoefficients) =>
      Math.hypot(alpha - wanted.alpha, beta - wanted.beta, gamma - wanted.gamma);
    const found = await searchCoefficients({
      score: async (coefficients) => {
        seen.push(coefficients);
        return -far(coefficients);
      },
    });
    const candidates = coefficientCandidates().map(({ coefficients }) => coefficients);
    expect(seen).toEqual(candidates);
    const nearest = candidates.reduce((best, candidate) => (far(candidate) < far(best) ? candidate : best));
    expect(found[0]).toEqual({ coefficients: nearest, flops: product(nearest), score: -far(nearest) });
    expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).sort((a, b) => b - a));
  });

  it('keeps the order of candidates of one score', async () => {
    const found = await searchCoefficients({ score: () => 1, step: 0.1 });
    expect(found.map(({ flops }) => flops)).toEqual(coefficientCandidates({ step: 0.1 }).map(({ flops }) => flops));
  });

  it('refuses a score that is no number, and passes on what the score function throws', async () => {
    await expect(searchCoefficients({ score: () => Number.NaN })).rejects.toThrow(
      expect.objectContaining({ code: 'invalid-argument', where: { option: 'score' } }),
    );
    const failed = new Error('no data');
    await expect(searchCoefficients({ score: () => Promise.reject(failed) })).rejects.toBe(failed);
  });
});
