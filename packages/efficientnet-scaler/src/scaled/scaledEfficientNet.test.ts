import { image, loadWeights, optionsOfCard, readCard, shapeOf, type WeightArray, weightArrays } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  efficientNet,
  type ScaledEfficientNetOptions,
  scaledEfficientNet,
  scaledEfficientNetBackbone,
  scaledEfficientNetFromBands,
} from '../index.js';
import { drops, featuresOf, predicted, relativeDifference } from '../testing/models.js';
import { refusal } from '../testing/refusal.js';

beforeAll(() => tf.setBackend('cpu'));

/** Narrow, shallow and small, to be quick. */
const small = { alpha: 0.4, beta: 0.25, inputSize: 16, bands: 3, classes: 2 } as const;

const has = (options: ScaledEfficientNetOptions, suffix: string) => {
  const model = scaledEfficientNet({ ...small, ...options });
  const paths = model.weights.map(({ originalName }) => originalName).filter((path) => path.endsWith(suffix));
  model.dispose();
  return paths;
};

describe('scaledEfficientNetBackbone', () => {
  it('gives the last map of each stride', () => {
    const { features, output, name } = scaledEfficientNetBackbone(image({ shape: [61, 60, 4] }), { beta: 1.1 });
    expect(name).toBe('scaled-efficientnet-custom-eca');
    expect(features.map(({ tensor, stride }) => [stride, ...shapeOf(tensor)])).toEqual([
      [2, 31, 30, 16],
      [4, 16, 15, 24],
      [8, 8, 8, 48],
      [16, 4, 4, 120],
      [32, 2, 2, 1408],
    ]);
    expect(features[4].tensor).toBe(output);
  });
});

describe('the corrected variant', () => {
  it("computes what Keras' network does when both have the same weights", async () => {
    const options = { inputSize: 24, bands: 2, classes: 3, seed: 4 } as const;
    const keras = efficientNet(options);
    const scaled = scaledEfficientNet({ ...options, attention: 'se' });
    const given = await weightArrays(keras);
    const taken = new Map<string, WeightArray>();
    for (const [path, { shape }] of await weightArrays(scaled)) {
      taken.set(path, fitted(path, shape, given));
    }
    // the gate of the first block is wider in Keras' network: open in both
    for (const weights of [given, taken]) {
      weights.get('stage1/block1/attention/expand/kernel')!.data.fill(0);
      weights.get('stage1/block1/attention/expand/bias')!.data.fill(50);
    }
    loadWeights(keras, given);
    loadWeights(scaled, taken);
    const x = tf.randomNormal([2, 24, 24, 2], 0, 1, 'float32', 3);
    const [got, expected] = [featuresOf(scaled, x), featuresOf(keras, x)];
    expect(relativeDifference(got, expected)).toBeLessThan(1e-5);
    keras.dispose();
    scaled.dispose();
  });

  it('drops whole branches, more of them towards the end', () => {
    const model = scaledEfficientNet({ inputSize: 16 });
    const found = drops(model);
    expect(found.map(([, , unit]) => unit)).toEqual(Array(9).fill('sample'));
    expect(found[0]).toEqual(['stage2/block2', (0.1 * 2) / 16, 'sample']);
    expect(found[8]).toEqual(['stage6/block4', (0.1 * 14) / 16, 'sample']);
    expect(drops(scaledEfficientNet({ ...small, dropout: 0 }))).toEqual([]);
    model.dispose();
  });

  it('has no bias before batch norm, and widens only where a block is wider inside', () => {
    expect(has({ attention: 'none' }, '/bias')).toEqual(['head/bias']);
    expect(has({}, 'stage1/block1/expand/kernel')).toEqual([]);
  });

  it('ends a ghost block in values of both signs, normalised once', () => {
    expect(has({ ghost: true }, 'project_bn/gamma')).toEqual([]);
    const input = image({ shape: [16, 16, 3], seed: 1 });
    const { features } = scaledEfficientNetBackbone(input, { ...small, ghost: true });
    const values = predicted(
      tfModel({ inputs: input, outputs: features[1].tensor }),
      tf.randomNormal([1, 16, 16, 3], 0, 1, 'float32', 2),
    );
    const channels = features[1].channels;
    for (const half of [0, 1]) {
      const inHalf = values.filter((_, i) => Math.floor((i % channels) / (channels / 2)) === half);
      expect(Math.min(...inHalf)).toBeLessThan(0);
      expect(Math.max(...inHalf)).toBeGreaterThan(0);
    }
  });
});

