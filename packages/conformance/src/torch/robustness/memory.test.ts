import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTorch } from '../available.js';
import { rawBackend } from './engine.js';

const torch = await loadTorch();

/** What must not grow. */
function held() {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  const { tensors, usedBytes } = rawBackend().addon.statistics();
  return { numTensors, numDataBuffers, numBytes, dataIds: rawBackend().numDataIds(), tensors, usedBytes };
}

describe.skipIf('missing' in torch)('memory', () => {
  beforeAll(() => tf.setBackend('torch'));

  it('does not grow over training steps of TF.js', () => {
    const x = tf.randomNormal([8, 6, 6, 3]) as tf.Tensor4D;
    const filter = tf.variable(tf.randomNormal([3, 3, 3, 4]) as tf.Tensor4D);
    const matrix = tf.variable(tf.randomNormal([4, 2]) as tf.Tensor2D);
    const labels = tf.oneHot([0, 1, 0, 1, 0, 1, 0, 1], 2);
    const optimizer = tf.train.adam(0.01);
    const step = () =>
      optimizer.minimize(() => {
        const y = tf.mean(tf.relu(tf.conv2d(x, filter, 1, 'same')), [1, 2]) as tf.Tensor2D;
        return tf.losses.softmaxCrossEntropy(labels, tf.matMul(y, matrix)) as tf.Scalar;
      });
    step();
    const before = held();
    for (let i = 0; i < 200; i++) step();
    expect(held()).toEqual(before);
    optimizer.dispose();
    tf.dispose([x, filter, matrix, labels]);
  });

  it('counts the bytes of tensors, which live as long as the last of those that share them', () => {
    const before = held();
    const x = tf.ones([100, 100]);
    expect(held().numBytes - before.numBytes).toBe(40_000);
    expect(held().usedBytes - before.usedBytes).toBeGreaterThanOrEqual(40_000);
    const reshaped = tf.reshape(x, [10_000]);
    const again = tf.clone(reshaped);
    expect(held().tensors - before.tensors).toBe(1);
    x.dispose();
    reshaped.dispose();
    expect(again.dataSync()[9_999]).toBe(1);
    again.dispose();
    expect(held()).toEqual(before);
  });

  it('frees in tidy scopes what they do not return', () => {
    const before = held();
    const kept = tf.tidy(() => {
      const x = tf.ones([50]);
      return tf.add(
        tf.mul(x, 2),
        tf.tidy(() => tf.exp(tf.neg(x))),
      );
    });
    expect(held().tensors - before.tensors).toBe(1);
    kept.dispose();
    expect(held()).toEqual(before);
  });

  it('gives back what a failed computation made', () => {
    const before = held();
    for (let i = 0; i < 20; i++) {
      expect(() =>
        tf.tidy(() => {
          const x = tf.exp(tf.ones([20, 20]));
          return tf.matMul(x, tf.ones([3, 3]));
        }),
      ).toThrow();
    }
    expect(held()).toEqual(before);
  });

  it('reads in any order while tensors come and go', async () => {
    const before = held();
    const reads = Array.from({ length: 50 }, (_, i) => {
      const x = tf.fill([1000], i);
      const read = x.data();
      x.dispose();
      return read;
    });
    const values = await Promise.all(reads);
    expect(values.map((data) => data[999])).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(held()).toEqual(before);
  });
});
