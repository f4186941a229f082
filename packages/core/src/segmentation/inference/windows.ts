import { knownOption, requireCount, requireShare } from '../../errors/optionChecks.js';
import { roundHalfToEven } from '../../numbers/roundHalfToEven.js';

/**
 * How tiles are laid along an axis. `'even'`: equally spaced from edge to edge (nnU-Net); only an image smaller than a tile
 * leaves part of it empty. `'fixed'`: at whole multiples of the step, the last one hanging over the far edge (GLCNet, with
 * overlap 0.5).
 */
export type WindowPlacement = 'even' | 'fixed';

/**
 * How much the pixels of a tile count. `'gaussian'`: most in the middle, where a network sees the surroundings of a pixel
 * (nnU-Net). `'uniform'`: all alike, so that overlapping tiles are averaged.
 */
export type Importance = 'gaussian' | 'uniform';

/**
 * Where the tiles of a sliding window begin along an axis. Their number is `ceil((length − tile) / (tile·(1 − overlap))) + 1`
 * in either placement; an axis that fits into a tile has one.
 *
 * @param length pixels of the image
 * @param tile pixels of a tile
 * @param overlap share of a tile that the next one covers at least, [0, 1); default 0.5
 * @param placement default `'even'`
 * @returns first pixels, ascending from 0
 * @throws LulcError `invalid-argument` or `unknown-name` for an option outside its range
 * @example
 * ```ts
 * import { windowStarts } from '@lulc/core/segmentation';
 *
 * console.log(windowStarts(110, 64)); // [0, 23, 46]
 * console.log(windowStarts(110, 64, 0.5, 'fixed')); // [0, 32, 64]
 * ```
 */
export function windowStarts(
  length: number,
  tile: number,
  overlap = 0.5,
  placement: WindowPlacement = 'even',
): readonly number[] {
  requireCount({ length, tile });
  requireShare({ overlap });
  knownOption('placement', placement, ['even', 'fixed']);
  const step = placement === 'fixed' ? Math.max(1, Math.floor(tile * (1 - overlap))) : tile * (1 - overlap);
  const count = Math.ceil(Math.max(0, length - tile) / step) + 1;
  if (placement === 'fixed') return Array.from({ length: count }, (_, i) => i * step);
  const spacing = (length - tile) / Math.max(1, count - 1);
  return Array.from({ length: count }, (_, i) => roundHalfToEven(count === 1 ? 0 : i * spacing));
}

/**
 * The importance of the pixels of a tile along one axis; that of a pixel is the product of both axes'. The Gaussian has its
 * peak 1 at `floor(tile / 2)` and a standard deviation of an eighth of the tile, so it is nowhere 0.
 *
 * @param tile pixels of the axis
 * @param importance default `'gaussian'`
 * @returns one weight per pixel, above 0, at most 1
 * @throws LulcError `invalid-argument` or `unknown-name` for an option outside its range
 */
export function importanceProfile(tile: number, importance: Importance = 'gaussian'): Float64Array {
  requireCount({ tile });
  knownOption('importance', importance, ['gaussian', 'uniform']);
  const centre = Math.floor(tile / 2);
  const deviation = tile / 8;
  return Float64Array.from({ length: tile }, (_, i) =>
    importance === 'uniform' ? 1 : Math.exp(-((i - centre) ** 2) / (2 * deviation ** 2)),
  );
}

/**
 * The summed importance of all tiles at each pixel of an axis: what blended values are divided by.
 *
 * @param length pixels of the image
 * @param starts from {@link windowStarts}
 * @param profile from {@link importanceProfile}
 */
export function coverage(length: number, starts: readonly number[], profile: Float64Array): Float64Array {
  const sum = new Float64Array(length);
  for (const start of starts) {
    for (let i = 0; i < profile.length && start + i < length; i++) sum[start + i] += profile[i];
  }
  return sum;
}
