import * as tf from '@tensorflow/tfjs-core';
import { model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ActivationName, activation, input, leakyRelu, useEngine } from '../index.js';

beforeAll(() => useEngine('cpu'));

/** Φ at −2, −0.5, 0, 1, 4, from a table of the normal distribution. */
const normalCdf = [0.0227501319, 0.3085375387, 0.5, 0.8413447461, 0.9999683288];
const points = [-2, -0.5, 0, 1, 4];
const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
const hardSwish = (v: number) => (v * Math.min(6, Math.max(0, v + 3))) / 6;
const total = points.reduce((sum, v) => sum + Math.exp(v), 0);

const expected: { readonly [name in ActivationName]: readonly number[] } = {
  relu: [0, 0, 0, 1, 4],
  relu6: [0, 0, 0, 1, 4],
  swish: points.map((v) => v * sigmoid(v)),
  gelu: points.map((v, i) => v * normalCdf[i]),
  sigmoid: points.map(sigmoid),
  softmax: points.map((v) => Math.exp(v) / total),
  hardSwish: points.map(hardSwish),
  linear: points,
};

describe.each(Object.entries(expected) as [ActivationName, readonly number[]][])('%s', (name, values) => {
  const model = () => {
    const x = input<2>({ shape: [points.length] });
    return tfModel({ inputs: x, outputs: activation<2>(name)(x) });
  };
  it('has the values of its definition', () => {
    const got = tf.tidy(() => (model().predict(tf.tensor2d([points])) as tf.Tensor).dataSync());
    for (const [i, value] of values.entries()) expect(got[i]).toBeCloseTo(value, 5);
  });
  it('has the gradient that finite differences give', () => {
    const apply = model();
    const weights = tf.tensor2d([[1, -2, 0.5, 3, -1]]);
    const f = (x: tf.Tensor) => tf.sum(tf.mul(apply.apply(x) as tf.Tensor, weights));
    const at = points.map((v) => v + 0.1);
    const gradient = tf
      .grad(f)(tf.tensor2d([at]))
      .dataSync();
    const h = 1e-2;
    for (const [i] of at.entries()) {
      const shifted = (d: number) => f(tf.tensor2d([at.map((v, j) => (j === i ? v + d : v))])).dataSync()[0];
      expect(Math.abs((shifted(h) - shifted(-h)) / (2 * h) - gradient[i])).toBeLessThan(5e-3);
    }
  });
});

describe('leakyRelu', () => {
  it('has the slope 0.01 below 0 unless it is given another', () => {
    const x = input<2>({ shape: [points.length] });
    const model = tfModel({ inputs: x, outputs: [leakyRelu<2>()(x), leakyRelu<2>({ slope: 0.5 })(x)] });
    const [plain, steep] = (model.predict(tf.tensor2d([points])) as tf.Tensor[]).map((y) => [...y.dataSync()]);
    for (const [i, v] of points.entries()) {
      expect(plain[i]).toBeCloseTo(v < 0 ? 0.01 * v : v, 6);
      expect(steep[i]).toBeCloseTo(v < 0 ? 0.5 * v : v, 6);
    }
  });

  it('refuses a slope below 0', () => {
    expect(() => leakyRelu({ slope: -1 })).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});
