import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useEngine } from '../runtime/useEngine.js';
import { drawNumbers, largestDifference, numericalGradient } from '../testing/numericalGradient.js';
import { instanceNorm } from './instanceNorm.js';

const epsilon = 1e-3;

/** The definition, in double precision, over the lists of places that are normalised together. */
function reference(
  [batch, height, width, channels]: readonly number[],
  x: readonly number[],
  gamma: readonly number[],
  beta: readonly number[],
): number[] {
  const y = [...x];
  const pixels = height * width;
  for (let b = 0; b < batch; b++) {
    for (let c = 0; c < channels; c++) {
      const places = Array.from({ length: pixels }, (_, i) => (b * pixels + i) * channels + c);
      const mean = places.reduce((sum, i) => sum + x[i], 0) / pixels;
      const variance = places.reduce((sum, i) => sum + (x[i] - mean) ** 2, 0) / pixels;
      for (const i of places) y[i] = ((x[i] - mean) / Math.sqrt(variance + epsilon)) * gamma[c] + beta[c];
    }
  }
  return y;
}

const shapes = [
  [1, 2, 2, 1],
  [2, 3, 2, 4],
  [3, 1, 5, 2],
  [2, 1, 1, 3],
].map((shape) => ({ shape }));

function draw(shape: readonly number[]) {
  const size = shape.reduce((a, b) => a * b, 1);
  const channels = shape[shape.length - 1];
  return {
    x: drawNumbers(size, 1),
    gamma: drawNumbers(channels, 2),
    beta: drawNumbers(channels, 3),
    dy: drawNumbers(size, 4),
  };
}

const image = (values: readonly number[], shape: readonly number[]) => tf.tensor4d([...values], shape as [1, 1, 1, 1]);

describe.each(['cpu', 'wasm'] as const)('instanceNorm on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it.each(shapes)('is its definition for $shape', ({ shape }) => {
    const { x, gamma, beta } = draw(shape);
    const y = instanceNorm(image(x, shape), tf.tensor1d(gamma), tf.tensor1d(beta), epsilon);
    expect(y.shape).toEqual(shape);
    expect(largestDifference(y.dataSync(), reference(shape, x, gamma, beta))).toBeLessThan(1e-5);
  });

  it.each(shapes)('has the gradients that finite differences give for $shape', ({ shape }) => {
    const { x, gamma, beta, dy } = draw(shape);
    const loss = (...args: readonly number[][]) =>
      reference(shape, args[0], args[1], args[2]).reduce((sum, y, i) => sum + y * dy[i], 0);
    const wanted = numericalGradient(loss, [x, gamma, beta]);
    const f = (a: tf.Tensor, g: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      instanceNorm(a as tf.Tensor4D, g as tf.Tensor1D, b as tf.Tensor1D, epsilon);
    const found = tf.grads(f)([image(x, shape), tf.tensor1d(gamma), tf.tensor1d(beta)], image(dy, shape));
    expect(found[0].shape).toEqual(shape);
    found.forEach((gradient, i) => {
      expect(largestDifference(gradient.dataSync(), wanted[i])).toBeLessThan(5e-5);
    });
  });
});

describe('instanceNorm', () => {
  beforeAll(() => useEngine('cpu'));

  it('forgets the brightness and contrast of each image', () => {
    const x = image(drawNumbers(32, 5), [1, 4, 4, 2]);
    const normal = (a: tf.Tensor4D) => instanceNorm(a, tf.ones([2]), tf.zeros([2]), 1e-9);
    const both = normal(tf.concat([x, tf.add(tf.mul(x, 8), 3) as tf.Tensor4D]));
    const [first, second] = tf.split(both, 2).map((part) => part.dataSync());
    expect(largestDifference(first, second)).toBeLessThan(1e-5);
    expect(largestDifference(first, normal(x).dataSync())).toBeLessThan(1e-6);
  });

  it('frees everything it made', () => {
    const inputs = [tf.ones([1, 2, 3, 4]), tf.ones([4]), tf.zeros([4])];
    const step = () =>
      tf.dispose(
        tf.grads((a, g, b): tf.Tensor => instanceNorm(tf.square(a) as tf.Tensor4D, g as tf.Tensor1D, b as tf.Tensor1D))(
          inputs,
        ),
      );
    step();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) step();
    for (let i = 0; i < 5; i++)
      instanceNorm(inputs[0] as tf.Tensor4D, inputs[1] as tf.Tensor1D, inputs[2] as tf.Tensor1D).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses what does not fit, naming the shapes', () => {
    const apply = (shape: number[], gamma: number, beta: number) =>
      instanceNorm(tf.ones(shape as [1, 1, 1, 1]), tf.ones([gamma]), tf.zeros([beta]));
    expect(() => apply([1, 2, 2, 3], 2, 3)).toThrow(/gamma: \[2\]/);
    expect(() => apply([1, 2, 2, 3], 3, 4)).toThrow(/beta: \[4\]/);
    expect(() => apply([2, 2, 3], 3, 3)).toThrow(expect.objectContaining({ code: 'shape-mismatch' }));
  });
});
