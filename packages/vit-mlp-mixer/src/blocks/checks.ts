import { LulcError, unknownName } from '@lulc/core';

/** @throws LulcError `invalid-argument` unless every option is a whole number above 0 */
export function requireWhole(options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new LulcError('invalid-argument', `${option} must be a whole number above 0, got ${value}`, {
        where: { option },
      });
    }
  }
}

/** @throws LulcError `invalid-argument` unless every option is in [0, 1) */
export function requireShare(options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (!(value >= 0 && value < 1)) {
      throw new LulcError('invalid-argument', `${option} must be in [0, 1), got ${value}`, { where: { option } });
    }
  }
}

/** @throws LulcError `invalid-argument` unless `epsilon` is above 0 */
export function requireEpsilon(epsilon: number): void {
  if (!(epsilon > 0)) {
    throw new LulcError('invalid-argument', `epsilon must be above 0, got ${epsilon}`, {
      where: { option: 'epsilon' },
    });
  }
}

/** The value, when it is one of the names. @throws LulcError `unknown-name` when it is not */
export function known<T extends string>(option: string, value: T, names: readonly T[]): T {
  if (!names.includes(value)) throw unknownName(option, value, names, { option });
  return value;
}
