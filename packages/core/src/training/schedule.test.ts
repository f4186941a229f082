import { describe, expect, it } from 'vitest';
import { learningRateAt, type ScheduleSpec } from './schedule.js';

describe('learningRateAt', () => {
  const run = (spec: ScheduleSpec, epochs: number, stepsPerEpoch: number): number[] =>
    Array.from({ length: epochs * stepsPerEpoch }, (_, i) =>
      learningRateAt(spec, 1, { epoch: Math.floor(i / stepsPerEpoch), step: i % stepsPerEpoch, stepsPerEpoch, epochs }),
    );

  it('warms up linearly, reaches the base, and then decays over the rest', () => {
    const rates = run({ name: 'cosine', warmup: 1 }, 3, 4);
    expect(rates.slice(0, 5)).toEqual([0.25, 0.5, 0.75, 1, 1]);
    expect(rates[8]).toBeCloseTo(0.5, 12); // half of what is left of the run
    for (let i = 5; i < rates.length; i++) expect(rates[i]).toBeLessThan(rates[i - 1]);
  });

  it('warms up from a share of the base, over part of an epoch', () => {
    expect(run({ name: 'constant', warmup: 0.5, warmupFrom: 0.5 }, 1, 8).slice(0, 5)).toEqual([
      0.625, 0.75, 0.875, 1, 1,
    ]);
  });

  it('holds the rate within an epoch when it changes per epoch', () => {
    expect(run({ name: 'exponential', gamma: 0.5, per: 'epoch' }, 3, 2)).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25]);
  });

  it('keeps the last value past the end', () => {
    expect(learningRateAt({ name: 'poly' }, 1, { epoch: 12, epochs: 10 })).toBe(0);
  });

  it.each([
    [{ name: 'linear' }, 'unknown-name'],
    [{ name: 'step' }, 'invalid-argument'],
    [{ name: 'step', every: 0 }, 'invalid-argument'],
    [{ name: 'exponential', gamma: -1 }, 'invalid-argument'],
    [{ name: 'cosine', floor: Number.NaN }, 'invalid-argument'],
    [{ name: 'constant', warmupFrom: 2 }, 'invalid-argument'],
  ])('refuses %j', (spec, code) => {
    expect(() => learningRateAt(spec as ScheduleSpec, 1, { epoch: 0, epochs: 1 })).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
