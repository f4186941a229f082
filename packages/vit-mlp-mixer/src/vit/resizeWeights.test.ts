import { readFileSync } from 'node:fs';
import { isLulcError, loadWeights, type WeightArray, weightArrays } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Grid, resizePositionTable, resizeVitWeights, type VitOptions, visionTransformer } from '../index.js';

beforeAll(() => tf.setBackend('cpu'));

/** Tables of 2 channels resized by TensorFlow 2, see fixtures/make.py. */
const cases: readonly {
  readonly from: Grid;
  readonly to: Grid;
  readonly table: number[];
  readonly resized: number[];
}[] = JSON.parse(readFileSync(new URL('./fixtures/positions.json', import.meta.url), 'utf8'));

const array = (shape: readonly number[], values: readonly number[]): WeightArray => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});

function expectClose(got: WeightArray | undefined, shape: readonly number[], values: readonly number[]): void {
  expect(got?.shape).toEqual(shape);
  expect(got?.data).toHaveLength(values.length);
  for (const [i, value] of values.entries()) expect(Math.abs((got?.data[i] as number) - value)).toBeLessThan(1e-6);
}

describe('resizePositionTable', () => {
  it.each(cases.map((one) => [one.from, one.to, one] as const))('from %j to %j as TensorFlow does', (from, to, one) => {
    const got = resizePositionTable(array([from[0] * from[1], 2], one.table), from, to);
    expectClose(got, [to[0] * to[1], 2], one.resized);
  });

  it.each<[string, Grid, Grid, string]>([
    ['grid of another table', [5, 6], [4, 4], 'shape-mismatch'],
    ['empty grid', [6, 6], [0, 4], 'invalid-argument'],
    ['grid of fractions', [6, 6], [4.5, 4], 'invalid-argument'],
  ])('refuses a %s', (_, from, to, code) => {
    try {
      resizePositionTable(array([36, 2], cases[0].table), from, to);
      expect.unreachable();
    } catch (error) {
      expect(isLulcError(error) && error.code).toBe(code);
    }
  });
});

describe('resizeVitWeights', () => {
  const { table, resized } = cases[1]; // 6×6 to 4×4
  const narrow = { patch: 20, width: 2, headMlp: [1] } as const;
  const weights = new Map([
    ['patch/position/embeddings', array([36, 2], table)],
    ['head_mlp1/kernel', array([72, 1], table)],
    ['head/kernel', array([1, 3], [1, 2, 3])],
  ]);

  it('interpolates positions, and what the head has for each token', () => {
    const adapted = resizeVitWeights(weights, narrow, 80);
    expectClose(adapted.get('patch/position/embeddings'), [16, 2], resized);
    expectClose(
      adapted.get('head_mlp1/kernel'),
      [32, 1],
      resized.map((value) => (value * 36) / 16),
    );
    expect(adapted.get('head/kernel')).toBe(weights.get('head/kernel'));
  });

  it('keeps the sum over all tokens where the kernel is the same everywhere', () => {
    const even = new Map([['head/kernel', array([4 * 2, 1], [3, 5, 3, 5, 3, 5, 3, 5])]]);
    const options = { patch: 6, width: 2, headMlp: [], inputSize: 13 };
    const { data, shape } = resizeVitWeights(even, options, 18).get('head/kernel') as WeightArray;
    expect(shape).toEqual([9 * 2, 1]);
    const sums = [0, 1].map((channel) =>
      Array.from(data).reduce((sum, value, i) => (i % 2 === channel ? sum + value : sum), 0),
    );
    for (const [channel, sum] of [12, 20].entries()) expect(sums[channel]).toBeCloseTo(sum, 4);
  });

  const small = { patch: 4, width: 8, layers: 1, heads: 2, keyDim: 4, mlpHidden: 8, bands: 2, classes: 2, seed: 1 };

  it.each<[string, VitOptions]>([
    ['the corrected variant', { headMlp: [6] }],
    ['the reference variant', { headMlp: [6, 5], variant: 'reference' }],
    ['no hidden layer in the head', { headMlp: [] }],
    ['a mean over the tokens', { headMlp: [6], pooling: 'mean' }],
  ])('gives weights that load at another size: %s', async (_, options) => {
    const before = { ...small, ...options, inputSize: 9 };
    const model = visionTransformer(before);
    const trained = await weightArrays(model);
    expect(resizeVitWeights(trained, before, 11)).toEqual(trained); // the same grid
    const larger = visionTransformer({ ...before, inputSize: 16 });
    const adapted = resizeVitWeights(trained, before, 16);
    loadWeights(larger, adapted);
    const output = larger.predict(tf.ones([1, 16, 16, 2])) as tf.Tensor;
    expect([...output.dataSync()].every((p) => p > 0 && p < 1)).toBe(true);
    model.dispose();
    larger.dispose();
  });

  it('a position of one row needs no change, and a mean of one token no new head', async () => {
    const options = { ...small, variant: 'reference', pooling: 'mean', headMlp: [], inputSize: 4 } as const;
    const model = visionTransformer(options);
    const trained = await weightArrays(model);
    expect(resizeVitWeights(trained, options, 12)).toEqual(trained);
    model.dispose();
  });
});
