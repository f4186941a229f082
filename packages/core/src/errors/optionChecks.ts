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
