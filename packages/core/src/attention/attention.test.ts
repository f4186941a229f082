import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadWeights, pipe, useEngine, weightPaths } from '../index.js';
import { image } from '../layers/graph.js';
import type { Block } from '../layers/sym.js';
import { type AttentionName, attention, attentionNames } from './attention.js';
import { cbam } from './cbam.js';
import { coordinateAttention } from './coordinate.js';
import { eca, ecaKernelSize } from './eca.js';
import { squeezeExcitation } from './squeezeExcitation.js';

beforeAll(() => useEngine('cpu'));

const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));

function over(shape: readonly [number | null, number | null, number], block: Block<4>): LayersModel {
  const x = image({ shape });
  return tfModel({ inputs: x, outputs: block(x) });
}

/** Sets the named weights; what is not named keeps its initial value. */
function set(model: LayersModel, values: Readonly<Record<string, readonly number[]>>): void {
  const shapes = new Map(model.weights.map((weight) => [weight.originalName, weight.shape as number[]]));
  const tensors = Object.entries(values).map(
    ([path, data]) => [path, { dtype: 'float32', shape: shapes.get(path)!, data: Float32Array.from(data) }] as const,
  );
  const { loaded } = loadWeights(model, new Map(tensors), { strict: false });
  expect(loaded).toHaveLength(tensors.length);
}

function outputs(model: LayersModel, x: tf.Tensor): number[] {
  return tf.tidy(() => Array.from((model.predict(x) as tf.Tensor).dataSync()));
}

function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(got).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 5);
}

describe('ECA', () => {
  it('mixes each channel mean with its neighbours', () => {
    const model = over([1, 2, 8], eca());
    set(model, { 'eca/conv1d/kernel': [0.5, -1, 2], 'eca/conv1d/bias': [0.1] });
    const values = Array.from({ length: 16 }, (_, i) => Math.sin(i));
    const mean = Array.from({ length: 8 }, (_, c) => (values[c] + values[8 + c]) / 2);
    const gate = mean.map((m, c) => sigmoid(0.5 * (mean[c - 1] ?? 0) - m + 2 * (mean[c + 1] ?? 0) + 0.1));
    expectClose(
      outputs(model, tf.tensor(values, [1, 1, 2, 8])),
      values.map((v, i) => v * gate[i % 8]),
    );
  });
  it('has the kernel sizes of its formula, odd and growing', () => {
    expect([1, 7, 8, 127, 128, 2047, 2048].map(ecaKernelSize)).toEqual([1, 1, 3, 3, 5, 5, 7]);
  });
});

it('SE: dense, swish, dense, sigmoid on the channel means', () => {
  const model = over([1, 1, 2], squeezeExcitation({ ratio: 2 }));
  set(model, {
    'se/reduce/kernel': [1, -2],
    'se/reduce/bias': [0.5],
    'se/expand/kernel': [3, -1],
    'se/expand/bias': [0, 0.25],
  });
  const hidden = 0.4 * 1 + 0.3 * -2 + 0.5;
  const swish = hidden * sigmoid(hidden);
  expectClose(outputs(model, tf.tensor([0.4, 0.3], [1, 1, 1, 2])), [
    0.4 * sigmoid(3 * swish),
    0.3 * sigmoid(-swish + 0.25),
  ]);
});

it('CBAM: one perceptron for mean and maximum, then a 7×7 gate on the mean and maximum of the channels', () => {
  const model = over([1, 2, 1], cbam());
  const spatial = Array<number>(7 * 7 * 2).fill(0);
  const centre = (3 * 7 + 3) * 2;
  spatial[centre] = 1;
  spatial[centre + 1] = 0.5;
  set(model, {
    'cbam/mlp0/kernel': [2],
    'cbam/mlp0/bias': [-1],
    'cbam/mlp1/kernel': [0.7],
    'cbam/mlp1/bias': [0.1],
    'cbam/spatial/kernel': spatial,
  });
  const perceptron = (v: number) => 0.7 * Math.max(0, 2 * v - 1) + 0.1;
  const channelGate = sigmoid(perceptron((0.2 + 1.4) / 2) + perceptron(1.4));
  expectClose(
    outputs(model, tf.tensor([0.2, 1.4], [1, 1, 2, 1])),
    [0.2, 1.4].map((v) => v * channelGate * sigmoid(1.5 * v * channelGate)),
  );
});

