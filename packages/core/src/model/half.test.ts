import { expect, test } from 'vitest';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half.js';

test('known binary16 patterns', () => {
  const patterns: [number, number][] = [
    [0x0000, 0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3c00, 1],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0xc000, -2],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
  ];
  for (const [bits, value] of patterns) {
    expect(fromFloat16(bits)).toBe(value);
    expect(toFloat16(value)).toBe(bits);
  }
  expect(toFloat16(-0)).toBe(0x8000);
  expect(fromFloat16(0x7e00)).toBeNaN();
  expect(fromFloat16(toFloat16(Number.NaN))).toBeNaN();
});

test('every binary16 and bfloat16 number survives a round trip', () => {
  for (let bits = 0; bits < 65536; bits++) {
    const half = fromFloat16(bits);
    if (!Number.isNaN(half)) expect(toFloat16(half)).toBe(bits);
    const brain = fromBfloat16(bits);
    if (!Number.isNaN(brain)) expect(toBfloat16(brain)).toBe(bits);
  }
});

test('rounding picks the nearest neighbour, and the even one of two', () => {
  for (const [from, to] of [
    [fromFloat16, toFloat16],
    [fromBfloat16, toBfloat16],
  ] as const) {
    for (let low = 0; low < 0x7bff; low += 37) {
      const [a, b] = [from(low), from(low + 1)];
      if (!Number.isFinite(b)) continue;
      expect(to(Math.fround(a + (b - a) * 0.25))).toBe(low);
      expect(to(Math.fround(a + (b - a) * 0.75))).toBe(low + 1);
      expect(to(Math.fround((a + b) / 2))).toBe(low % 2 === 0 ? low : low + 1);
    }
  }
  expect(toFloat16(65519.99)).toBe(0x7bff);
  expect(toFloat16(65520)).toBe(0x7c00);
  expect(toBfloat16(3.4e38)).toBe(0x7f80);
});
