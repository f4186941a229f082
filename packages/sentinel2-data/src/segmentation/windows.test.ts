import { describe, expect, it } from 'vitest';
import { windowsOf } from './windows.js';

describe('windows of an image', () => {
  it('are those of the published Potsdam tiling: 24 per side of 6000 pixels', () => {
    const windows = windowsOf([6000, 6000], { size: 256, stride: 250 });
    expect(windows).toHaveLength(576);
    expect(windows.at(-1)).toEqual({ top: 5744, left: 5744, height: 256, width: 256 });
  });

  it.each([
    [[10, 10], { size: 4 }],
    [[11, 7], { size: [4, 3], stride: [3, 2] }],
    [[5, 9], { size: 5, stride: 1 }],
  ] as const)('hold every pixel of %j by %j and lie within', (shape, options) => {
    const seen = new Uint8Array(shape[0] * shape[1]);
    for (const { top, left, height, width } of windowsOf(shape, options)) {
      expect(top + height).toBeLessThanOrEqual(shape[0]);
      expect(left + width).toBeLessThanOrEqual(shape[1]);
      for (let y = top; y < top + height; y++) seen.fill(1, y * shape[1] + left, y * shape[1] + left + width);
    }
    expect(seen.every((value) => value === 1)).toBe(true);
  });

  it('are one as long as an axis that is shorter', () => {
    expect(windowsOf([3, 8], { size: 4 })).toEqual([
      { top: 0, left: 0, height: 3, width: 4 },
      { top: 0, left: 4, height: 3, width: 4 },
    ]);
  });

  it('have whole sizes and are not absurdly many', () => {
    const refused = expect.objectContaining({ code: 'invalid-argument' });
    expect(() => windowsOf([9, 9], { size: 0 })).toThrow(refused);
    expect(() => windowsOf([9, 9], { size: 4, stride: 0.5 })).toThrow(refused);
    expect(() => windowsOf([1e9, 9], { size: 4 })).toThrow(refused);
  });
});
