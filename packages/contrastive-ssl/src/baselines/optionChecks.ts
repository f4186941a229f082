import { LulcError, requireCount } from '@lulc/core';

/**
 * Options that are parts of a whole, all of it included.
 *
 * @throws LulcError `invalid-argument` unless every value is from 0 to 1
 */
export function requireFraction(options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (value >= 0 && value <= 1) continue;
    throw new LulcError('invalid-argument', `${option} must be from 0 to 1, got ${value}`, { where: { option } });
  }
}

/**
 * Options that list the sizes of a head's layers.
 *
 * @throws LulcError `invalid-argument` for an empty list or a size that is not a whole number above 0
 */
export function requireUnits(options: Readonly<Record<string, readonly number[]>>): void {
  for (const [option, units] of Object.entries(options)) {
    if (units.length === 0) {
      throw new LulcError('invalid-argument', `${option} names no layer`, { where: { option } });
    }
    requireCount(Object.fromEntries(units.map((size, i) => [`${option}[${i}]`, size])));
  }
}

/**
 * Cells per side that a map is averaged to; 0 stands for the map's own pixels.
 *
 * @throws LulcError `invalid-argument` for more cells than the map `[B, h, w, C]` has pixels
 */
export function requireGrid(grid: number, [, height, width]: readonly (number | null)[]): void {
  if (grid <= Math.min(height ?? grid, width ?? grid)) return;
  throw new LulcError(
    'invalid-argument',
    `a grid of ${grid} cells per side is finer than the map of ${height}×${width}`,
    { where: { option: 'grid' } },
  );
}
