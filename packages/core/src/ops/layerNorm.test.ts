import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers TF.js' gradients
import { beforeAll, describe, expect, it } from 'vitest';
import { isLulcError } from '../errors/lulcError.js';
import { drawNumbers, largestDifference, numericalGradient } from '../testing/numericalGradient.js';
import { layerNorm } from './layerNorm.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const epsilon = 1e-3;

/** The definition, in double precision. */
function reference(x: readonly number[], gamma: readonly number[], beta: readonly number[]): number[] {
  const channels = gamma.length;
  return x.map((value, i) => {
    const begin = i - (i % channels);
    const row = x.slice(begin, begin + channels);
    const mean = row.reduce((sum, v) => sum + v, 0) / channels;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / channels;
    return ((value - mean) / Math.sqrt(variance + epsilon)) * gamma[i % channels] + beta[i % channels];
  });
}

const shapes = [[1, 2], [7, 3], [2, 5, 8], [2, 3, 2, 4], [5, 1]].map((shape) => ({ shape })); // biome-ignore format: one line

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

describe('layerNorm', () => {
  it.each(shapes)('is its definition for $shape', ({ shape }) => {
    const { x, gamma, beta } = draw(shape);
    const y = layerNorm(tf.tensor(x, shape), tf.tensor1d(gamma), tf.tensor1d(beta), epsilon);
    expect(y.shape).toEqual(shape);
    expect(largestDifference(y.dataSync(), reference(x, gamma, beta))).toBeLessThan(1e-5);
  });

  it.each(shapes)('has the gradients that finite differences give for $shape', ({ shape }) => {
    const { x, gamma, beta, dy } = draw(shape);
    const loss = (...args: readonly number[][]) =>
      reference(args[0], args[1], args[2]).reduce((sum, y, i) => sum + y * dy[i], 0);
    const wanted = numericalGradient(loss, [x, gamma, beta]);
    const f = (a: tf.Tensor, g: tf.Tensor, b: tf.Tensor) =>
      layerNorm(a, g as tf.Tensor1D, b as tf.Tensor1D, epsilon) as tf.Tensor;
    const found = tf.grads(f)([tf.tensor(x, shape), tf.tensor1d(gamma), tf.tensor1d(beta)], tf.tensor(dy, shape));
    expect(found[0].shape).toEqual(shape);
    found.forEach((gradient, i) => {
      expect(largestDifference(gradient.dataSync(), wanted[i])).toBeLessThan(2e-5);
    });
  });

  it('gives rows of mean beta and deviation gamma, wherever they were', () => {
    const x = tf.add(tf.mul(tf.tensor2d(drawNumbers(64, 5), [1, 64]), 3), 50);
    const { mean, variance } = tf.moments(layerNorm(x, tf.fill([64], 2), tf.fill([64], -7), 1e-9));
    expect(mean.dataSync()[0]).toBeCloseTo(-7, 4);
    expect(Math.sqrt(variance.dataSync()[0])).toBeCloseTo(2, 4);
  });

  it('gives beta for a row that is the same everywhere', () => {
    const y = layerNorm(tf.fill([2, 4], 3), tf.ones([4]), tf.tensor1d([1, 2, 3, 4]));
    expect([...y.dataSync()]).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
  });

  it('frees everything it made', () => {
    const inputs = [tf.ones([3, 4]), tf.ones([4]), tf.zeros([4])];
    const step = () =>
      tf.dispose(
        tf.grads((a, g, b) => layerNorm(tf.square(a), g as tf.Tensor1D, b as tf.Tensor1D) as tf.Tensor)(inputs),
      );
    step();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) step();
    for (let i = 0; i < 5; i++) layerNorm(inputs[0], inputs[1] as tf.Tensor1D, inputs[2] as tf.Tensor1D).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses what does not fit, naming the shapes', () => {
    const refused = (make: () => unknown) => {
      try {
        make();
      } catch (error) {
        return isLulcError(error, 'shape-mismatch') ? String(error) : 'another error';
      }
      return 'nothing';
    };
    expect(refused(() => layerNorm(tf.ones([2, 3]), tf.ones([2]), tf.zeros([3])))).toContain('gamma: [2]');
    expect(refused(() => layerNorm(tf.ones([2, 3]), tf.ones([3]), tf.zeros([4])))).toContain('beta: [4]');
    expect(refused(() => layerNorm(tf.ones([3]), tf.ones([3]), tf.zeros([3])))).toContain('x: [3]');
  });
});
