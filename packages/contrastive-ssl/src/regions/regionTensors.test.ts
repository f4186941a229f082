import { useEngine } from '@lulc/core';
import type { Affine, ViewBatch } from '@lulc/core/views';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type RegionDraw, regionTensors } from './regionTensors.js';

beforeAll(() => useEngine('cpu'));

const size = 16;
const batchOf = (affines: readonly [Affine, Affine][], epoch = 0): ViewBatch => ({
  epoch,
  indices: affines.map((_, i) => i + 5),
  views: [0, 1].map((view) => ({
    images: new Float32Array(affines.length * size * size),
    imageShape: [affines.length, size, size, 1],
    affines: Float64Array.from(affines.flatMap((pair) => pair[view])),
  })),
});
const plain: Affine = [1, 0, 0, 0, 1, 0];
const mirrored: Affine = [-1, 0, size, 0, 1, 0];
const apart: Affine = [1, 0, 100, 0, 1, 0];
const options: RegionDraw = {
  regions: 3,
  size: { share: 0.25 },
  negatives: 'other-ground',
  margin: 0,
  alignCorners: true,
  seed: 1,
};
const maps = [
  [4, 4],
  [4, 4],
] as const;

describe('regionTensors', () => {
  it('have the same ground under both regions, weights that come to 1, and a mask', () => {
    const { rows, columns, valid, footprints } = regionTensors(
      batchOf([
        [plain, mirrored],
        [plain, apart],
      ]),
      maps,
      options,
    );
    expect([...valid.dataSync()]).toEqual([1, 1, 1, 0, 0, 0]);
    const sums = [...rows, ...columns].map((weights) => [...tf.sum(weights, 2).dataSync()]);
    for (const of of sums) for (const [i, sum] of of.entries()) expect(sum).toBeCloseTo(i < 3 ? 1 : 0, 5);
    // Mirrored: the columns' weights in reverse, the rows' the same.
    const reversed = tf.reverse(columns[1], 2).dataSync();
    for (const [i, weight] of columns[0].dataSync().entries()) expect(reversed[i]).toBeCloseTo(weight, 5);
    for (const [i, weight] of rows[0].dataSync().entries()) expect(rows[1].dataSync()[i]).toBeCloseTo(weight, 5);
    const ground = footprints?.arraySync() ?? [];
    expect(ground).toHaveLength(12);
    for (const region of [0, 1, 2]) {
      const [first, second] = [ground[region], ground[region + 6]];
      for (const [axis, [from, to]] of first.entries()) {
        expect(second[axis][0]).toBeCloseTo(from, 4);
        expect(second[axis][1]).toBeCloseTo(to, 4);
        expect(to - from).toBeCloseTo(axis === 0 ? 1 : 4, 4);
      }
    }
  });

  it('know the images apart, enlarge the ground by the margin, and ask for no more than they need', () => {
    const batch = batchOf([
      [plain, plain],
      [plain, mirrored],
    ]);
    const wide =
      regionTensors(batch, maps, { ...options, margin: 2, size: { pixels: 1 } }).footprints?.arraySync() ?? [];
    expect(wide.map(([[image]]) => image)).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1]);
    for (const [, [left, right], [top, bottom]] of wide) {
      expect(right - left).toBeCloseTo(5, 4);
      expect(bottom - top).toBeCloseTo(5, 4);
    }
    const images = regionTensors(batch, maps, { ...options, negatives: 'other-images' });
    expect(images.footprints?.shape).toEqual([12, 1, 2]);
    expect(regionTensors(batch, maps, { ...options, negatives: 'all' }).footprints).toBeUndefined();
  });

  it('follow where the cells of the map lie', () => {
    const [aligned, inside] = [true, false].map((alignCorners) => {
      const { rows } = regionTensors(batchOf([[plain, plain]]), maps, { ...options, alignCorners });
      return [...rows[0].dataSync()];
    });
    expect(inside).not.toEqual(aligned);
    expect(inside.reduce((a, b) => a + b)).toBeCloseTo(3, 5);
  });

  it('depend on seed, epoch and image only', () => {
    const draw = (batch: ViewBatch, seed = 1) => [
      ...regionTensors(batch, maps, { ...options, seed }).rows[0].dataSync(),
    ];
    const pairs: [Affine, Affine][] = [
      [plain, plain],
      [plain, plain],
    ];
    const both = draw(batchOf(pairs));
    expect(draw(batchOf(pairs))).toEqual(both);
    expect(both.slice(0, 12)).not.toEqual(both.slice(12));
    expect(draw(batchOf(pairs.slice(1)))).toEqual(both.slice(0, 12));
    expect(draw(batchOf(pairs, 1))).not.toEqual(both);
    expect(draw(batchOf(pairs), 2)).not.toEqual(both);
  });

  it('refuse regions larger than a view', () => {
    expect(() => regionTensors(batchOf([[plain, plain]]), maps, { ...options, size: { pixels: 17 } })).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});
