import { LulcError } from '../errors/lulcError.js';
import type { Affine } from './types.js';

/** The map that leaves every point where it is. */
export const identityAffine: Affine = [1, 0, 0, 0, 1, 0];

/**
 * Two maps one after the other: `p ↦ outer(inner(p))`.
 *
 * @param outer applied second
 * @param inner applied first
 * @returns the map that does both
 * @example
 * ```ts
 * import { composeAffine, mapPoint } from '@lulc/core/views';
 *
 * const shifted = composeAffine([1, 0, 10, 0, 1, 20], [2, 0, 0, 0, 2, 0]); // doubled, then shifted
 * console.log(mapPoint(shifted, 1, 1)); // [12, 22]
 * ```
 */
export function composeAffine(outer: Affine, inner: Affine): Affine {
  const [a, b, c, d, e, f] = outer;
  const [g, h, i, j, k, l] = inner;
  return [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f];
}

/**
 * The way back.
 *
 * @param affine the map, e.g. from a view to its source
 * @returns its inverse, e.g. from the source to the view
 * @throws LulcError `invalid-argument` for a map that flattens the plane
 * @example
 * ```ts
 * import { invertAffine, mapPoint } from '@lulc/core/views';
 *
 * const toSource = [0.5, 0, 16, 0, 0.5, 8] as const; // a view of twice the resolution, cut at (16, 8)
 * console.log(mapPoint(invertAffine(toSource), 17, 9)); // [2, 2]
 * ```
 */
export function invertAffine(affine: Affine): Affine {
  const [a, b, c, d, e, f] = affine;
  const determinant = a * e - b * d;
  if (determinant === 0 || !Number.isFinite(determinant)) {
    throw new LulcError('invalid-argument', `the map [${affine.join(', ')}] has no inverse`);
  }
  const [g, h, j, k] = [e / determinant, -b / determinant, -d / determinant, a / determinant];
  return [g, h, -(g * c + h * f), j, k, -(j * c + k * f)];
}

/**
 * Where a point goes.
 *
 * @param affine the map
 * @param x to the right, in pixels; the centre of pixel `i` is `i + 0.5`
 * @param y down, in pixels
 * @returns `[x, y]`
 */
export function mapPoint(affine: Affine, x: number, y: number): [number, number] {
  return [affine[0] * x + affine[1] * y + affine[2], affine[3] * x + affine[4] * y + affine[5]];
}

/**
 * The map from one view to another view of the same image: where the ground under a point of the first lies in the second.
 *
 * @param from view → source of the first
 * @param to view → source of the second
 * @returns first view → second view
 * @throws LulcError `invalid-argument` when the second has no inverse
 * @example
 * ```ts
 * import { betweenViews, mapPoint } from '@lulc/core/views';
 *
 * const left = [1, 0, 0, 0, 1, 0] as const;
 * const mirrored = [-1, 0, 64, 0, 1, 0] as const;
 * console.log(mapPoint(betweenViews(left, mirrored), 0.5, 0.5)); // [63.5, 0.5]
 * ```
 */
export function betweenViews(from: Affine, to: Affine): Affine {
  return composeAffine(invertAffine(to), from);
}

/**
 * One row of the affines of a batch.
 *
 * @param affines `[rows, 6]`, as in `ViewImages`
 * @param row 0 … rows−1
 * @returns the map from the view in that row to its source image
 */
export function affineAt(affines: ArrayLike<number>, row: number): Affine {
  const [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5].map((i) => affines[row * 6 + i]);
  return [a, b, c, d, e, f];
}
