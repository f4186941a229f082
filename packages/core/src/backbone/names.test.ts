import { describe, expect, it } from 'vitest';
import { bandNames, classNames } from './names.js';

describe('names from numbers', () => {
  it('knows the usual numbers of bands, and counts others', () => {
    expect(bandNames(2)).toEqual(['VV', 'VH']);
    expect(bandNames(12)).toEqual([...bandNames(10), ...bandNames(2)]);
    expect(bandNames(1)).toEqual(['band 1']);
    expect(bandNames(['red', 'nir'])).toEqual(['red', 'nir']);
    expect(classNames(2)).toEqual(['class 1', 'class 2']);
  });
  it.each([0, -3, 1.5, Number.NaN])('refuses %d', (count) => {
    for (const names of [bandNames, classNames]) {
      expect(() => names(count)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    }
  });
  it('refuses an empty list', () => {
    expect(() => bandNames([])).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});
