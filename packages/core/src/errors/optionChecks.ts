import { LulcError, unknownName } from './lulcError.js';

/**
 * An option that names one of several things.
 *
 * @param option the option's name
 * @param value what was given
 * @param names what there is
 * @returns the value
 * @throws LulcError `unknown-name` with the nearest known one
 */
export function knownOption<T extends string>(option: string, value: T, names: readonly T[]): T {
  if (!names.includes(value)) throw unknownName(option, value, names, { option });
  return value;
}

/**
 * Options that are shares.
 *
 * @throws LulcError `invalid-argument` unless every value is in [0, 1)
 */
export function requireShare(options: Readonly<Record<string, number>>): void {
  requireEach(options, 'in [0, 1)', (value) => value >= 0 && value < 1);
}

/**
 * Options that count something.
 *
 * @throws LulcError `invalid-argument` unless every value is a whole number above 0
 */
export function requireCount(options: Readonly<Record<string, number>>): void {
  requireEach(options, 'a whole number above 0', (value) => Number.isInteger(value) && value > 0);
}

/**
 * Options with a lower limit that they may not reach.
 *
 * @throws LulcError `invalid-argument` unless every value is finite and above the limit
 */
export function requireAbove(limit: number, options: Readonly<Record<string, number>>): void {
  requireEach(options, `a number above ${limit}`, (value) => Number.isFinite(value) && value > limit);
}

/**
 * Options with a least value.
 *
 * @throws LulcError `invalid-argument` unless every value is finite and at least the limit
 */
export function requireAtLeast(least: number, options: Readonly<Record<string, number>>): void {
  requireEach(options, `a number of at least ${least}`, (value) => Number.isFinite(value) && value >= least);
}

function requireEach(
  options: Readonly<Record<string, number>>,
  range: string,
  holds: (value: number) => boolean,
): void {
  for (const [option, value] of Object.entries(options)) {
    if (holds(value)) continue;
    throw new LulcError('invalid-argument', `${option} must be ${range}, got ${value}`, { where: { option } });
  }
}

const isNumber = (value: unknown): boolean => typeof value === 'number' && !Number.isNaN(value);
const isText = (value: unknown): boolean => typeof value === 'string';
const isFunction = (value: unknown): boolean => typeof value === 'function';
const isListOf = (holds: (value: unknown) => boolean, value: unknown): boolean =>
  Array.isArray(value) && value.every(holds);
const isPair = (value: unknown): boolean => isListOf(isNumber, value) && (value as unknown[]).length === 2;
const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Kinds of values that {@link requireKinds} knows. Numbers are not NaN; objects are not lists. */
export type OptionKind =
  | 'number'
  | 'text'
  | 'flag'
  | 'list'
  | 'numbers'
  | 'pair'
  | 'pairs'
  | 'records'
  | 'texts'
  | 'record'
  | 'function'
  | 'functions';

const kinds: Readonly<Record<OptionKind, readonly [words: string, holds: (value: unknown) => boolean]>> = {
  number: ['a number', isNumber],
  text: ['a text', isText],
  flag: ['true or false', (value: unknown) => typeof value === 'boolean'],
  list: ['a list', Array.isArray],
  numbers: ['a list of numbers', (value: unknown) => isListOf(isNumber, value)],
  texts: ['a list of texts', (value: unknown) => isListOf(isText, value)],
  pair: ['two numbers', isPair],
  pairs: ['a list of pairs of numbers', (value: unknown) => isListOf(isPair, value)],
  records: ['a list of objects', (value: unknown) => isListOf(isRecord, value)],
  record: ['an object', isRecord],
  function: ['a function', isFunction],
  functions: ['a list of functions', (value: unknown) => isListOf(isFunction, value)],
};

/** What an option may be: one or several kinds, or an object whose own options are of these kinds. */
export type OptionKinds = OptionKind | readonly OptionKind[] | { readonly [option: string]: OptionKinds };

/**
 * Checks what the compiler checks, for callers that have none: that options are of the kinds they are said to be. Ranges and names
 * are left to the other checks. Options that are `undefined` are not given.
 *
 * @param options what was given
 * @param expected kinds by name, of nested objects likewise
 * @param required names of options that must be given, dotted for those of an object that is given
 * @throws LulcError `invalid-argument` naming the option and what is expected
 * @example
 * ```ts
 * import { requireKinds } from '@lulc/core';
 *
 * const expected = { path: 'text', window: { size: ['number', 'pair'] } } as const;
 * requireKinds({ path: 'data', window: { size: 64 } }, expected, ['path']);
 * try {
 *   requireKinds({ path: 'data', window: 64 }, expected, ['path']);
 * } catch (error) {
 *   console.log(String(error)); // LulcError: window must be an object with size, got 64 (option: window)
 * }
 * ```
 */
export function requireKinds(
  options: unknown,
  expected: { readonly [option: string]: OptionKinds },
  required: readonly string[] = [],
): void {
  checkKind('options', options, expected, '', required);
}

function checkKind(
  option: string,
  value: unknown,
  expected: OptionKinds,
  prefix: string,
  required: readonly string[],
): void {
  if (typeof expected === 'string' || Array.isArray(expected)) {
    const allowed = ([expected].flat() as OptionKind[]).map((kind) => kinds[kind]);
    if (allowed.some(([, holds]) => holds(value))) return;
    wrongKind(option, allowed.map(([words]) => words).join(' or '), value);
  }
  if (!isRecord(value)) wrongKind(option, `an object with ${Object.keys(expected).join(', ')}`, value);
  for (const [name, kind] of Object.entries(expected as { readonly [option: string]: OptionKinds })) {
    const path = `${prefix}${name}`;
    const inner = (value as Readonly<Record<string, unknown>>)[name];
    if (inner !== undefined || required.includes(path)) checkKind(path, inner, kind, `${path}.`, required);
  }
}

function wrongKind(option: string, words: string, value: unknown): never {
  throw new LulcError('invalid-argument', `${option} must be ${words}, got ${shownValue(value)}`, {
    where: { option },
  });
}

/** A value in an error: what can be told of it in a few letters. */
function shownValue(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return typeof value === 'string' ? `'${value.slice(0, 40)}'` : String(value);
}
