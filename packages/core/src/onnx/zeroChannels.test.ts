import { expect, it } from 'vitest';
import { withoutZeros } from './zeroChannels.js';

it('leaves out channels of zeros, wherever they are', () => {
  // Three rows of four columns of two values; row 1, columns 0 and 2 are zeros.
  const data = Int8Array.of(...[0, 0, 1, 2, 0, 0, 3, 0], ...new Array<number>(8).fill(0), ...[0, 0, 0, -4, 0, 0, 5, 6]);
  expect(withoutZeros(data, [3, 4, 2])).toEqual({
    data: Int8Array.of(1, 2, 3, 0, 0, -4, 5, 6),
    shape: [2, 2, 2],
    kept: [
      [0, 2],
      [1, 3],
    ],
  });
});

it('keeps something of nothing, and everything of what has no such channels', () => {
  expect(withoutZeros(new Int8Array(6), [3, 2])).toEqual({ data: Int8Array.of(0), shape: [1, 1], kept: [[0], [0]] });
  expect(withoutZeros(Int8Array.of(1, 0, 0, 1), [2, 2, 1]).shape).toEqual([2, 2, 1]);
});
