import * as tf from '@tensorflow/tfjs-core';
import { model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Rank, type Sym, useEngine } from '../index.js';
import { image, input } from './graph.js';
import { batchNorm } from './norm.js';

beforeAll(() => useEngine('cpu'));

function normModel<R extends Rank>(x: Sym<R>, momentum = 0.9) {
  return tfModel({ inputs: x, outputs: batchNorm<R>({ name: 'bn', momentum, epsilon: 1e-3 })(x) });
}
const weight = (model: ReturnType<typeof normModel>, name: string): number[] => {
  const index = model.weights.findIndex(({ originalName }) => originalName === `bn/${name}`);
  return [...model.weights[index].read().dataSync()];
};

describe('batch norm', () => {
  it('normalises by the batch in training and moves its statistics', () => {
    const model = normModel(input<2>({ shape: [1] }));
    const y = tf.tidy(() => (model.apply(tf.tensor2d([[1], [2], [6]]), { training: true }) as tf.Tensor).dataSync());
    const scale = 1 / Math.sqrt(14 / 3 + 1e-3);
    for (const [i, x] of [1, 2, 6].entries()) expect(y[i]).toBeCloseTo((x - 3) * scale, 5);
    expect(weight(model, 'moving_mean')[0]).toBeCloseTo(0.1 * 3, 6);
    expect(weight(model, 'moving_variance')[0]).toBeCloseTo(0.9 + 0.1 * (14 / 3), 6);
  });
  it('uses the moving statistics in inference, and in training when frozen', () => {
    const model = normModel(image({ shape: [1, 1, 1] }), 0);
    const x = tf.tensor4d([1, 3], [2, 1, 1, 1]);
    tf.tidy(() => void model.apply(x, { training: true }));
    const inference = tf.tidy(() => (model.predict(tf.mul(x, 2)) as tf.Tensor).dataSync());
    const scale = 1 / Math.sqrt(1 + 1e-3);
    expect(inference[1]).toBeCloseTo((6 - 2) * scale, 5);
    model.getLayer('bn').trainable = false;
    expect(tf.tidy(() => (model.apply(tf.mul(x, 2), { training: true }) as tf.Tensor).dataSync())).toEqual(inference);
    expect(weight(model, 'moving_mean')[0]).toBeCloseTo(2, 6);
  });
  it('takes tokens', () => {
    const model = normModel(input<3>({ shape: [5, 4] }));
    expect((model.predict(tf.ones([2, 5, 4])) as tf.Tensor).shape).toEqual([2, 5, 4]);
  });
  it('leaks nothing', () => {
    const model = normModel(image({ shape: [4, 4, 3] }));
    const x = tf.ones([2, 4, 4, 3]);
    const step = () => tf.tidy(() => void model.apply(x, { training: true }));
    step();
    const before = tf.memory().numTensors;
    step();
    expect(tf.memory().numTensors).toBe(before);
  });
});
