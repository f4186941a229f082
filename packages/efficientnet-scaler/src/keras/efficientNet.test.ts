import { image, optionsOfCard, readCard, shapeOf, weightArrays } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EfficientNetOptions, efficientNet, efficientNetBackbone, efficientNetFromBands } from '../index.js';
import { drops, featuresOf, predicted, relativeDifference } from '../testing/models.js';
import { refusal } from '../testing/refusal.js';

beforeAll(() => tf.setBackend('cpu'));

/** Narrow, shallow and small, to be quick. */
const small = { width: 0.25, depth: 0.4, inputSize: 16, bands: 3, classes: 2 } as const;

describe('efficientNetBackbone', () => {
  it('gives the last map of each stride', () => {
    const { features, output, name } = efficientNetBackbone(image({ shape: [120, 90, 4] }), { size: 'B2' });
    expect(name).toBe('efficientnet-b2');
    expect(features.map(({ tensor, stride }) => [stride, ...shapeOf(tensor)])).toEqual([
      [2, 60, 45, 16],
      [4, 30, 23, 24],
      [8, 15, 12, 48],
      [16, 8, 6, 120],
      [32, 4, 3, 1408],
    ]);
    expect(features[4].tensor).toBe(output);
  });
});

describe('efficientNet', () => {
  it.each(['multi-label', 'single-label'] as const)('gives %s probabilities that depend on the image', (task) => {
    const model = efficientNet({ ...small, task, seed: 1 });
    const images = tf.randomNormal([2, 16, 16, 3], 0, 1, 'float32', 3);
    const [a, b, c, d] = predicted(model, images);
    for (const p of [a, b, c, d]) expect(p > 0 && p < 1).toBe(true);
    if (task === 'single-label') for (const sum of [a + b, c + d]) expect(sum).toBeCloseTo(1, 5);
    const features = featuresOf(model, images);
    const half = features.length / 2;
    expect(relativeDifference(features.slice(0, half), features.slice(half))).toBeGreaterThan(0.01);
    model.dispose();
  });

  it('of the reference variant divides by 255 first, and else is the same', () => {
    const [corrected, reference] = (['corrected', 'reference'] as const).map((variant) =>
      efficientNet({ ...small, variant, seed: 1 }),
    );
    const x = tf.randomNormal([1, 16, 16, 3], 0, 1, 'float32', 5);
    const [got, expected] = [featuresOf(reference, tf.mul(x, 255)), featuresOf(corrected, x)];
    expect(relativeDifference(got, expected)).toBeLessThan(1e-5);
    corrected.dispose();
    reference.dispose();
  });

  it('puts zeros on both sides alike where asked to, and keeps its sizes', () => {
    const model = efficientNet({ ...small, inputSize: 40, padding: 'symmetric', epsilon: 1e-5 });
    const pads = model.layers.filter((layer) => layer.getClassName() === 'ZeroPadding2D');
    expect(pads.map((layer) => [layer.name, layer.getConfig().padding])).toEqual([
      [
        'stem/pad',
        [
          [1, 1],
          [1, 1],
        ],
      ],
      [
        'stage2/block1/pad',
        [
          [1, 1],
          [1, 1],
        ],
      ],
      [
        'stage3/block1/pad',
        [
          [2, 2],
          [2, 2],
        ],
      ],
      [
        'stage4/block1/pad',
        [
          [1, 1],
          [1, 1],
        ],
      ],
      [
        'stage6/block1/pad',
        [
          [2, 2],
          [2, 2],
        ],
      ],
    ]);
    const same = efficientNet({ ...small, inputSize: 40 });
    const last = ({ layers }: typeof model) => layers.find(({ name }) => name === 'top/conv')?.outputShape;
    expect(last(model)).toEqual(last(same));
    const again = efficientNet(optionsOfCard(readCard(model)!) as EfficientNetOptions);
    expect(again.toJSON(null, false)).toEqual(model.toJSON(null, false));
    for (const made of [model, same, again]) made.dispose();
  });

  it('drops residual branches with the probabilities that Keras has', () => {
    const model = efficientNet({ inputSize: 32 });
    // names and rates of `keras.applications.EfficientNetB0`
    const expected: [string, number][] = [
      ['stage2/block2', 0.025],
      ['stage3/block2', 0.05],
      ['stage4/block2', 0.075],
      ['stage4/block3', 0.0875],
      ['stage5/block2', 0.1125],
      ['stage5/block3', 0.125],
      ['stage6/block2', 0.15],
      ['stage6/block3', 0.1625],
      ['stage6/block4', 0.175],
    ];
    const got = drops(model);
    expect(got.map(([block, , unit]) => [block, unit])).toEqual(expected.map(([block]) => [block, 'sample']));
    for (const [i, [, rate]] of expected.entries()) expect(got[i][1]).toBeCloseTo(rate, 12);
    model.dispose();

    const without = efficientNet({ ...small, dropConnect: 0 });
    expect(drops(without)).toEqual([]);
    without.dispose();
  });

  it('starts with kernels of variance 2 / fan-out', async () => {
    const model = efficientNet({ inputSize: 32, seed: 1 });
    const weights = await weightArrays(model);
    for (const [path, fanOut] of [
      ['stem/conv/kernel', 9 * 32],
      ['top/conv/kernel', 1280],
      ['stage7/block1/expand/kernel', 1152],
      ['stage7/block1/depthwise/depthwise_kernel', 9],
      ['stage7/block1/attention/reduce/kernel', 48],
    ] as const) {
      const { data } = weights.get(path)!;
      const deviation = Math.sqrt((data as Float32Array).reduce((sum, v) => sum + v * v, 0) / data.length);
      const expected = Math.sqrt(2 / fanOut);
      // standard error of a standard deviation: below sigma / sqrt(2 n)
      expect(Math.abs(deviation - expected), path).toBeLessThan((4 * expected) / Math.sqrt(2 * data.length));
    }
    model.dispose();
  });

  it.each<[string, EfficientNetOptions]>([
    ['a size', { size: 'B0', inputSize: 24, task: 'single-label', headDropout: 0.2 }],
    [
      'factors',
      { ...small, variant: 'reference', dropConnect: 0.4, bands: ['B04', 'B03'], classes: ['Forest', 'Lake'] },
    ],
  ])('the card of %s builds the same network', (_, options) => {
    const model = efficientNet({ seed: 5, ...options });
    const card = readCard(model)!;
    expect(card.family).toBe('efficientnet');
    const again = efficientNet(optionsOfCard(card) as EfficientNetOptions);
    expect(again.toJSON(null, false)).toEqual(model.toJSON(null, false));
    model.dispose();
    again.dispose();
  });

  it('is named by its size, if it has that size', () => {
    for (const [options, name, size] of [
      [{ size: 'B1' }, 'efficientnet-b1', 'B1'],
      [{ size: 'B1', width: 1, depth: 1.1 }, 'efficientnet-b1', 'B1'],
      [{ size: 'B1', depth: 0.4 }, 'efficientnet-custom', undefined],
    ] as const) {
      const model = efficientNet({ inputSize: 16, ...options });
      expect([model.name, readCard(model)?.configuration.size]).toEqual([name, size]);
      model.dispose();
    }
  });

  it.each<[string, EfficientNetOptions, { code: string; option?: string }]>([
    ['size', { size: 'B8' as 'B7' }, { code: 'unknown-name', option: 'size' }],
    ['variant', { variant: 'fixed' as 'corrected' }, { code: 'unknown-name', option: 'variant' }],
    ['width', { width: 0 }, { code: 'invalid-argument', option: 'width' }],
    ['depth', { depth: Number.NaN }, { code: 'invalid-argument', option: 'depth' }],
    ['padding', { padding: 'valid' as 'same' }, { code: 'unknown-name', option: 'padding' }],
    ['epsilon', { epsilon: 0 }, { code: 'invalid-argument', option: 'epsilon' }],
    ['dropConnect', { dropConnect: 1 }, { code: 'invalid-argument', option: 'dropConnect' }],
    ['inputSize', { inputSize: 7 }, { code: 'invalid-argument', option: 'inputSize' }],
    ['classes', { classes: [] }, { code: 'invalid-argument', option: 'classes' }],
    ['bands', { bands: 0 }, { code: 'invalid-argument', option: 'bands' }],
  ])('refuses a bad %s before it makes weights', (_, options, expected) => {
    const before = tf.memory().numTensors;
    expect(refusal(() => efficientNet(options))).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes bands apart: one input each, resized and stacked inside', () => {
    const bands = [
      { name: 'B02', size: 16 },
      { name: 'B05', size: 8 },
    ];
    const { bands: _, ...options } = { ...small, seed: 1 };
    const model = efficientNetFromBands(bands, options);
    const joined = efficientNet({ ...options, bands: ['B02', 'B05'] });
    // a constant plane stays constant when it is resized
    const fine = tf.fill([1, 16, 16], 0.3);
    const apart = featuresOf(model, [fine, tf.fill([1, 8, 8], -0.7)]);
    const together = featuresOf(joined, tf.stack([fine, tf.fill([1, 16, 16], -0.7)], 3));
    expect(relativeDifference(apart, together)).toBeLessThan(1e-5);
    expect(readCard(model)?.bands).toEqual(['B02', 'B05']);
    expect(refusal(() => efficientNetFromBands([])).code).toBe('invalid-argument');
    model.dispose();
    joined.dispose();
  });
});