it('coordinate attention: a gate per row and one per column of an image that is not square', () => {
  const model = over([2, 3, 1], coordinateAttention());
  set(model, {
    'coord/conv/kernel': [1, 0, 0, 0, 0, 0, 0, 0],
    'coord/conv_h/kernel': [2, 0, 0, 0, 0, 0, 0, 0],
    'coord/conv_h/bias': [0.1],
    'coord/conv_w/kernel': [-3, 0, 0, 0, 0, 0, 0, 0],
    'coord/conv_w/bias': [0.2],
  });
  const values = [1, 2, 6, -1, 0, 0.5];
  const mean = (...parts: number[]) => parts.reduce((a, b) => a + b, 0) / parts.length;
  const hidden = (v: number) => {
    const normal = v / Math.sqrt(1 + 1e-5);
    return (normal * Math.min(6, Math.max(0, normal + 3))) / 6;
  };
  const rows = [mean(1, 2, 6), mean(-1, 0, 0.5)].map((m) => sigmoid(2 * hidden(m) + 0.1));
  const columns = [mean(1, -1), mean(2, 0), mean(6, 0.5)].map((m) => sigmoid(-3 * hidden(m) + 0.2));
  expectClose(
    outputs(model, tf.tensor(values, [1, 2, 3, 1])),
    values.map((v, i) => v * rows[Math.floor(i / 3)] * columns[i % 3]),
  );
});

describe.each(attentionNames)('%s', (name: AttentionName) => {
  it('keeps the shape and gives finite gradients to all its weights', () => {
    const model = over([5, 3, 6], attention(name));
    const x = tf.randomNormal([2, 5, 3, 6], 0, 1, 'float32', 4);
    const loss = () => tf.sum(tf.square(model.apply(x, { training: true }) as tf.Tensor)) as tf.Scalar;
    expect(model.outputs[0].shape).toEqual([null, 5, 3, 6]);
    if (name === 'none') return;
    const { grads } = tf.variableGrads(loss);
    const trainable = model.trainableWeights.length;
    expect(Object.keys(grads)).toHaveLength(trainable);
    for (const gradient of Object.values(grads)) expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
    tf.dispose(grads);
    model.dispose();
  });
  it('can be used twice in a row, each with its own weights', () => {
    const once = weightPaths(over([4, 4, 8], attention(name))).length;
    expect(weightPaths(over([4, 4, 8], pipe(attention(name), attention(name))))).toHaveLength(2 * once);
  });
});

it('open image sizes are taken, but for coordinate attention', () => {
  for (const name of ['eca', 'se', 'cbam'] as const) {
    const model = over([null, null, 4], attention(name));
    expect((model.predict(tf.ones([1, 3, 5, 4])) as tf.Tensor).shape).toEqual([1, 3, 5, 4]);
  }
  expect(() => over([null, 8, 4], attention('coord'))).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
});

it('bad options are refused by type', () => {
  expect(() => attention('seca' as 'eca')).toThrow(/no attention module 'seca'.*Did you mean 'eca'/);
  for (const ratio of [0, -1, Number.NaN]) {
    for (const block of [squeezeExcitation({ ratio }), cbam({ ratio })]) {
      expect(() => over([4, 4, 8], block)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    }
  }
  expect(() => over([4, 4, 8], coordinateAttention({ reduction: 0 }))).toThrow(
    expect.objectContaining({ code: 'invalid-argument' }),
  );
});
