import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { input, multiHeadAttention, useEngine, weightPaths, withStepRandom } from '../index.js';
import { drawNumbers, largestDifference, numericalGradient } from '../testing/numericalGradient.js';

const sizes = { batch: 2, tokens: 3, channels: 4, heads: 2, keyDim: 3 };

function attentionModel({ tokens, channels, heads, keyDim } = sizes, dropout = 0): LayersModel {
  const x = input<3>({ shape: [tokens, channels], seed: 3 });
  return tfModel({ inputs: x, outputs: multiHeadAttention({ name: 'attention', heads, keyDim, dropout })(x) });
}

/** The definition in loops and double precision: kernels [C, heads, keyDim], the last one [heads, keyDim, C]. */
function naive(
  { batch, tokens, channels, heads, keyDim }: typeof sizes,
  x: readonly number[],
  weights: readonly (readonly number[])[],
): number[] {
  const [qk, qb, kk, kb, vk, vb, ok, ob] = weights;
  const projected = (
    b: number,
    t: number,
    h: number,
    d: number,
    kernel: readonly number[],
    bias: readonly number[],
  ) => {
    let sum = bias[h * keyDim + d];
    for (let c = 0; c < channels; c++) sum += x[(b * tokens + t) * channels + c] * kernel[(c * heads + h) * keyDim + d];
    return sum;
  };
  const y: number[] = [];
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < tokens; t++) {
      const row = [...ob];
      for (let h = 0; h < heads; h++) {
        const weightsOfKeys = Array.from({ length: tokens }, (_, s) => {
          let score = 0;
          for (let d = 0; d < keyDim; d++) score += projected(b, t, h, d, qk, qb) * projected(b, s, h, d, kk, kb);
          return Math.exp(score / Math.sqrt(keyDim));
        });
        const sum = weightsOfKeys.reduce((total, weight) => total + weight, 0);
        for (let d = 0; d < keyDim; d++) {
          let value = 0;
          for (let s = 0; s < tokens; s++) value += (weightsOfKeys[s] / sum) * projected(b, s, h, d, vk, vb);
          for (let c = 0; c < channels; c++) row[c] += value * ok[(h * keyDim + d) * channels + c];
        }
      }
      y.push(...row);
    }
  }
  return y;
}

describe.each(['cpu', 'wasm'] as const)('multi-head attention on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it('is its definition, and so are its gradients', () => {
    const model = attentionModel();
    const values = model.weights.map(({ shape }, i) =>
      drawNumbers(
        (shape as number[]).reduce((a, b) => a * b, 1),
        i + 1,
      ),
    );
    model.setWeights(values.map((list, i) => tf.tensor(list, model.weights[i].shape as number[])));
    const { batch, tokens, channels } = sizes;
    const x = drawNumbers(batch * tokens * channels, 20);
    const dy = drawNumbers(x.length, 21);
    const input3 = tf.tensor3d(x, [batch, tokens, channels]);

    const y = model.predict(input3) as tf.Tensor;
    expect(y.shape).toEqual([batch, tokens, channels]);
    expect(largestDifference(y.dataSync(), naive(sizes, x, values))).toBeLessThan(1e-5);

    const loss = (...args: readonly number[][]) =>
      naive(sizes, args[0], args.slice(1)).reduce((sum, value, i) => sum + value * dy[i], 0);
    const wanted = numericalGradient(loss, [x, ...values]);
    const variable = tf.variable(input3);
    const { grads } = tf.variableGrads(() =>
      tf.sum(tf.mul(model.apply(variable) as tf.Tensor, tf.tensor3d(dy, y.shape as [number, number, number]))),
    );
    const found = [variable, ...model.weights.map((w) => (w as unknown as { val: tf.Variable }).val)];
    for (const [i, { name }] of found.entries()) {
      expect(largestDifference(grads[name].dataSync(), wanted[i]), weightPaths(model)[i - 1]).toBeLessThan(2e-5);
    }
    variable.dispose();
  });

  /** Tokens that attend to all evenly, of which the output tells the shares: row t, column s is what t takes of s. */
  function sharesModel(tokens: number, dropout: number): LayersModel {
    const model = attentionModel({ batch: 1, tokens, channels: tokens, heads: 1, keyDim: tokens }, dropout);
    const identity = tf.eye(tokens);
    model.setWeights(
      model.weights.map(({ originalName, shape }) =>
        /(value|output)\/kernel$/.test(originalName)
          ? tf.reshape(identity, shape as number[])
          : tf.zeros(shape as number[]),
      ),
    );
    return model;
  }

  it('drops attention in training only, and scales the rest', () => {
    const tokens = 40;
    const model = sharesModel(tokens, 0.25);
    const x = tf.reshape(tf.eye(tokens), [1, tokens, tokens]);
    const shares = (step: number) =>
      withStepRandom(7, step, () => [...(model.apply(x, { training: true }) as tf.Tensor).dataSync()]);
    const first = shares(1);
    const dropped = first.filter((value) => value === 0).length;
    // of 1,600 shares 400 ± 17.3 are dropped
    expect(Math.abs(dropped - 400)).toBeLessThan(90);
    for (const value of first) if (value !== 0) expect(value).toBeCloseTo(1 / (0.75 * tokens), 6);
    expect(shares(1)).toEqual(first);
    expect(shares(2)).not.toEqual(first);
    for (const value of (model.predict(x) as tf.Tensor).dataSync()) expect(value).toBeCloseTo(1 / tokens, 6);
  });

  it('leaves no tensor behind, with and without dropout', () => {
    for (const dropout of [0, 0.5]) {
      const model = attentionModel(sizes, dropout);
      const x = tf.ones([2, sizes.tokens, sizes.channels]);
      const step = () =>
        tf.tidy(() => tf.dispose(tf.variableGrads(() => tf.sum(model.apply(x, { training: true }) as tf.Tensor))));
      step();
      const before = tf.memory().numTensors;
      step();
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});

describe('multi-head attention', () => {
  beforeAll(() => useEngine('cpu'));

  it('names its weights, starts them within the Glorot limit of their matrices, by the seed', () => {
    const [model, again] = [attentionModel(), attentionModel()];
    expect(weightPaths(model)).toEqual([
      'attention/query/kernel',
      'attention/query/bias',
      'attention/key/kernel',
      'attention/key/bias',
      'attention/value/kernel',
      'attention/value/bias',
      'attention/attention_output/kernel',
      'attention/attention_output/bias',
    ]);
    const limit = Math.sqrt(6 / (4 + 6));
    const kernels = model.weights.map((w) => [...w.read().dataSync()]);
    expect(again.weights.map((w) => [...w.read().dataSync()])).toEqual(kernels);
    for (const kernel of [0, 2, 4, 6].map((i) => kernels[i])) {
      const largest = Math.max(...kernel.map(Math.abs));
      expect(largest).toBeLessThanOrEqual(limit);
      expect(largest).toBeGreaterThan(limit / 2);
    }
    expect(kernels[0]).not.toEqual(kernels[2]);
  });

  it.each([
    ['heads', { heads: 0, keyDim: 4 }],
    ['keyDim', { heads: 2, keyDim: 1.5 }],
    ['dropout', { heads: 2, keyDim: 4, dropout: 1 }],
  ])('refuses %s out of range', (_, options) => {
    expect(() => multiHeadAttention(options)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});
