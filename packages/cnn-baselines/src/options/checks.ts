import { LulcError, unknownName } from '@lulc/core';

/**
 * What a depth stands for.
 *
 * @throws LulcError `unknown-name` for a depth that the family has not
 */
export function shapeOfDepth<Depth extends number, Shape>(depth: Depth, shapes: Readonly<Record<Depth, Shape>>): Shape {
  if (Object.hasOwn(shapes, depth)) return shapes[depth];
  throw unknownName('depth', String(depth), Object.keys(shapes), { option: 'depth' });
}

/** @throws LulcError `invalid-argument` unless the option is a finite number above 0 */
export function requirePositive(option: string, value: number): void {
  refuseUnless(value > 0 && value < Number.POSITIVE_INFINITY, option, 'above 0', value);
}

/** @throws LulcError `invalid-argument` unless the option is a share in [0, 1) */
export function requireShare(option: string, value: number): void {
  refuseUnless(value >= 0 && value < 1, option, 'in [0, 1)', value);
}

function refuseUnless(holds: boolean, option: string, range: string, value: number): void {
  if (holds) return;
  throw new LulcError('invalid-argument', `${option} must be ${range}, got ${value}`, { where: { option } });
}
