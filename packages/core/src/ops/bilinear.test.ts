import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useEngine } from '../index.js';
import { drawNumbers, largestDifference } from '../testing/numericalGradient.js';
import { bilinear, bilinearMatrix } from './bilinear.js';

const sizes = [
  [4, 3, 8, 9],
  [7, 5, 3, 2],
  [1, 1, 4, 5],
  [5, 4, 1, 7],
] as const;

describe('bilinearMatrix', () => {
  it('keeps a ramp a ramp: between the same ends with aligned corners, half a pixel further out without', () => {
    const ramp = (from: number, to: number, alignCorners: boolean) => {
      const matrix = bilinearMatrix(from, to, alignCorners);
      return Array.from({ length: to }, (_, i) =>
        Array.from({ length: from }, (_, j) => matrix[i * from + j] * j).reduce((a, b) => a + b),
      );
    };
    for (const [i, value] of ramp(5, 13, true).entries()) expect(value).toBeCloseTo((i * 4) / 12, 6);
    // Twice as large: quarters of a pixel around each centre; beyond the outermost centres the ends are kept.
    expect(ramp(3, 6, false)).toEqual([0, 0.25, 0.75, 1.25, 1.75, 2]);
  });

  it('gives the same image for the same size, and one pixel for one', () => {
    for (const alignCorners of [true, false]) {
      expect([...bilinearMatrix(3, 3, alignCorners)]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
      expect([...bilinearMatrix(1, 3, alignCorners)]).toEqual([1, 1, 1]);
    }
    expect([...bilinearMatrix(3, 1, true)]).toEqual([1, 0, 0]);
    expect([...bilinearMatrix(3, 1, false)]).toEqual([0, 1, 0]);
  });
});

describe.each(['cpu', 'wasm'] as const)('bilinear on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it.each(sizes)('%d×%d to %d×%d: both are those of the matrices, and the gradient is their transpose', (...sides) => {
    const [height, width, newHeight, newWidth] = sides;
    const [batch, channels] = [2, 3];
    const x = drawNumbers(batch * height * width * channels, 1);
    const dy = drawNumbers(batch * newHeight * newWidth * channels, 2);
    for (const alignCorners of [true, false]) {
      const rows = bilinearMatrix(height, newHeight, alignCorners);
      const columns = bilinearMatrix(width, newWidth, alignCorners);
      const y = new Array<number>(dy.length).fill(0);
      const dx = new Array<number>(x.length).fill(0);
      for (let n = 0; n < batch; n++)
        for (let r = 0; r < newHeight; r++)
          for (let c = 0; c < newWidth; c++)
            for (let a = 0; a < height; a++)
              for (let b = 0; b < width; b++)
                for (let k = 0; k < channels; k++) {
                  const weight = rows[r * height + a] * columns[c * width + b];
                  const [i, j] = [
                    ((n * newHeight + r) * newWidth + c) * channels + k,
                    ((n * height + a) * width + b) * channels + k,
                  ];
                  y[i] += weight * x[j];
                  dx[j] += weight * dy[i];
                }
      const [value, gradient] = tf.tidy(() => {
        const op = (images: tf.Tensor) => bilinear(images as tf.Tensor4D, [newHeight, newWidth], alignCorners);
        const images = tf.tensor(x, [batch, height, width, channels]);
        const upstream = tf.tensor(dy, [batch, newHeight, newWidth, channels]);
        return [op(images), tf.grad(op)(images, upstream)].map((each) => each.dataSync());
      });
      expect(largestDifference(value, y), `aligned ${alignCorners}`).toBeLessThan(1e-5);
      expect(largestDifference(gradient, dx), `aligned ${alignCorners}`).toBeLessThan(1e-5);
    }
  });
});
