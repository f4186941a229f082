import { LulcError, unknownName } from '@lulc/core';

/** Refuses what is no finite number above a limit, naming the option. */
export function requireAbove(option: string, value: number, limit: number): void {
  refuseUnless(Number.isFinite(value) && value > limit, option, `a number above ${limit}`, value);
}

/** Refuses what is no finite number of at least a limit, naming the option. */
export function requireAtLeast(option: string, value: number, least: number): void {
  refuseUnless(Number.isFinite(value) && value >= least, option, `a number of at least ${least}`, value);
}

/** Refuses what is no share in [0, 1), naming the option. */
export function requireShare(option: string, value: number): void {
  refuseUnless(value >= 0 && value < 1, option, 'in [0, 1)', value);
}

/** The value, or the error for one that is not among the known ones. */
export function known<T extends string>(option: string, value: T, names: readonly T[]): T {
  if (!names.includes(value)) throw unknownName(option, value, names, { option });
  return value;
}

function refuseUnless(holds: boolean, option: string, range: string, value: number): void {
  if (holds) return;
  throw new LulcError('invalid-argument', `${option} must be ${range}, got ${value}`, { where: { option } });
}
