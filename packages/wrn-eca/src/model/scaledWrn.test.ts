import { image, isLulcError, optionsOfCard, readCard, shapeOf, weightArrays } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ScaledWRNOptions, scaledWRN, scaledWRNFromBands, wrnBackbone } from '../index.js';

beforeAll(() => tf.setBackend('cpu'));

const small = { inputSize: 9, bands: 3, classes: 2 } as const;

function refusal(run: () => unknown): { code?: string; option?: string | number } {
  try {
    run();
  } catch (error) {
    return isLulcError(error) ? { code: error.code, option: error.where.option } : { code: String(error) };
  }
  return {};
}

describe('scaledWRN', () => {
  it('takes odd sizes: maps are rounded up', () => {
    const { features } = wrnBackbone(image({ shape: [29, 31, 3] }));
    expect(features.map(({ tensor, stride }) => [stride, ...shapeOf(tensor)])).toEqual([
      [1, 29, 31, 32],
      [2, 15, 16, 64],
      [4, 8, 8, 128],
    ]);
  });

  it.each(['none', 'eca', 'se', 'cbam', 'coord'] as const)('gives probabilities with attention %s', (attention) => {
    const model = scaledWRN({ ...small, attention, task: 'single-label', seed: 1 });
    const [first, second] = tf.tidy(
      () => (model.predict(tf.randomNormal([2, 9, 9, 3], 0, 1, 'float32', 3)) as tf.Tensor2D).arraySync() as number[][],
    );
    for (const row of [first, second]) {
      expect(row).toHaveLength(2);
      expect(row[0] + row[1]).toBeCloseTo(1, 5);
    }
    expect(first).not.toEqual(second);
    model.dispose();
  });

  it('names bands and classes in the card, and goes without names', () => {
    const named = readCard(scaledWRN({ inputSize: 9, bands: ['B04', 'B03'], classes: ['Forest', 'River', 'Town'] }));
    expect(named).toMatchObject({ bands: ['B04', 'B03'], classes: ['Forest', 'River', 'Town'], inputSize: [9, 9] });
    expect(readCard(scaledWRN(small))).toMatchObject({ bands: ['B04', 'B03', 'B02'], classes: ['class 1', 'class 2'] });
  });

  it.each<[string, ScaledWRNOptions]>([
    ['a preset', { preset: 'B1', attention: 'cbam', task: 'single-label', headDropout: 0.2 }],
    ['coefficients and ghost', { alpha: 1.3, beta: 1.1, ghost: 'intended', depthRule: 'once', dropout: 0 }],
    ['the reference variant', { variant: 'reference', ghost: true, inputSize: 29 }],
  ])('the card of %s builds the same network', (_, options) => {
    const model = scaledWRN({ bands: 4, classes: 3, inputSize: 12, seed: 5, ...options });
    const again = scaledWRN(optionsOfCard(readCard(model)!));
    expect(again.toJSON(null, false)).toEqual(model.toJSON(null, false));
    model.dispose();
    again.dispose();
  });

  it('has weights that depend on the seed only', async () => {
    const kernel = async (seed: number) => {
      const model = scaledWRN({ ...small, seed });
      const { data } = (await weightArrays(model)).get('stage2/block1/conv1/kernel')!;
      model.dispose();
      return data;
    };
    expect(await kernel(1)).toEqual(await kernel(1));
    expect(await kernel(1)).not.toEqual(await kernel(2));
  });

  it.each<[string, ScaledWRNOptions, { code: string; option?: string }]>([
    ['preset', { preset: 'B9' as 'B7' }, { code: 'unknown-name', option: 'preset' }],
    ['attention', { attention: 'ecaa' as 'eca' }, { code: 'unknown-name', option: 'attention' }],
    ['ghost', { ghost: 'yes' as 'intended' }, { code: 'unknown-name', option: 'ghost' }],
    ['variant', { variant: 'fixed' as 'corrected' }, { code: 'unknown-name', option: 'variant' }],
    ['depthRule', { depthRule: 'twice' as 'once' }, { code: 'unknown-name', option: 'depthRule' }],
    ['alpha', { alpha: 0 }, { code: 'invalid-argument', option: 'alpha' }],
    ['phi', { phi: Number.NaN }, { code: 'invalid-argument', option: 'phi' }],
    ['inputSize', { inputSize: 7 }, { code: 'invalid-argument', option: 'inputSize' }],
    ['inputSize', { inputSize: 60.5 }, { code: 'invalid-argument', option: 'inputSize' }],
    ['inputSize', { variant: 'reference', inputSize: 28 }, { code: 'invalid-argument', option: 'inputSize' }],
    ['dropout', { dropout: 1 }, { code: 'invalid-argument', option: 'dropout' }],
    ['dropout', { dropout: -0.5 }, { code: 'invalid-argument', option: 'dropout' }],
    ['classes', { classes: [] }, { code: 'invalid-argument', option: 'classes' }],
    ['classes', { classes: 2.5 }, { code: 'invalid-argument', option: 'classes' }],
    ['bands', { bands: 0 }, { code: 'invalid-argument', option: 'bands' }],
    ['bands', { bands: [] }, { code: 'invalid-argument', option: 'bands' }],
    ['classes', { classes: ['Forest', 'Forest'] }, { code: 'invalid-argument' }],
  ])('refuses a bad %s before it makes weights', (_, options, expected) => {
    const before = tf.memory().numTensors;
    expect(refusal(() => scaledWRN(options))).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes bands apart: one input each, resized and stacked inside', () => {
    const bands = [
      { name: 'B02', size: 12 },
      { name: 'B05', size: 6 },
    ];
    const model = scaledWRNFromBands(bands, { inputSize: 12, classes: 2, seed: 1 });
    const joined = scaledWRN({ bands: ['B02', 'B05'], inputSize: 12, classes: 2, seed: 1 });
    // a constant plane stays constant when it is resized
    const [apart, together] = tf.tidy(() => {
      const [fine, coarse] = [tf.fill([1, 12, 12], 0.3), tf.fill([1, 6, 6], -0.7)];
      const image = tf.stack([fine, tf.fill([1, 12, 12], -0.7)], 3);
      return [model.predict([fine, coarse]), joined.predict(image)].map((y) => [...(y as tf.Tensor).dataSync()]);
    });
    for (const [i, value] of together.entries()) expect(apart[i]).toBeCloseTo(value, 5);
    expect(readCard(model)?.bands).toEqual(['B02', 'B05']);
    expect(refusal(() => scaledWRNFromBands([bands[0], bands[0]])).code).toBe('duplicate-name');
    expect(refusal(() => scaledWRNFromBands([])).code).toBe('invalid-argument');
    model.dispose();
    joined.dispose();
  });
});
