import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useEngine } from '../index.js';
import { drawNumbers, largestDifference, numericalGradient } from '../testing/numericalGradient.js';
import { dilatedConv2d } from './dilatedConv.js';

const engines = ['cpu', 'wasm'] as const;

type Shape4 = [number, number, number, number];

const cases: readonly (readonly [name: string, image: Shape4, filter: Shape4, dilation: number, 'same' | 'valid'])[] = [
  ['3×3, dilation 2', [2, 6, 5, 2], [3, 3, 2, 3], 2, 'same'],
  ['3×3, wider than the image', [1, 4, 3, 1], [3, 3, 1, 2], 6, 'same'],
  ['3×3 without padding', [1, 7, 6, 2], [3, 3, 2, 1], 2, 'valid'],
  ['2×4, padded unevenly', [1, 7, 8, 1], [2, 4, 1, 2], 3, 'same'],
];

/** The definition, in double precision. */
function convolve(x: readonly number[], w: readonly number[], [, image, filter, dilation, padding]: (typeof cases)[0]) {
  const [batch, height, width, channels] = image;
  const [kh, kw, , out] = filter;
  const reach = [(kh - 1) * dilation, (kw - 1) * dilation];
  const before = padding === 'same' ? reach.map((pixels) => Math.floor(pixels / 2)) : [0, 0];
  const [rows, columns] = padding === 'same' ? [height, width] : [height - reach[0], width - reach[1]];
  const y = new Array<number>(batch * rows * columns * out).fill(0);
  for (let n = 0; n < batch; n++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++)
        for (let i = 0; i < kh; i++)
          for (let j = 0; j < kw; j++) {
            const [a, b] = [r + i * dilation - before[0], c + j * dilation - before[1]];
            if (a < 0 || a >= height || b < 0 || b >= width) continue;
            for (let k = 0; k < channels; k++)
              for (let o = 0; o < out; o++)
                y[((n * rows + r) * columns + c) * out + o] +=
                  x[((n * height + a) * width + b) * channels + k] * w[((i * kw + j) * channels + k) * out + o];
          }
  return y;
}

const size = (shape: Shape4): number => shape.reduce((product, side) => product * side, 1);

describe.each(engines)('dilatedConv2d on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it.each(cases)('%s: value and gradients are those of the definition', (...each) => {
    const [, image, filter, dilation, padding] = each;
    const [x, w] = [drawNumbers(size(image), 1), drawNumbers(size(filter), 2)];
    const y = convolve(x, w, each);
    const upstream = drawNumbers(y.length, 3);
    const loss = (a: readonly number[], b: readonly number[]) =>
      convolve(a, b, each).reduce((sum, value, i) => sum + value * upstream[i], 0);
    const expected = numericalGradient(loss, [x, w]);
    const before = tf.memory().numTensors;
    const [images, taps] = [tf.tensor4d(x, image), tf.tensor4d(w, filter)];
    const op = (a: tf.Tensor, b: tf.Tensor) => dilatedConv2d(a as tf.Tensor4D, b as tf.Tensor4D, { dilation, padding });
    const value = op(images, taps);
    expect(largestDifference(value.dataSync(), y)).toBeLessThan(1e-5);
    const dy = tf.tensor(upstream, value.shape);
    const gradients = tf.grads(op)([images, taps], dy);
    for (const [i, gradient] of gradients.entries()) {
      expect(gradient.shape).toEqual([image, filter][i]);
      expect(largestDifference(gradient.dataSync(), expected[i])).toBeLessThan(1e-5);
    }
    tf.dispose([images, taps, value, dy, ...gradients]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