describe('the reference variant', () => {
  it('drops single values, as often in every block', () => {
    const model = scaledEfficientNet({ inputSize: 16, variant: 'reference', dropout: 0.3 });
    expect(drops(model).map(([, rate, unit]) => [rate, unit])).toEqual(Array(9).fill([0.3, 'element']));
    model.dispose();
  });
  it('widens always, and its batch norms start near 0', async () => {
    expect(has({ variant: 'reference' }, 'stage1/block1/expand/kernel')).toHaveLength(1);
    const model = scaledEfficientNet({ ...small, variant: 'reference', seed: 1 });
    const gamma = (await weightArrays(model)).get('top/bn/gamma')!.data as Float32Array;
    expect(Math.max(...gamma.map(Math.abs))).toBeLessThanOrEqual(0.05);
    expect(Math.min(...gamma)).toBeLessThan(0);
    model.dispose();
  });
  it('has a depthwise batch norm that is cut at 6 before attention', () => {
    const model = scaledEfficientNet({ ...small, variant: 'reference' });
    const order = model.layers
      .map(({ name }) => name)
      .filter((name) => name.startsWith('stage2/block1/'))
      .filter((name) => /depthwise_|scale|attention_/.test(name));
    expect(order).toEqual([
      'stage2/block1/depthwise_bn',
      'stage2/block1/depthwise_relu6',
      'stage2/block1/attention/scale',
      'stage2/block1/attention_swish',
    ]);
    model.dispose();
  });
});

