import { random, useEngine } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { addIntervalWeights, regionMeans } from './regionMeans.js';

beforeAll(() => useEngine('cpu'));

/** Weights of one region per entry, `[1, P, cells]`. */
const weightsOf = (
  intervals: readonly (readonly [number, number])[],
  pixels: number,
  cells: number,
  alignCorners?: boolean,
): tf.Tensor3D => {
  const out = new Float32Array(intervals.length * cells);
  intervals.forEach(([from, to], i) => {
    addIntervalWeights(from, to, pixels, cells, out.subarray(i * cells, (i + 1) * cells), alignCorners);
  });
  return tf.tensor3d(out, [1, intervals.length, cells]);
};

const drawMap = (shape: [number, number, number, number], seed: number): tf.Tensor4D => {
  const { normal } = random(seed);
  return tf.tensor4d(Float32Array.from({ length: shape.reduce((a, b) => a * b) }, normal), shape);
};

describe('regionMeans', () => {
  it.each(
    [true, false].flatMap((alignCorners) => [
      [7, 9, 28, 36, alignCorners] as const,
      [5, 5, 5, 5, alignCorners] as const,
      [1, 3, 10, 12, alignCorners] as const,
      [4, 6, 4, 24, alignCorners] as const,
    ]),
  )('of a %d x %d map equals the crop mean of the map resized to %d x %d (aligned corners: %s)', (...sizes) => {
    const [h, w, height, width, alignCorners] = sizes;
    const map = drawMap([1, h, w, 3], 1);
    const resized = tf.image.resizeBilinear(map, [height, width], alignCorners, !alignCorners);
    const boxes = [
      [0, 0, 3, 4],
      [1, 2, 4, 5],
      [0, 0, height, width],
      [height - 2, width - 5, height, width],
    ];
    const got = regionMeans(
      map,
      weightsOf(
        boxes.map(([top, , bottom]) => [top, bottom]),
        height,
        h,
        alignCorners,
      ),
      weightsOf(
        boxes.map(([, left, , right]) => [left, right]),
        width,
        w,
        alignCorners,
      ),
    ).arraySync();
    for (const [i, [top, left, bottom, right]] of boxes.entries()) {
      const crop = tf.mean(tf.slice(resized, [0, top, left, 0], [1, bottom - top, right - left, 3]), [1, 2]);
      for (const [c, value] of crop.dataSync().entries()) expect(got[i][c]).toBeCloseTo(value, 5);
    }
  });

  it('of a ramp is its value in the middle of the box, wherever the box begins', () => {
    const size = 9;
    const pixels = 33; // cells every 4 pixels
    const ramp = tf.tidy(() => {
      const y = tf.tile(tf.reshape(tf.range(0, size), [1, size, 1, 1]), [1, 1, size, 1]);
      const x = tf.tile(tf.reshape(tf.range(0, size), [1, 1, size, 1]), [1, size, 1, 1]);
      return tf.concat([tf.mul(y, 4), tf.mul(x, 4)], 3) as tf.Tensor4D;
    });
    const intervals: [number, number][] = [
      [0, 12],
      [3.25, 15.25],
      [10.5, 11.5],
      [20, 21],
    ];
    const weights = weightsOf(intervals, pixels, size);
    const got = regionMeans(ramp, weights, weights).arraySync();
    for (const [i, [from, to]] of intervals.entries()) {
      const middle = (from + to) / 2 - 0.5; // pixel i has its centre at i + 0.5
      for (const value of got[i]) expect(value).toBeCloseTo(middle, 5);
    }
  });

  it('of one pixel between four is their bilinear mixture', () => {
    const map = tf.tensor4d([1, 2, 3, 5], [1, 2, 2, 1]);
    const got = regionMeans(map, weightsOf([[0.25, 1.25]], 2, 2), weightsOf([[0.75, 1.75]], 2, 2)).dataSync()[0];
    expect(got).toBeCloseTo(0.75 * (0.25 * 1 + 0.75 * 2) + 0.25 * (0.25 * 3 + 0.75 * 5), 6);
  });

  it('hands gradients back by the weights, to each image its own', () => {
    const map = drawMap([2, 4, 4, 2], 2);
    const rows = tf.concat([
      weightsOf(
        [
          [0, 3],
          [2, 9],
        ],
        13,
        4,
      ),
      weightsOf(
        [
          [1.5, 4],
          [12, 13],
        ],
        13,
        4,
      ),
    ]);
    const columns = tf.concat([
      weightsOf(
        [
          [5, 6],
          [0, 13],
        ],
        13,
        4,
      ),
      weightsOf(
        [
          [7, 9],
          [3, 4.5],
        ],
        13,
        4,
      ),
    ]);
    const slopes = tf.reshape(drawMap([1, 1, 4, 2], 3), [4, 2]);
    const got = tf.grad((x) => tf.sum(tf.mul(regionMeans(x as tf.Tensor4D, rows, columns), slopes)))(map);
    // The map that is 1 in one place and 0 elsewhere shows the slope at that place: the means are linear.
    const values = got.dataSync();
    const probe = new Float32Array(map.size);
    for (let i = 0; i < map.size; i++) {
      probe.fill(0)[i] = 1;
      const change = tf.sum(tf.mul(regionMeans(tf.tensor4d(probe, map.shape), rows, columns), slopes)).dataSync()[0];
      expect(values[i]).toBeCloseTo(change, 5);
    }
  });

  it('does not depend on how many regions are taken at a time', () => {
    const map = drawMap([2, 5, 6, 3], 5);
    const spans = [
      [0, 3],
      [2, 4.5],
      [7, 8],
      [1, 11],
      [6.25, 7.25],
    ] as const;
    const rows = tf.tile(weightsOf(spans, 11, 5), [2, 1, 1]);
    const columns = tf.tile(weightsOf(spans.toReversed(), 11, 6), [2, 1, 1]);
    const slopes = tf.reshape(drawMap([1, 1, 10, 3], 6), [10, 3]);
    const run = (chunk?: number) => {
      const f = (x: tf.Tensor) => tf.sum(tf.mul(regionMeans(x as tf.Tensor4D, rows, columns, chunk), slopes));
      const { value, grad } = tf.valueAndGrad(f)(map);
      return [...value.dataSync(), ...grad.dataSync()];
    };
    const whole = run();
    for (const chunk of [1, 2, 3]) {
      for (const [i, value] of run(chunk).entries()) expect(value).toBeCloseTo(whole[i], 5);
    }
    expect(() => run(0)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  it('needs nothing of its caller when gradients are made', () => {
    const map = drawMap([1, 4, 4, 1], 4);
    const f = (x: tf.Tensor): tf.Tensor =>
      regionMeans(x as tf.Tensor4D, weightsOf([[0, 2]], 4, 4), weightsOf([[1, 2]], 4, 4));
    const slopes = tf.grad(f)(map).dataSync(); // what f made is gone by then
    expect([...slopes]).toEqual(Array.from({ length: 16 }, (_, i) => (i === 1 || i === 5 ? 0.5 : 0)));
  });

  it('refuses weights of another map', () => {
    expect(() => regionMeans(drawMap([1, 4, 4, 1], 1), weightsOf([[0, 1]], 4, 4), weightsOf([[0, 1]], 4, 3))).toThrow(
      expect.objectContaining({ code: 'shape-mismatch' }),
    );
  });
});
