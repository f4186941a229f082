import { expect, it } from 'vitest';
import { knownOption, requireAbove, requireAtLeast, requireCount, requireShare } from './optionChecks.js';

const refused = (option: string, message: RegExp) =>
  expect.objectContaining({
    code: 'invalid-argument',
    where: { option },
    message: expect.stringMatching(message),
  });

it.each<[string, (options: { a: number; b: number }) => void, number[], number[], RegExp]>([
  ['share', requireShare, [0, 0.999], [-1e-9, 1, Number.NaN], /b must be in \[0, 1\), got/],
  ['count', requireCount, [1, 4096], [0, 1.5, Number.NaN, Number.POSITIVE_INFINITY], /a whole number above 0/],
  ['above', (options) => requireAbove(0, options), [1e-9, 7], [0, -1, Number.POSITIVE_INFINITY], /a number above 0/],
  ['at least', (options) => requireAtLeast(2, options), [2, 3], [1.99, Number.NaN], /a number of at least 2/],
])('%s: takes what is in range, and names the option that is not', (_, check, good, bad, message) => {
  for (const value of good) expect(() => check({ a: value, b: value })).not.toThrow();
  for (const value of bad) expect(() => check({ a: good[0], b: value })).toThrow(refused('b', message));
});

it('gives a known name back, and the nearest for another', () => {
  expect(knownOption('preset', 'B4', ['B0', 'B4'])).toBe('B4');
  expect(() => knownOption('attention', 'ecaa' as 'eca', ['eca', 'se'])).toThrow(
    expect.objectContaining({ code: 'unknown-name', where: expect.objectContaining({ option: 'attention' }) }),
  );
});
