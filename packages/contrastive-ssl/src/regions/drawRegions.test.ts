import { random } from '@lulc/core';
import { type Affine, composeAffine, invertAffine, mapPoint } from '@lulc/core/views';
import { describe, expect, it } from 'vitest';
import { drawRegions, type Point, type RegionView } from './drawRegions.js';

const size = 224;
const region = 48;
const source = 256;

/** The eight ways to turn and mirror a view of `size` pixels, as maps from the turned view to the plain one. */
const states: readonly Affine[] = [1, -1].flatMap((mirror) =>
  [0, 1, 2, 3].map((turns): Affine => {
    const [cos, sin] = [
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ][turns];
    const [a, b, d, e] = [cos * mirror, -sin, sin * mirror, cos];
    const middle = size / 2;
    return [a, b, middle - (a + b) * middle, d, e, middle - (d + e) * middle];
  }),
);

/** A crop of the source at a place, resized to the view. */
const crop = (left: number, top: number, width: number, height: number): Affine => [
  width / size,
  0,
  left,
  0,
  height / size,
  top,
];

const view = (affine: Affine): RegionView => ({ affine, size: [size, size], region: [region, region] });

/**
 * GLCNet's own way: a raster of the source's pixel numbers goes through the crop, turns and nearest resizing; the centre of
 * a number in a view is its first occurrence there.
 */
function firstOccurrence(affine: Affine, number: number): Point | undefined {
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [sx, sy] = mapPoint(affine, x + 0.5, y + 0.5);
      if (Math.floor(sy) * source + Math.floor(sx) === number) return [x, y];
    }
  }
  return undefined;
}

