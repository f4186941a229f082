import { random, useEngine } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { adaptiveMeans } from './adaptiveMeans.js';
import { cellSize, cutPieces } from './cells.js';
import { cutHoles } from './holes.js';
import { distantPermutations } from './permutations.js';

beforeAll(() => useEngine('cpu'));

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe('distant permutations', () => {
  const distance = (a: readonly number[], b: readonly number[]): number => a.filter((v, i) => v !== b[i]).length;
  const distances = (set: readonly (readonly number[])[]): number[] =>
    set.flatMap((a, i) => set.slice(i + 1).map((b) => distance(a, b)));

  it('are orders of nine cells, none twice, the same for a seed', () => {
    const set = distantPermutations(30, 3);
    for (const order of set) expect([...order].sort()).toEqual(range(9));
    expect(new Set(set.map(String)).size).toBe(30);
    expect(distantPermutations(30, 3)).toEqual(set);
    expect(distantPermutations(30, 4)).not.toEqual(set);
    expect(distantPermutations(5, 3)).toEqual(set.slice(0, 5));
  });

  it('are farther apart than drawn ones', () => {
    const count = 60;
    const drawn = range(count).map((i) => [...random(9, i).permutation(9)]);
    // No more than nine orders can differ in every cell; the greedy rule finds those first that differ in eight or nine.
    expect(Math.min(...distances(distantPermutations(9, 1)))).toBeGreaterThanOrEqual(8);
    expect(Math.min(...distances(distantPermutations(count, 1)))).toBeGreaterThanOrEqual(7);
    expect(Math.min(...distances(drawn))).toBeLessThan(7);
  });

  it.each([1, 0, 2.5, 400_000])('refuses a set of %d', (count) => {
    expect(() => distantPermutations(count, 1)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});

describe('pieces', () => {
  // Two bands over 7×9 pixels that tell row and column: cells of 2×3 pixels, the last row of pixels in none.
  const shape = [1, 7, 9, 2] as const;
  const view = {
    images: Float32Array.from(range(63).flatMap((i) => [Math.floor(i / 9), i % 9])),
    imageShape: shape,
    affines: new Float64Array(6),
  };

  it('come from their cells, in the order asked for', () => {
    const order = [8, 0, 1, 2, 3, 4, 5, 6, 7];
    const corners = range(9).map((cell): [number, number] => [cell % 2, 0]);
    const out = new Float32Array(9 * 2 * 2 * 2);
    expect(cellSize(shape)).toEqual([2, 3]);
    cutPieces(view, 0, { order, corners }, [2, 2], [2, 2], out);
    order.forEach((cell, place) => {
      const [top, left] = [2 * Math.floor(cell / 3), 3 * (cell % 3) + corners[cell][0]];
      const expected = [0, 1].flatMap((y) => [0, 1].flatMap((x) => [top + y, left + x]));
      expect([...out.subarray(place * 8, place * 8 + 8)]).toEqual(expected);
    });
  });

  it('are resized as TF.js does with half-pixel centres', () => {
    const big = { ...view, images: Float32Array.from(range(18 * 18), () => 0), imageShape: [1, 18, 18, 1] as const };
    const draws = random(3);
    big.images.forEach((_, i) => {
      big.images[i] = draws.normal();
    });
    const out = new Float32Array(9 * 4 * 7);
    const corners = range(9).map((): [number, number] => [1, 0]);
    cutPieces(big, 0, { order: range(9), corners }, [5, 4], [4, 7], out);
    const piece = tf.slice(tf.tensor4d(big.images, [1, 18, 18, 1]), [0, 6, 12 + 1, 0], [1, 5, 4, 1]) as tf.Tensor4D;
    const expected = tf.image.resizeBilinear(piece, [4, 7], false, true).dataSync();
    for (const [i, value] of expected.entries()) expect(out[5 * 28 + i]).toBeCloseTo(value, 5);
  });

  it('refuse a place of another size', () => {
    const puzzle = { order: range(9), corners: range(9).map((): [number, number] => [0, 0]) };
    expect(() => cutPieces(view, 0, puzzle, [2, 2], [2, 2], new Float32Array(5))).toThrow(
      expect.objectContaining({ code: 'shape-mismatch' }),
    );
  });
});

describe('holes', () => {
  it('are squares inside of the image, everywhere as often', () => {
    const counts = new Float64Array(5 * 6);
    const repeats = 4000;
    for (let i = 0; i < repeats; i++) {
      const mask = new Float32Array(30);
      cutHoles(mask, [5, 6], 1, 2, random(1, i));
      expect(mask.reduce((a, b) => a + b)).toBe(4);
      mask.forEach((value, k) => {
        counts[k] += value / repeats;
      });
    }
    // 4 × 5 places: a corner lies in one of them, a pixel inside in four.
    expect(counts[0]).toBeCloseTo(1 / 20, 1.5);
    expect(counts[2 * 6 + 2]).toBeCloseTo(4 / 20, 1.5);
  });

  it('may overlap, and must fit', () => {
    const mask = new Float32Array(16);
    cutHoles(mask, [4, 4], 50, 3, random(1));
    expect([...mask]).toEqual(new Array(16).fill(1));
    expect(() => cutHoles(mask, [4, 4], 1, 5, random(1))).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});

it('averages over windows that cover a map of any size', () => {
  const map = tf.tensor4d(range(5 * 4), [1, 5, 4, 1]);
  // Rows 0–1, 1–3, 3–4 and columns 0–1, 1–2, 2–3, as torch's adaptive_avg_pool2d has them.
  const rows = [
    [0, 1],
    [1, 2, 3],
    [3, 4],
  ];
  const columns = [
    [0, 1],
    [1, 2],
    [2, 3],
  ];
  const mean = (values: number[]): number => values.reduce((a, b) => a + b) / values.length;
  const expected = rows.map((ys) => columns.map((xs) => [mean(ys.flatMap((y) => xs.map((x) => 4 * y + x)))]));
  expect(adaptiveMeans(map, 3).arraySync()).toEqual([expected]);
});
