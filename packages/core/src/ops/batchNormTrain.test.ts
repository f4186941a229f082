import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers TF.js' gradients
import { beforeAll, describe, expect, it } from 'vitest';
import { isLulcError } from '../errors/lulcError.js';
import { random } from '../random/random.js';
import { batchNormTrain } from './batchNormTrain.js';
import { relu } from './relu.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function draw(shape: number[], seed: number, offset = 0): tf.Tensor {
  const r = random(seed);
  return tf.tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => offset + 2 * r.next() - 1),
    shape,
  );
}

/** The same function from TF.js' own differentiable ops. */
function reference(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): tf.Tensor {
  const axes = x.shape.slice(0, -1).map((_, i) => i);
  const mean = tf.mean(x, axes, true);
  const variance = tf.mean(tf.square(tf.sub(x, mean)), axes, true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon))), gamma), beta);
}

function maxDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]);
}

describe('batchNormTrain', () => {
  it.each([[[7, 3]], [[2, 5, 3]], [[2, 4, 3, 5]], [[3, 2, 2, 1]]])(
    'agrees with autodiff through moments for %j',
    (shape) => {
      const x = draw(shape, 1, 3);
      const c = shape[shape.length - 1];
      const [gamma, beta, dy] = [draw([c], 2, 1) as tf.Tensor1D, draw([c], 3) as tf.Tensor1D, draw(shape, 4)];
      const [y, mean, variance] = batchNormTrain(x, gamma, beta, 1e-3);
      expect(y.shape).toEqual(shape);
      expect(maxDifference(y, reference(x, gamma, beta, 1e-3))).toBeLessThan(1e-5);
      const moments = tf.moments(tf.reshape(x, [-1, c]), 0);
      expect(maxDifference(mean, moments.mean)).toBeLessThan(1e-5);
      expect(maxDifference(variance, moments.variance)).toBeLessThan(1e-5);
      const ours = tf.grads((a, b, d) => batchNormTrain(a, b as tf.Tensor1D, d as tf.Tensor1D, 1e-3)[0])(
        [x, gamma, beta],
        dy,
      );
      const theirs = tf.grads((a, b, d) => reference(a, b, d, 1e-3))([x, gamma, beta], dy);
      ours.forEach((g, i) => {
        expect(g.shape).toEqual(theirs[i].shape);
        expect(maxDifference(g, theirs[i])).toBeLessThan(2e-5);
      });
    },
  );

  it('has the gradient that finite differences give', () => {
    const shape = [3, 2, 2, 2];
    const [x, gamma, beta, dy] = [draw(shape, 1), draw([2], 2, 1), draw([2], 3), draw(shape, 4)];
    const loss = (a: tf.Tensor) =>
      tf.sum(tf.mul(dy, batchNormTrain(a, gamma as tf.Tensor1D, beta as tf.Tensor1D, 0.1)[0]));
    const analytic = tf
      .grad(loss as (x: tf.Tensor) => tf.Tensor)(x)
      .dataSync();
    const values = x.dataSync();
    const h = 1e-2;
    for (let i = 0; i < values.length; i++) {
      const at = (d: number) =>
        loss(
          tf.tensor(
            values.map((v, j) => (j === i ? v + d : v)),
            shape,
          ),
        ).dataSync()[0];
      expect(Math.abs((at(h) - at(-h)) / (2 * h) - analytic[i])).toBeLessThan(2e-3);
    }
  });

  it('keeps precision when the mean dwarfs the spread', () => {
    const x = tf.tensor2d([1000, 1001, 1002, 1003], [4, 1]);
    const [, mean, variance] = batchNormTrain(x, tf.ones([1]), tf.zeros([1]), 1e-5);
    expect(mean.dataSync()[0]).toBe(1001.5);
    expect(variance.dataSync()[0]).toBeCloseTo(1.25, 5);
  });

  it('frees everything it made', () => {
    const [x, gamma, beta] = [draw([2, 3, 3, 4], 1), draw([4], 2), draw([4], 3)];
    const step = () =>
      tf.dispose(
        tf.grads((a, b, d) => batchNormTrain(relu(a), b as tf.Tensor1D, d as tf.Tensor1D, 1e-3)[0])([x, gamma, beta]),
      );
    step();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) step();
    for (let i = 0; i < 5; i++) tf.dispose(batchNormTrain(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, 1e-3));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses what does not fit, naming the shapes', () => {
    try {
      batchNormTrain(draw([2, 3], 1), tf.ones([2]), tf.zeros([3]), 1e-3);
      expect.unreachable();
    } catch (error) {
      expect(isLulcError(error, 'shape-mismatch')).toBe(true);
      expect(String(error)).toContain('gamma: [2]');
    }
  });
});

describe('relu', () => {
  it('is TF.js relu with the same gradient', () => {
    const x = tf.tensor1d([-2, -0, 0, 1e-30, 3]);
    const dy = tf.tensor1d([1, 2, 3, 4, 5]);
    expect(Array.from(relu(x).dataSync())).toEqual(Array.from(tf.relu(x).dataSync()));
    expect(Array.from(tf.grad(relu)(x, dy).dataSync())).toEqual([0, 0, 0, 4, 5]);
  });
});