describe('scaledEfficientNet', () => {
  it.each(['none', 'eca', 'se', 'cbam', 'coord'] as const)('gives probabilities with attention %s', (attention) => {
    const model = scaledEfficientNet({ ...small, attention, task: 'single-label', seed: 1 });
    const images = tf.randomNormal([2, 16, 16, 3], 0, 1, 'float32', 3);
    const [a, b, c, d] = predicted(model, images);
    for (const sum of [a + b, c + d]) expect(sum).toBeCloseTo(1, 5);
    const features = featuresOf(model, images);
    const half = features.length / 2;
    expect(relativeDifference(features.slice(0, half), features.slice(half))).toBeGreaterThan(0.01);
    model.dispose();
  });

  it.each<[string, ScaledEfficientNetOptions]>([
    ['a preset', { preset: 'B1', inputSize: 16, orientation: 'swapped', attention: 'cbam', headDropout: 0 }],
    ['coefficients and ghost', { ...small, phi: 2, ghost: 'intended', dropout: 0, task: 'single-label' }],
    ['the reference variant', { ...small, variant: 'reference', ghost: true, bands: ['B04', 'B03'] }],
  ])('the card of %s builds the same network', (_, options) => {
    const model = scaledEfficientNet({ seed: 5, ...options });
    const card = readCard(model)!;
    expect(card.family).toBe('scaled-efficientnet');
    const again = scaledEfficientNet(optionsOfCard(card) as ScaledEfficientNetOptions);
    expect(again.toJSON(null, false)).toEqual(model.toJSON(null, false));
    model.dispose();
    again.dispose();
  });

  it('drops a tenth of the features before the head, if not told otherwise', () => {
    const [usual, none] = [{}, { headDropout: 0 }].map((options) => scaledEfficientNet({ ...small, ...options }));
    expect(usual.getLayer('dropout').getConfig()).toMatchObject({ rate: 0.1, unit: 'element' });
    expect(none.layers.map(({ name }) => name)).not.toContain('dropout');
    usual.dispose();
    none.dispose();
  });

  it.each<[ScaledEfficientNetOptions, string]>([
    [{}, 'scaled-efficientnet-b0-eca'],
    [{ preset: 'B1', orientation: 'swapped', ghost: true }, 'scaled-efficientnet-b1-swapped-eca-ghost'],
    [{ beta: 0.5, attention: 'none' }, 'scaled-efficientnet-custom'],
  ])('of %o is called %s', (options, name) => {
    const model = scaledEfficientNet({ inputSize: 16, ...options });
    expect(model.name).toBe(name);
    model.dispose();
  });

  it.each<[string, ScaledEfficientNetOptions, { code: string; option?: string }]>([
    ['preset', { preset: 'B9' as 'B7' }, { code: 'unknown-name', option: 'preset' }],
    ['orientation', { orientation: 'turned' as 'swapped' }, { code: 'unknown-name', option: 'orientation' }],
    ['attention', { attention: 'ecaa' as 'eca' }, { code: 'unknown-name', option: 'attention' }],
    ['ghost', { ghost: 'yes' as 'intended' }, { code: 'unknown-name', option: 'ghost' }],
    ['variant', { variant: 'fixed' as 'corrected' }, { code: 'unknown-name', option: 'variant' }],
    ['alpha', { alpha: 0 }, { code: 'invalid-argument', option: 'alpha' }],
    ['phi', { phi: Number.NaN }, { code: 'invalid-argument', option: 'phi' }],
    ['dropout', { dropout: 1 }, { code: 'invalid-argument', option: 'dropout' }],
    ['inputSize', { inputSize: 60.5 }, { code: 'invalid-argument', option: 'inputSize' }],
    ['bands', { bands: [] }, { code: 'invalid-argument', option: 'bands' }],
  ])('refuses a bad %s before it makes weights', (_, options, expected) => {
    const before = tf.memory().numTensors;
    expect(refusal(() => scaledEfficientNet(options))).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes bands apart: one input each, resized and stacked inside', () => {
    const bands = [
      { name: 'B02', size: 16 },
      { name: 'B05', size: 8 },
    ];
    const { bands: _, ...options } = { ...small, seed: 1 };
    const model = scaledEfficientNetFromBands(bands, options);
    const joined = scaledEfficientNet({ ...options, bands: ['B02', 'B05'] });
    // a constant plane stays constant when it is resized
    const fine = tf.fill([1, 16, 16], 0.3);
    const apart = featuresOf(model, [fine, tf.fill([1, 8, 8], -0.7)]);
    const together = featuresOf(joined, tf.stack([fine, tf.fill([1, 16, 16], -0.7)], 3));
    expect(relativeDifference(apart, together)).toBeLessThan(1e-5);
    model.dispose();
    joined.dispose();
  });
});

/**
 * A weight of Keras' network in the shape that the scaled one has: dense layers in place of 1×1 convolutions, hidden layers
 * of a gate filled up with zeros, which swish keeps, and the difference of the two epsilons in the variance.
 */
function fitted(path: string, shape: readonly number[], given: ReadonlyMap<string, WeightArray>): WeightArray {
  const source = given.get(path)!;
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const [columns, sourceColumns] = [shape, source.shape].map((sizes) => sizes[sizes.length - 1]);
  for (const [i, value] of (source.data as Float32Array).entries()) {
    const [row, column] = [Math.floor(i / sourceColumns), i % sourceColumns];
    if (column < columns && row * columns + column < data.length) data[row * columns + column] = value;
  }
  if (path.endsWith('moving_variance')) for (const i of data.keys()) data[i] += 1e-3 - 1e-5;
  return { dtype: 'float32', shape: [...shape], data };
}
