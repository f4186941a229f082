import {
  image,
  isLulcError,
  loadModel,
  modelToBytes,
  optionsOfCard,
  readCard,
  shapeOf,
  weightArrays,
} from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { type LayersModel, model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type VitOptions, visionTransformer, visionTransformerFromBands, vitBackbone } from '../index.js';

beforeAll(() => tf.setBackend('cpu'));

const small = {
  inputSize: 12,
  patch: 4,
  width: 8,
  layers: 2,
  heads: 2,
  keyDim: 3,
  mlpHidden: 10,
  headMlp: [7, 6],
  bands: 3,
  classes: 2,
  seed: 1,
} as const satisfies VitOptions;

const images = () => tf.randomNormal([2, 12, 12, 3], 0, 1, 'float32', 3);
const predicted = (model: LayersModel) =>
  tf.tidy(() => (model.predict(images()) as tf.Tensor2D).arraySync() as number[][]);

function refusal(run: () => unknown): { code?: string; option?: string | number } {
  try {
    run();
  } catch (error) {
    return isLulcError(error) ? { code: error.code, option: error.where.option } : { code: String(error) };
  }
  return {};
}

describe('vitBackbone', () => {
  it('gives its tokens as a map, of images that are not square too; what fills no patch is left out', () => {
    const { features, output, name } = vitBackbone(image({ shape: [29, 47, 3] }), { patch: 6, layers: 1 });
    expect(name).toBe('vit-6');
    expect(features).toEqual([{ tensor: output, stride: 6, channels: 64 }]);
    expect(shapeOf(output)).toEqual([4, 7, 64]);
  });

  it.each([
    [0, 0],
    [1, 2],
    [2, 1],
  ])('has row %d, column %d of its map from the patch at that place', (row, column) => {
    const input = image({ shape: [12, 12, 3], seed: 1 });
    const { output } = vitBackbone(input, small);
    const model = tfModel({ inputs: input, outputs: output });
    const changed = tf.tidy(() => {
      const x = tf.randomNormal([1, 12, 12, 3], 0, 1, 'float32', 3);
      const spot = tf.pad(tf.ones([1, 4, 4, 3]), [
        [0, 0],
        [4 * row, 8 - 4 * row],
        [4 * column, 8 - 4 * column],
        [0, 0],
      ]);
      const [a, b] = [x, tf.add(x, spot)].map((y) => model.predict(y) as tf.Tensor);
      return [...tf.norm(tf.sub(a, b), 2, -1).dataSync()];
    });
    expect(changed.indexOf(Math.max(...changed))).toBe(3 * row + column);
    model.dispose();
  });
});

