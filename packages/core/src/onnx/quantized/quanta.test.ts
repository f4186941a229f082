import { describe, expect, it } from 'vitest';
import { chooseRange } from './chooseRange.js';
import { ValueHistogram } from './histogram.js';
import { quantaFor, rounded } from './quanta.js';

describe('quanta', () => {
  it('cover a range by 256 values, one of which is 0', () => {
    expect(quantaFor({ low: -1, high: 4.1 }, 'uint8')).toEqual({
      type: 'uint8',
      scale: Math.fround(0.02),
      zeroPoint: 50,
    });
    expect(quantaFor({ low: -1, high: 4.1 }, 'int8').zeroPoint).toBe(50 - 128);
    // A range on one side of 0 begins there.
    expect(quantaFor({ low: 1, high: 2.55 }, 'uint8')).toEqual({
      type: 'uint8',
      scale: Math.fround(0.01),
      zeroPoint: 0,
    });
    expect(quantaFor({ low: 0, high: 0 }, 'uint8')).toEqual({ type: 'uint8', scale: 1, zeroPoint: 0 });
  });

  it('round to the nearest, and to the ends beyond them', () => {
    const quanta = quantaFor({ low: -1, high: 4.1 }, 'uint8');
    expect([0, 0.029, 0.031, -5, 9].map((value) => rounded(value, quanta))).toEqual(
      [0, 1, 2, -50, 205].map((steps) => steps * Math.fround(0.02)),
    );
  });
});

function histogramOf(...batches: number[][]): ValueHistogram {
  const histogram = new ValueHistogram();
  for (const batch of batches) histogram.add(batch, 'layer');
  return histogram;
}

describe('a histogram', () => {
  it('keeps counts as its range grows, whatever the order', () => {
    const values = [-0.3, 0.01, 0.02, 5, -70, 0, 0.5];
    const [whole, parts] = [histogramOf(values), histogramOf(...values.map((value) => [value]))];
    expect([...parts.entries()]).toEqual([...whole.entries()]);
    expect(parts.range).toEqual({ low: -70, high: 5 });
    expect(parts.size).toBe(7);
    expect([...parts.entries()].reduce((sum, [, count]) => sum + count, 0)).toBe(7);
    // 16384 bins from -128 to 128.
    for (const [value] of parts.entries()) {
      expect(Math.min(...values.map((v) => Math.abs(v - value)))).toBeLessThanOrEqual(128 / 16384);
    }
  });

  it('takes zeros, but nothing that is not finite', () => {
    expect(histogramOf([0, 0]).range).toEqual({ low: 0, high: 0 });
    expect(histogramOf([0, 0], [1]).size).toBe(3);
    expect(() => histogramOf([1, Number.NaN])).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});

describe('a range', () => {
  // 0, 0.001 … 0.999 and one value far away.
  const histogram = histogramOf(
    Array.from({ length: 1000 }, (_, i) => i / 1000),
    [100],
  );

  it('is that of all values, or of a share of them', () => {
    expect(chooseRange(histogram, 'min-max', 'uint8')).toEqual({ low: 0, high: 100 });
    const { low, high } = chooseRange(histogram, { percentile: 0.99 }, 'uint8');
    expect(low).toBe(0);
    // Ten of the 1001 values are above.
    expect(high).toBeCloseTo(0.99, 1);
  });

  it('of the least error is no worse than another', () => {
    const error = (values: readonly number[], high: number) =>
      values.reduce((sum, value) => sum + (value - rounded(value, quantaFor({ low: 0, high }, 'uint8'))) ** 2, 0);
    // Many values near 0 and one at 10: cutting it off by a little costs more than coarser steps do, and the reverse.
    for (const [many, far] of [
      [200, 10],
      [300000, 2],
    ]) {
      const values = [...Array.from({ length: many }, (_, i) => (i + 0.5) / many), far];
      const { high } = chooseRange(histogramOf(values), 'mse', 'uint8');
      const least = Math.min(...Array.from({ length: 46 }, (_, i) => error(values, far * (1 - i / 50))));
      expect(error(values, high) / least, `${many}`).toBeLessThan(1.02);
      expect(high < far, `${many}`).toBe(many > 1000);
    }
  });

  // Quantiles of |x|'s distribution e^−|x| / 2.
  const laplace = Array.from({ length: 20000 }, (_, i) => {
    const share = (i + 0.5) / 20000;
    return share < 0.5 ? Math.log(2 * share) : -Math.log(2 - 2 * share);
  });

  it('of the least error is what is known of 256 values for a Laplace distribution', () => {
    // R. Banner et al., "Post training 4-bit quantization of convolutional networks", 2019: 9.89 deviations of 8 bits; our
    // sample ends at 9.9, whose tail beyond is missing.
    const { low, high } = chooseRange(histogramOf(laplace), 'mse', 'uint8');
    expect(high).toBeGreaterThan(9.3);
    expect(high).toBeLessThan(9.9);
    expect(-low).toBeCloseTo(high, 3);
  });

  it('of the least divergence is that of the same definition in NumPy', () => {
    // Bins by numpy.histogram, quanta by numpy.bincount, ends by numpy.argmin over the same shares.
    const samples: [number[], number, number][] = [
      [laplace, -9.903487, 9.111208],
      [laplace.map((_, i) => -Math.log(1 - (i + 0.5) / 20000)), 0, 9.536971],
      [laplace.map((value) => Math.max(0, value)), 0, 9.903487],
    ];
    for (const [values, low, high] of samples) {
      const range = chooseRange(histogramOf(values), 'entropy', 'uint8');
      expect(range.low).toBeCloseTo(low, 3);
      expect(range.high).toBeCloseTo(high, 3);
    }
  });

  it('of the least divergence is the whole of values that are all alike often, and of zeros none', () => {
    const even = Array.from({ length: 256 * 64 }, (_, i) => (i + 0.5) / 64);
    expect(chooseRange(histogramOf(even), 'entropy', 'uint8').high).toBeCloseTo(256, 0);
    expect(chooseRange(histogramOf([0, 0]), 'entropy', 'uint8')).toEqual({ low: 0, high: 0 });
  });

  it('before a leaky ReLU leaves out what hardly gets through it', () => {
    const values = Array.from({ length: 2000 }, (_, i) => (i - 1500) / 500);
    const plain = chooseRange(histogramOf(values), 'mse', 'uint8');
    const leaky = chooseRange(histogramOf(values), 'mse', 'uint8', 1e-4);
    expect(plain.low).toBeLessThan(-2.8);
    expect(leaky.low).toBeGreaterThan(-0.5);
    expect(leaky.high).toBeCloseTo(1, 1);
  });
});
