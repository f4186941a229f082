import { describe, expect, it } from 'vitest';
import { random } from '../random/random.js';
import { quantizeAffine, quantizePerChannel } from './quantize.js';

const draw = random(7);
const values = Float32Array.from({ length: 600 }, () => draw.normal());

describe('8 bits per channel', () => {
  it.each([
    { shape: [6, 100], axis: 0, channelOf: (i: number) => Math.floor(i / 100) },
    { shape: [100, 6], axis: 1, channelOf: (i: number) => i % 6 },
    { shape: [10, 6, 10], axis: 1, channelOf: (i: number) => Math.floor(i / 10) % 6 },
  ])('of $shape along axis $axis are off by half a step at most', ({ shape, axis, channelOf }) => {
    const { quanta, scales } = quantizePerChannel(values, shape, axis);
    for (let c = 0; c < 6; c++) {
      const largest = Math.max(...values.filter((_, i) => channelOf(i) === c).map(Math.abs));
      expect(scales[c]).toBeCloseTo(largest / 127, 7);
    }
    for (const [i, value] of values.entries()) {
      expect(Math.abs(quanta[i] * scales[channelOf(i)] - value)).toBeLessThanOrEqual(0.5001 * scales[channelOf(i)]);
    }
  });

  it('keep a channel of zeros', () => {
    const { quanta, scales } = quantizePerChannel(new Float32Array(4), [2, 2], 0);
    expect([...quanta]).toEqual([0, 0, 0, 0]);
    expect([...scales].every((scale) => Number.isFinite(scale) && scale > 0)).toBe(true);
  });
});

describe('256 steps over the range', () => {
  it.each([
    ['of both signs', values],
    ['above 0', values.map(Math.abs)],
    ['below 0', values.map((value) => -Math.abs(value) - 3)],
  ])('are off by one step at most for values %s, and 0 is one of them', (_, data) => {
    const { quanta, scale, min } = quantizeAffine(data);
    for (const [i, value] of data.entries()) {
      expect(Math.abs(quanta[i] * scale + min - value)).toBeLessThanOrEqual(1.0001 * scale);
    }
    expect(Math.abs(min / scale - Math.round(min / scale))).toBeLessThan(1e-9);
  });

  it('keep zeros', () => {
    const { quanta, scale, min } = quantizeAffine(new Float32Array(3));
    expect([...quanta].map((quantum) => quantum * scale + min)).toEqual([0, 0, 0]);
  });
});