describe('visionTransformer', () => {
  it.each(['multi-label', 'single-label'] as const)('gives %s probabilities that depend on the image', (task) => {
    const model = visionTransformer({ ...small, task });
    const rows = predicted(model);
    for (const row of rows) for (const p of row) expect(p > 0 && p < 1).toBe(true);
    if (task === 'single-label') for (const [a, b] of rows) expect(a + b).toBeCloseTo(1, 5);
    expect(rows[0]).not.toEqual(rows[1]);
    model.dispose();
  });

  it('drops attention, tokens and features in training, each by its own rate', () => {
    const differs = (rates: Partial<VitOptions>) => {
      const off = { attentionDropout: 0, mlpDropout: 0, headDropout: 0 };
      const model = visionTransformer({ ...small, ...off, ...rates });
      const run = () => tf.tidy(() => [...(model.apply(images(), { training: true }) as tf.Tensor).dataSync()].join());
      const [first, second] = [run(), run()];
      model.dispose();
      return first !== second;
    };
    expect(differs({})).toBe(false);
    expect(differs({ attentionDropout: 0.5 })).toBe(true);
    expect(differs({ mlpDropout: 0.5 })).toBe(true);
    expect(differs({ headDropout: 0.5 })).toBe(true);
  });

  it('has the layers of its variant', () => {
    const names = (options: VitOptions) => {
      const model = visionTransformer({ ...small, ...options });
      const list = model.layers.map(({ name }) => name);
      model.dispose();
      return list;
    };
    const corrected = names({});
    expect(corrected).toEqual(
      expect.arrayContaining(['patch/projection', 'layer1/attention', 'layer2/mlp2', 'ln', 'head_mlp2', 'head']),
    );
    expect(corrected).not.toContain('layer1/mlp2_gelu');
    expect(names({ variant: 'reference' })).toContain('layer1/mlp2_gelu');
    expect(names({ size: 'ViTM/20', headMlp: undefined })).toEqual(expect.arrayContaining(['pool', 'head']));
  });

  it.each<[string, VitOptions]>([
    ['numbers', { headDropout: 0.2, attentionDropout: 0.3, mlpDropout: 0, epsilon: 1e-3 }],
    ['the reference variant', { variant: 'reference', bands: ['B04', 'B03'], task: 'single-label' }],
    ['a named size', { size: 'ViTM/20', patch: undefined, headMlp: undefined, inputSize: 45 }],
  ])('the card of %s builds the same network', (_, options) => {
    const model = visionTransformer({ ...small, ...options });
    const card = readCard(model)!;
    expect(card.family).toBe('vit');
    const again = visionTransformer(optionsOfCard(card) as VitOptions);
    expect(again.toJSON(null, false)).toEqual(model.toJSON(null, false));
    model.dispose();
    again.dispose();
  });

  it('is saved and loaded as it is', async () => {
    const model = visionTransformer({ ...small, variant: 'reference' });
    const loaded = await loadModel(await modelToBytes(model));
    expect(predicted(loaded)).toEqual(predicted(model));
    expect([...(await weightArrays(loaded)).keys()]).toEqual([...(await weightArrays(model)).keys()]);
    loaded.dispose();
    model.dispose();
  });

  it('learns a rule that takes attention: whether two patches are alike', () => {
    const options = { ...small, inputSize: 4, patch: 2, bands: 1, classes: 1, headMlp: [] } as const;
    const model = visionTransformer({ ...options, headDropout: 0, attentionDropout: 0, mlpDropout: 0 });
    const signs = [-1, 1].flatMap((a) => [-1, 1].map((b) => [a, b]));
    const x = tf.tensor4d(
      signs.flatMap(([a, b]) => [a, a, b, b, a, a, b, b, ...new Array<number>(8).fill(0)]),
      [4, 4, 4, 1],
    );
    const y = tf.tensor2d(signs.map(([a, b]) => [a === b ? 1 : 0]));
    const optimizer = tf.train.adam(0.01);
    const loss = () => tf.losses.logLoss(y, model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar;
    for (let step = 0; step < 60; step++) optimizer.minimize(loss);
    expect(tf.tidy(() => loss().dataSync()[0])).toBeLessThan(0.1);
    optimizer.dispose();
    model.dispose();
  });

  it.each<[string, VitOptions, { code: string; option?: string }]>([
    ['size', { size: 'ViT/16' as 'ViT/12' }, { code: 'unknown-name', option: 'size' }],
    ['variant', { variant: 'fixed' as 'corrected' }, { code: 'unknown-name', option: 'variant' }],
    ['pooling', { pooling: 'max' as 'mean' }, { code: 'unknown-name', option: 'pooling' }],
    ['patch', { patch: 0 }, { code: 'invalid-argument', option: 'patch' }],
    ['heads', { heads: 2.5 }, { code: 'invalid-argument', option: 'heads' }],
    ['headMlp', { headMlp: [10, -1] }, { code: 'invalid-argument', option: 'headMlp' }],
    ['attentionDropout', { attentionDropout: 1 }, { code: 'invalid-argument', option: 'attentionDropout' }],
    ['headDropout', { headDropout: -0.1 }, { code: 'invalid-argument', option: 'headDropout' }],
    ['epsilon', { epsilon: 0 }, { code: 'invalid-argument', option: 'epsilon' }],
    ['inputSize', { patch: 40, inputSize: 39 }, { code: 'invalid-argument', option: 'inputSize' }],
  ])('refuses a bad %s before it makes weights', (_, options, expected) => {
    const before = tf.memory().numTensors;
    expect(refusal(() => visionTransformer(options))).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes bands apart: one input each, resized and stacked inside', () => {
    const bands = [
      { name: 'B02', size: 12 },
      { name: 'B05', size: 6 },
    ];
    const { bands: _, ...options } = small;
    const model = visionTransformerFromBands(bands, options);
    const joined = visionTransformer({ ...options, bands: ['B02', 'B05'] });
    // a constant plane stays constant when it is resized
    const [apart, together] = tf.tidy(() => {
      const [fine, coarse] = [tf.fill([1, 12, 12], 0.3), tf.fill([1, 6, 6], -0.7)];
      const stacked = tf.stack([fine, tf.fill([1, 12, 12], -0.7)], 3);
      return [model.predict([fine, coarse]), joined.predict(stacked)].map((y) => [...(y as tf.Tensor).dataSync()]);
    });
    for (const [i, value] of together.entries()) expect(apart[i]).toBeCloseTo(value, 5);
    expect(readCard(model)?.bands).toEqual(['B02', 'B05']);
    model.dispose();
    joined.dispose();
  });
});
