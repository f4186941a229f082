import { mapPoint } from './affine.js';
import type { Affine } from './types.js';

/** A convex outline: its corners `[x, y]` in order. Empty when there is nothing. */
export type Outline = readonly (readonly [number, number])[];

/**
 * What a window of a view covers in the source image.
 *
 * @param affine from view to source
 * @param window `[top, left, height, width]` in view pixels; the whole view is `[0, 0, height, width]`
 * @returns four corners in source pixels
 * @example
 * ```ts
 * import { footprint, outlineArea } from '@lulc/core/views';
 *
 * console.log(outlineArea(footprint([0.5, 0, 16, 0, 0.5, 8], [0, 0, 64, 64]))); // 1024
 * ```
 */
export function footprint(affine: Affine, window: readonly [number, number, number, number]): Outline {
  const [top, left, height, width] = window;
  return [
    mapPoint(affine, left, top),
    mapPoint(affine, left + width, top),
    mapPoint(affine, left + width, top + height),
    mapPoint(affine, left, top + height),
  ];
}

/** Twice the area, above 0 when the corners go clockwise (y pointing down). */
function signedArea(outline: Outline): number {
  return outline.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = outline[(i + 1) % outline.length];
    return sum + x * nextY - nextX * y;
  }, 0);
}

/**
 * @param outline a convex outline
 * @returns its area in square pixels, 0 when it is empty
 */
export function outlineArea(outline: Outline): number {
  return Math.abs(signedArea(outline)) / 2;
}

/**
 * What two outlines have in common, e.g. the part of an image that both of two views show (Sutherland and Hodgman 1974).
 *
 * @param first a convex outline
 * @param second another
 * @returns a convex outline; empty when they do not overlap
 */
export function intersectOutlines(first: Outline, second: Outline): Outline {
  const side = Math.sign(signedArea(second));
  return second.reduce<Outline>((rest, corner, i) => {
    const next = second[(i + 1) % second.length];
    return keepOneSide(rest, corner, next, side);
  }, first);
}

/** The part of an outline on one side of the line through two points. */
function keepOneSide(
  outline: Outline,
  [fromX, fromY]: readonly [number, number],
  [toX, toY]: readonly [number, number],
  side: number,
): Outline {
  const inside = ([x, y]: readonly [number, number]): number =>
    side * ((toX - fromX) * (y - fromY) - (toY - fromY) * (x - fromX));
  return outline.flatMap((corner, i) => {
    const next = outline[(i + 1) % outline.length];
    const [here, there] = [inside(corner), inside(next)];
    const kept = here >= 0 ? [corner] : [];
    if (here >= 0 === there >= 0) return kept;
    const share = here / (here - there);
    return [...kept, [corner[0] + share * (next[0] - corner[0]), corner[1] + share * (next[1] - corner[1])] as const];
  });
}

/**
 * How much two outlines overlap: the area they share over the area they cover together.
 *
 * @param first a convex outline
 * @param second another
 * @returns 0 (apart) … 1 (the same)
 * @example
 * ```ts
 * import { footprint, overlapShare } from '@lulc/core/views';
 *
 * const left = footprint([1, 0, 0, 0, 1, 0], [0, 0, 10, 10]);
 * const right = footprint([1, 0, 5, 0, 1, 0], [0, 0, 10, 10]);
 * console.log(overlapShare(left, right)); // 0.3333333333333333
 * ```
 */
export function overlapShare(first: Outline, second: Outline): number {
  const common = outlineArea(intersectOutlines(first, second));
  const all = outlineArea(first) + outlineArea(second) - common;
  return all === 0 ? 0 : common / all;
}
