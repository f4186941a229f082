import { expect, it } from 'vitest';
import {
  knownOption,
  type OptionKinds,
  requireAbove,
  requireAtLeast,
  requireCount,
  requireKinds,
  requireShare,
} from './optionChecks.js';

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

it.each<[OptionKinds, unknown[], unknown[], string]>([
  ['number', [0, -1, Number.POSITIVE_INFINITY], ['1', Number.NaN, null, true, [1]], 'a number'],
  ['text', ['', 'a'], [1, null, ['a']], 'a text'],
  ['flag', [true, false], ['true', 0, null], 'true or false'],
  ['numbers', [[], [1, 2]], [1, ['1'], [null], {}], 'a list of numbers'],
  ['pair', [[1, 2]], [1, [1], [1, 2, 3], ['1', '2'], null], 'two numbers'],
  ['pairs', [[], [[1, 2]]], [[1, 2], [[1]], [null]], 'a list of pairs of numbers'],
  ['records', [[], [{}]], [{}, [null], [[]]], 'a list of objects'],
  ['texts', [['a']], ['a', [1]], 'a list of texts'],
  ['record', [{}, new Map()], [[], null, 'a'], 'an object'],
  ['function', [() => 1], [{}, 'f'], 'a function'],
  ['functions', [[], [() => 1]], [() => 1, [1]], 'a list of functions'],
  [['text', 'texts'], ['a', ['a']], [1, [1], {}], 'a text or a list of texts'],
  [{ size: 'number' }, [{}, { size: 1 }, { size: undefined }], [1, null, [1]], 'an object with size'],
])('knows what is %j and says what is expected', (kind, good, bad, words) => {
  for (const value of good) expect(() => requireKinds({ b: value }, { b: kind }, ['b'])).not.toThrow();
  for (const value of bad) expect(() => requireKinds({ b: value }, { b: kind })).toThrow(refused('b', RegExp(words)));
});

it('names options of options, and those that are missing', () => {
  const kinds = { path: 'text', window: { size: ['number', 'pair'] } } as const;
  const required = ['path', 'window.size'];
  expect(() => requireKinds({ path: 'a' }, kinds, required)).not.toThrow();
  expect(() => requireKinds({}, kinds, required)).toThrow(refused('path', /a text, got undefined/));
  expect(() => requireKinds({ path: 'a', window: {} }, kinds, required)).toThrow(
    refused('window.size', /a number or two numbers, got undefined/),
  );
  expect(() => requireKinds({ path: 'a', window: { size: '64' } }, kinds)).toThrow(refused('window.size', /got '64'/));
  expect(() => requireKinds(64, kinds)).toThrow(refused('options', /an object with path, window, got 64/));
});