describe('drawRegions', () => {
  it.each(states.map((state, i) => [i, state] as const))(
    'agrees with a raster of pixel numbers within one source pixel, turned and mirrored (state %i)',
    (i, state) => {
      const first = crop(20, 31, 190, 170);
      const second = composeAffine(crop(44, 10, 200, 210), state);
      const pairs = drawRegions([view(first), view(second)], 4, random(7, i));
      expect(pairs).toHaveLength(4);
      for (const [a, b] of pairs) {
        const [x, y] = mapPoint(first, ...a);
        const number = Math.floor(y) * source + Math.floor(x);
        for (const [affine, centre] of [
          [first, a],
          [second, b],
        ] as const) {
          const found = firstOccurrence(affine, number);
          const there = found && mapPoint(affine, found[0] + 0.5, found[1] + 0.5);
          const here = mapPoint(affine, ...centre);
          expect(Math.abs(here[0] - (there?.[0] ?? Number.NaN))).toBeLessThan(1);
          expect(Math.abs(here[1] - (there?.[1] ?? Number.NaN))).toBeLessThan(1);
        }
      }
    },
  );

  it('keeps regions inside both views, over the same ground, and centres out of earlier regions', () => {
    for (let i = 0; i < 200; i++) {
      const { next, integer } = random(11, i);
      const place = (): Affine => {
        const width = 130 + 120 * next();
        const height = 130 + 120 * next();
        return crop(next() * (source - width), next() * (source - height), width, height);
      };
      const first = place();
      const second = composeAffine(place(), states[integer(8)]);
      const pairs = drawRegions([view(first), view(second)], 4, random(12, i));
      for (const [n, [a, b]] of pairs.entries()) {
        for (const value of [...a, ...b]) {
          expect(value).toBeGreaterThanOrEqual(region / 2 - 1e-5);
          expect(value).toBeLessThanOrEqual(size - region / 2 + 1e-5);
        }
        const [p, q] = [mapPoint(first, ...a), mapPoint(second, ...b)];
        expect(Math.hypot(p[0] - q[0], p[1] - q[1])).toBeLessThan(1e-9);
        for (const [[x, y]] of pairs.slice(0, n)) {
          expect(Math.max(Math.abs(x - a[0]), Math.abs(y - a[1]))).toBeGreaterThanOrEqual(region / 2);
        }
      }
    }
  });

  it('draws uniformly from all of the ground that both offer', () => {
    // The second view is turned by 45 degrees: its possible centres are a diamond in the first view.
    const r = Math.SQRT1_2;
    const middle = size / 2;
    const half = middle - region / 2;
    const turned: Affine = [r, -r, middle, r, r, middle - 2 * r * middle];
    const inside = (x: number, y: number): boolean => Math.abs(x - middle) + Math.abs(y - middle) <= half * Math.SQRT2;
    const cells = 8;
    const counts = new Float64Array(cells * cells);
    const draws = 40_000;
    for (let i = 0; i < draws; i++) {
      const [[[x, y]]] = drawRegions([view([1, 0, 0, 0, 1, 0]), view(turned)], 1, random(13, i));
      const cell = (value: number): number => Math.floor(((value - region / 2) / (2 * half)) * cells);
      counts[cell(y) * cells + cell(x)]++;
    }
    // What a fine grid says of each cell's share of the octagon.
    const fine = 400;
    const shares = new Float64Array(cells * cells);
    for (let v = 0; v < fine; v++) {
      for (let u = 0; u < fine; u++) {
        const [x, y] = [u, v].map((at) => region / 2 + ((at + 0.5) / fine) * 2 * half);
        if (inside(x, y)) shares[Math.floor((v / fine) * cells) * cells + Math.floor((u / fine) * cells)]++;
      }
    }
    const total = shares.reduce((a, b) => a + b);
    const statistic = shares.reduce((sum, share, i) => {
      const expected = (share / total) * draws;
      return expected === 0 ? sum : sum + (counts[i] - expected) ** 2 / expected;
    }, 0);
    // 63 degrees of freedom at most: the 99.9 % point is 103.4.
    expect(statistic).toBeLessThan(103.4);
    expect(counts.every((count, i) => count === 0 || shares[i] > 0)).toBe(true);
  });

  it('gives fewer where there is little room, and none where there is none', () => {
    const views = (left: number) => [view(crop(0, 0, 120, 120)), view(crop(left, 0, 120, 120))] as const;
    // Of 120 source pixels a region takes 25.7; centres share 94.3 − left pixels of width.
    const counts = [0, 60, 94, 95, 140].map((left) => drawRegions(views(left), 60, random(1)).length);
    expect(counts[0]).toBeLessThan(60);
    expect(counts[1]).toBeLessThan(counts[0]);
    expect(counts[2]).toBeGreaterThan(0);
    expect(counts[2]).toBeLessThan(counts[1]);
    expect(counts.slice(3)).toEqual([0, 0]);
  });

  it('takes the one possible centre of regions as large as the view', () => {
    const whole: RegionView = { affine: crop(3, 4, 100, 100), size: [size, size], region: [size, size] };
    const other = { ...whole, affine: composeAffine(whole.affine, states[5]) };
    for (const second of [whole, other]) {
      const pairs = drawRegions([whole, second], 3, random(1));
      expect(pairs).toHaveLength(1);
      for (const value of pairs.flat(2)) expect(value).toBeCloseTo(size / 2, 4);
    }
  });

  it('is the same for the same stream, and inverts', () => {
    const views = [view(crop(0, 0, 150, 150)), view(crop(20, 20, 150, 150))] as const;
    expect(drawRegions(views, 4, random(5, 1, 2))).toEqual(drawRegions(views, 4, random(5, 1, 2)));
    expect(drawRegions(views, 4, random(5, 1, 2))).not.toEqual(drawRegions(views, 4, random(5, 1, 3)));
    for (const [a, b] of drawRegions(views, 4, random(5))) {
      const back = mapPoint(invertAffine(views[0].affine), ...mapPoint(views[1].affine, ...b));
      expect(Math.hypot(back[0] - a[0], back[1] - a[1])).toBeLessThan(1e-9);
    }
  });
});
