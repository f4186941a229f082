import { describe, expect, it } from 'vitest';
import { median, ratioTo, speedOf } from './results.js';

describe('the arithmetic of a comparison', () => {
  it('takes the middle, or the mean of both', () => {
    expect(median([9])).toBe(9);
    expect(median([10, 1, 5])).toBe(5);
    expect(median([4, 1, 2, 100])).toBe(3);
  });

  it('turns step times into images per second', () => {
    expect(speedOf([[20, 10], [40]], 4)).toEqual({
      stepMs: 20,
      imagesPerSecond: 200,
      slowest: 100,
      fastest: 400,
      steps: 3,
    });
  });

  it('compares within rounds: a busy machine slows both', () => {
    const own = [
      [10, 10],
      [50, 50],
      [10, 11, 9],
    ];
    const peer = [[20], [100, 100], [20, 22]];
    expect(ratioTo(own, peer)).toBe(2);
    expect(ratioTo(peer, own)).toBe(0.5);
    // a single round in which only one of them met something else does not count
    expect(ratioTo([[10], [10], [10]], [[20], [2000], [20]])).toBe(2);
  });
});
