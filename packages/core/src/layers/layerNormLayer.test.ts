import * as tf from '@tensorflow/tfjs-core';
import { model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { image, input, layerNormalization, type NormalisedAxis, useEngine } from '../index.js';
import { drawNumbers, largestDifference, numericalGradient } from '../testing/numericalGradient.js';

const [batch, tokens, channels] = [2, 5, 3];
const epsilon = 1e-3;

/** The definition in double precision, over the lists of places that are normalised together. */
function naive(
  axis: NormalisedAxis,
  x: readonly number[],
  gamma: readonly number[],
  beta: readonly number[],
): number[] {
  const place = (b: number, t: number, c: number) => (b * tokens + t) * channels + c;
  const along = (length: number, at: (i: number) => number) => Array.from({ length }, (_, i) => at(i));
  const lists = along(batch, (b) => b).flatMap((b) =>
    axis === 'channels'
      ? along(tokens, (t) => t).map((t) => along(channels, (c) => place(b, t, c)))
      : along(channels, (c) => c).map((c) => along(tokens, (t) => place(b, t, c))),
  );
  const y = [...x];
  for (const list of lists) {
    const mean = list.reduce((sum, i) => sum + x[i], 0) / list.length;
    const variance = list.reduce((sum, i) => sum + (x[i] - mean) ** 2, 0) / list.length;
    for (const [k, i] of list.entries()) y[i] = ((x[i] - mean) / Math.sqrt(variance + epsilon)) * gamma[k] + beta[k];
  }
  return y;
}

describe.each(['cpu', 'wasm'] as const)('layer normalisation on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it.each(['channels', 'tokens'] as const)('over the %s is its definition, and so are its gradients', (axis) => {
    const x = input<3>({ shape: [tokens, channels] });
    const model = tfModel({ inputs: x, outputs: layerNormalization({ name: 'ln', axis, epsilon })(x) });
    const length = axis === 'channels' ? channels : tokens;
    const values = [drawNumbers(batch * tokens * channels, 1), drawNumbers(length, 2), drawNumbers(length, 3)];
    const dy = drawNumbers(values[0].length, 4);
    model.setWeights(values.slice(1).map((list) => tf.tensor1d(list)));
    const given = tf.variable(tf.tensor3d(values[0], [batch, tokens, channels]));
    const y = model.predict(given) as tf.Tensor;
    expect(y.shape).toEqual([batch, tokens, channels]);
    expect(largestDifference(y.dataSync(), naive(axis, values[0], values[1], values[2]))).toBeLessThan(1e-5);

    const wanted = numericalGradient(
      (a, gamma, beta) => naive(axis, a, gamma, beta).reduce((sum, value, i) => sum + value * dy[i], 0),
      values,
    );
    const { grads } = tf.variableGrads(() =>
      tf.sum(tf.mul(model.apply(given) as tf.Tensor, tf.tensor(dy, given.shape))),
    );
    const variables = [given, ...model.weights.map((w) => (w as unknown as { val: tf.Variable }).val)];
    for (const [i, { name }] of variables.entries()) {
      expect(largestDifference(grads[name].dataSync(), wanted[i])).toBeLessThan(5e-5);
    }
    given.dispose();
  });
});

describe('layer normalisation', () => {
  beforeAll(() => useEngine('cpu'));

  it('takes features and images, one scale per channel', () => {
    for (const x of [input<2>({ shape: [4] }), image({ shape: [2, 3, 4] })]) {
      const y = layerNormalization<2 | 4>()(x);
      expect(y.shape).toEqual(x.shape);
      expect(y.sourceLayer.weights.map(({ shape }) => shape)).toEqual([[4], [4]]);
    }
  });

  it('refuses tokens that there are not, and no epsilon', () => {
    const overTokens = layerNormalization<4>({ name: 'ln', axis: 'tokens' });
    expect(() => overTokens(image({ shape: [2, 3, 4] }))).toThrow(/no fixed number of tokens.*layer: ln/);
    const open = input<3>({ shape: [null, 4] });
    expect(() => layerNormalization({ axis: 'tokens' })(open)).toThrow(
      expect.objectContaining({ code: 'shape-mismatch' }),
    );
    expect(() => layerNormalization({ epsilon: 0 })).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});
