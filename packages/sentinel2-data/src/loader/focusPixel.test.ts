import { random } from '@lulc/core';
import { expect, it } from 'vitest';
import { focusPixel } from './focusPixel.js';

const mask = (values: readonly number[], width = values.length) => ({
  data: Uint8Array.from(values),
  shape: [values.length / width, width] as const,
});
const drawn = (values: readonly number[], background = 0, width?: number) => {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < 4000; seed++) {
    const at = String(focusPixel(mask(values, width), background, random(seed)));
    counts.set(at, (counts.get(at) ?? 0) + 1);
  }
  return counts;
};

it('draws the class first, then its pixel', () => {
  // class 1 has three pixels, class 2 one, 0 and 255 do not count
  const counts = drawn([0, 1, 2, 255, 1, 1], 0, 3);
  expect([...counts.keys()].sort()).toEqual(['1.5,0.5', '1.5,1.5', '2.5,0.5', '2.5,1.5']);
  expect(Math.abs((counts.get('2.5,0.5') ?? 0) / 4000 - 1 / 2)).toBeLessThan(0.04);
  for (const one of ['1.5,0.5', '1.5,1.5', '2.5,1.5']) {
    expect(Math.abs((counts.get(one) ?? 0) / 4000 - 1 / 6)).toBeLessThan(0.03);
  }
});

it('takes another class for background when told to', () => {
  expect([...drawn([0, 1, 1, 255], 1).keys()]).toEqual(['0.5,0.5']);
});

it('finds nothing where there is no foreground', () => {
  expect(focusPixel(mask([0, 255, 0]), 0, random(1))).toBeUndefined();
});
