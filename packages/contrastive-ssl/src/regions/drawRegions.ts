import type { Random } from '@lulc/core';
import { type Affine, betweenViews, mapPoint } from '@lulc/core/views';

/** A point, `[x, y]` in pixels: x to the right, y down, the centre of pixel `i` at `i + 0.5`. */
export type Point = readonly [x: number, y: number];

/** One of two views of an image, and the regions that are wanted in it. */
export interface RegionView {
  /** From the view to the image. */
  readonly affine: Affine;
  /** Height and width of the view in pixels. */
  readonly size: readonly [height: number, width: number];
  /** Height and width of a region in pixels of the view. */
  readonly region: readonly [height: number, width: number];
}

/** The same ground in two views: the centres of the regions that show it. */
export type RegionPair = readonly [inFirst: Point, inSecond: Point];

/** Pixels by which a centre may miss a view's bounds, so that rounding does not take away a room of one point. */
const slack = 1e-6;
/** How often a centre is drawn anew that lies too near to another. */
const tries = 64;

/**
 * Draws centres of regions that lie in two views of one image with their whole region: uniformly over the ground that both
 * views offer, from the views' geometry alone. GLCNet's code finds them through a raster of pixel numbers, whose
 * first-occurrence rule shifts the match (quirk 13 of the specification); here they agree to within rounding.
 *
 * A centre is not drawn from inside the region of an earlier one in the first view. Where that leaves no room, or the views
 * share too little ground, there are fewer regions (the published code fails, quirk 14).
 *
 * @param views the first and the second view
 * @param count how many are wanted
 * @param random where they are drawn from
 * @returns at most `count` pairs of centres
 */
export function drawRegions(views: readonly [RegionView, RegionView], count: number, random: Random): RegionPair[] {
  const [first, second] = views;
  const toSecond = betweenViews(first.affine, second.affine);
  const toFirst = betweenViews(second.affine, first.affine);
  const room = clippedTo(
    corners(second).map((point) => mapPoint(toFirst, ...point)),
    first,
  );
  if (room.length === 0) return [];
  const [height, width] = first.region;
  const centres: Point[] = [];
  const isFree = ([x, y]: Point): boolean =>
    centres.every(([cx, cy]) => Math.abs(x - cx) >= width / 2 || Math.abs(y - cy) >= height / 2);
  const draw = pointsIn(room, random);
  while (centres.length < count) {
    let centre: Point | undefined;
    for (let i = 0; i < tries && centre === undefined; i++) {
      const candidate = draw();
      if (isFree(candidate)) centre = candidate;
    }
    if (centre === undefined) break;
    centres.push(centre);
  }
  return centres.map((centre) => [centre, mapPoint(toSecond, ...centre)]);
}

/** Where centres may lie so that their regions are inside the view; nothing when a region is larger than the view. */
function bounds({ size, region }: RegionView): { readonly from: Point; readonly to: Point } {
  const [height, width] = size;
  const [regionHeight, regionWidth] = region;
  return {
    from: [regionWidth / 2, regionHeight / 2],
    to: [width - regionWidth / 2, height - regionHeight / 2],
  };
}

/** The rectangle of a view's possible centres; no corners when it has no room. */
function corners(view: RegionView): Point[] {
  const { from, to } = bounds(view);
  if (from[0] > to[0] || from[1] > to[1]) return [];
  return [from, [to[0], from[1]], to, [from[0], to[1]]];
}

/** The part of a convex polygon that lies in the rectangle of a view's possible centres (Sutherland and Hodgman 1974). */
function clippedTo(polygon: readonly Point[], view: RegionView): readonly Point[] {
  const { from, to } = bounds(view);
  const sides: readonly (readonly [axis: 0 | 1, sign: 1 | -1, limit: number])[] = [
    [0, 1, from[0]],
    [0, -1, to[0]],
    [1, 1, from[1]],
    [1, -1, to[1]],
  ];
  return sides.reduce<readonly Point[]>((points, [axis, sign, limit]) => {
    const inside = (point: Point): number => sign * (point[axis] - limit) + slack;
    return points.flatMap((point, i) => {
      const next = points[(i + 1) % points.length];
      const [here, there] = [inside(point), inside(next)];
      const kept = here >= 0 ? [point] : [];
      if (here >= 0 === there >= 0) return kept;
      const share = here / (here - there);
      const crossing: Point = [point[0] + share * (next[0] - point[0]), point[1] + share * (next[1] - point[1])];
      return [...kept, crossing];
    });
  }, polygon);
}

/** Points drawn uniformly from a convex polygon, as a fan of triangles; from its first corner when it is flat. */
function pointsIn(polygon: readonly Point[], random: Random): () => Point {
  const [apex] = polygon;
  let total = 0;
  const triangles = polygon.slice(1, -1).map((a, i) => {
    const b = polygon[i + 2];
    const [ax, ay, bx, by] = [a[0] - apex[0], a[1] - apex[1], b[0] - apex[0], b[1] - apex[1]];
    total += Math.abs(ax * by - ay * bx) / 2;
    return { a: [ax, ay], b: [bx, by], upTo: total };
  });
  if (total === 0) return () => apex;
  return () => {
    const at = random.next() * total;
    const { a, b } = triangles.find(({ upTo }) => at < upTo) ?? triangles[triangles.length - 1];
    const [u, v] = [random.next(), random.next()];
    const [s, t] = u + v > 1 ? [1 - u, 1 - v] : [u, v];
    return [apex[0] + s * a[0] + t * b[0], apex[1] + s * a[1] + t * b[1]];
  };
}
