import { LulcError } from '@lulc/core';

/**
 * The weight of one of two terms.
 *
 * @throws LulcError `invalid-argument` unless it is from 0 to 1
 */
export function requireLambda(lambda: number): void {
  if (lambda >= 0 && lambda <= 1) return;
  throw new LulcError('invalid-argument', `lambda must be from 0 to 1, got ${lambda}`, { where: { option: 'lambda' } });
}
