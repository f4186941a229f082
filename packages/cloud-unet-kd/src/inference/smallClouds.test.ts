import { random } from '@lulc/core';
import { describe, expect, it } from 'vitest';
import { withoutSmallClouds } from './smallClouds.js';

/** What becomes of a mask, and how many rows were held at most. */
function streamed(mask: readonly number[][], minimum: number): { rows: number[][]; held: number } {
  const rows: number[][] = [];
  let held = 0;
  const filter = withoutSmallClouds(minimum, (row) => void rows.push([...row]));
  mask.forEach((row, y) => {
    filter.add(Uint8Array.from(row));
    held = Math.max(held, y + 1 - rows.length);
  });
  filter.end();
  return { rows, held };
}

/** The same by flooding the whole mask. */
function flooded(mask: readonly number[][], minimum: number): number[][] {
  const out = mask.map((row) => [...row]);
  const seen = mask.map((row) => row.map(() => false));
  mask.forEach((row, y) => {
    row.forEach((value, x) => {
      if (value !== 1 || seen[y][x]) return;
      const cloud = [[y, x]];
      seen[y][x] = true;
      for (const [v, u] of cloud) {
        for (let i = v - 1; i <= v + 1; i++) {
          for (let k = u - 1; k <= u + 1; k++) {
            if (mask[i]?.[k] !== 1 || seen[i][k]) continue;
            seen[i][k] = true;
            cloud.push([i, k]);
          }
        }
      }
      if (cloud.length < minimum) for (const [v, u] of cloud) out[v][u] = 0;
    });
  });
  return out;
}

const picture = (...lines: string[]) =>
  lines.map((line) => [...line].map((c) => (c === '#' ? 1 : c === 'x' ? 255 : 0)));

describe('withoutSmallClouds', () => {
  it('joins arms that meet further down, at sides and corners, and leaves no data alone', () => {
    const mask = picture('#....#..x', '.#...#..#', '..#.#....', '...#...#.', '#.......x');
    expect(streamed(mask, 7).rows).toEqual(picture('#....#..x', '.#...#...', '..#.#....', '...#.....', '........x'));
    expect(streamed(mask, 8).rows).toEqual(picture('........x', '.........', '.........', '.........', '........x'));
    expect(streamed(mask, 1).rows).toEqual(mask);
  });

  it('does what flooding the whole mask does, and holds fewer rows than the smallest cloud has pixels', () => {
    const draw = random(3);
    for (const density of [0.1, 0.3, 0.45, 0.6]) {
      for (const minimum of [2, 5, 20, 300]) {
        const mask = Array.from({ length: 40 }, () =>
          Array.from({ length: 31 }, () => (draw.next() < density ? 1 : draw.next() < 0.05 ? 255 : 0)),
        );
        const { rows, held } = streamed(mask, minimum);
        expect(rows).toEqual(flooded(mask, minimum));
        expect(held).toBeLessThanOrEqual(minimum - 1);
      }
    }
  });
});
