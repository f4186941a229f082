import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useEngine } from '../runtime/useEngine.js';
import { leakyRelu } from './leakyRelu.js';

describe.each(['cpu', 'wasm'] as const)('leakyRelu on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it('is x above 0 and a share of it below, and its gradient 1 and that share', () => {
    const x = tf.tensor1d([-4, -0.5, 0, 0.5, 4]);
    expect([...leakyRelu(x, 0.25).dataSync()]).toEqual([-1, -0.125, 0, 0.5, 4]);
    const dx = tf.grad((a) => leakyRelu(a, 0.25))(x, tf.tensor1d([1, 2, 3, 4, 5]));
    expect([...dx.dataSync()]).toEqual([0.25, 0.5, 0.75, 4, 5]);
  });

  it('is a ReLU with the slope 0', () => {
    const x = tf.tensor1d([-2, 3]);
    expect(leakyRelu(x, 0).dataSync()[1]).toBe(3);
    expect(leakyRelu(x, 0).dataSync()[0]).toBeCloseTo(0, 10);
    expect(
      tf
        .grad((a) => leakyRelu(a, 0))(x, tf.ones([2]))
        .dataSync()[1],
    ).toBe(1);
    expect(
      tf
        .grad((a) => leakyRelu(a, 0))(x, tf.ones([2]))
        .dataSync()[0],
    ).toBeCloseTo(0, 10);
  });
});
