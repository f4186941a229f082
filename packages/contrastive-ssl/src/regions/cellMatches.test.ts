import { random } from '@lulc/core';
import { type Affine, mapPoint, type ViewImages } from '@lulc/core/views';
import { describe, expect, it } from 'vitest';
import { cellMatches } from './cellMatches.js';

const view = (affines: readonly Affine[]): ViewImages => ({
  images: new Float32Array(affines.length * 12 * 16),
  imageShape: [affines.length, 12, 16, 1],
  affines: Float64Array.from(affines.flat()),
});

/** Crops of different size and aspect, flipped and turned by quarters. */
function drawn(seed: number): Affine {
  const draws = random(seed);
  const [zoomX, zoomY] = [0.5 + draws.next(), 0.5 + draws.next()];
  const turns: readonly (readonly number[])[] = [
    [1, 0, 0, 1],
    [-1, 0, 0, 1],
    [0, 1, -1, 0],
    [0, 1, 1, 0],
    [-1, 0, 0, -1],
  ];
  const [a, b, d, e] = turns[draws.integer(turns.length)];
  return [a * zoomX, b * zoomY, 20 * draws.next(), d * zoomX, e * zoomY, 20 * draws.next()];
}

const [h, w] = [3, 4];
const centres = (affine: Affine, alignCorners: boolean): [number, number][] =>
  Array.from({ length: h * w }, (_, i) => {
    const [column, line] = [i % w, Math.floor(i / w)];
    return alignCorners
      ? mapPoint(affine, 0.5 + column * 5, 0.5 + line * 5.5) // 3 steps to pixel 15, 2 to pixel 11
      : mapPoint(affine, (column + 0.5) * 4, (line + 0.5) * 4);
  });

describe('matched cells', () => {
  it.each([false, true])('are the closest pairs on the ground (aligned corners: %s)', (alignCorners) => {
    for (let seed = 0; seed < 40; seed++) {
      const [one, two] = [
        [drawn(seed), drawn(seed + 100)],
        [drawn(seed + 200), drawn(seed + 300)],
      ];
      const { from, to } = cellMatches(view(one), view(two), [h, w], 5, alignCorners);
      for (const row of [0, 1]) {
        const [here, there] = [centres(one[row], alignCorners), centres(two[row], alignCorners)];
        const apart = here.map(([x, y]) => there.map(([u, v]) => Math.hypot(x - u, y - v)));
        const closest = apart.map((list) => Math.min(...list)).sort((a, b) => a - b);
        for (let i = 0; i < 5; i++) {
          const [a, b] = [from[row * 5 + i] - row * h * w, to[row * 5 + i] - row * h * w];
          expect(apart[a][b]).toBeCloseTo(closest[i], 9);
        }
      }
    }
  });

  it('are the cells themselves for two equal views, each once', () => {
    const same = view([drawn(1)]);
    const { from, to } = cellMatches(same, same, [h, w], h * w);
    expect([...from]).toEqual([...to]);
    expect(new Set(from).size).toBe(h * w);
  });
});
