import { image, isLulcError, loadModel, modelToBytes, optionsOfCard, readCard, shapeOf } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type MixerOptions, mixerBackbone, mlpMixer, mlpMixerFromBands } from '../index.js';

beforeAll(() => tf.setBackend('cpu'));

const small = {
  inputSize: 12,
  patch: 4,
  blocks: 2,
  width: 6,
  tokenHidden: 5,
  channelHidden: 7,
  bands: 3,
  classes: 2,
  seed: 1,
} as const satisfies MixerOptions;

const predicted = (model: LayersModel) =>
  tf.tidy(
    () => (model.predict(tf.randomNormal([2, 12, 12, 3], 0, 1, 'float32', 3)) as tf.Tensor2D).arraySync() as number[][],
  );

function refusal(run: () => unknown): { code?: string; option?: string | number } {
  try {
    run();
  } catch (error) {
    return isLulcError(error) ? { code: error.code, option: error.where.option } : { code: String(error) };
  }
  return {};
}

describe('mixerBackbone', () => {
  it('gives its tokens as a map, of any size: the last patches are filled up', () => {
    const { features, output, name } = mixerBackbone(image({ shape: [29, 36, 3] }), { size: 'tiny' });
    expect(name).toBe('mlp-mixer-tiny');
    expect(features).toEqual([{ tensor: output, stride: 12, channels: 64 }]);
    expect(shapeOf(output)).toEqual([3, 3, 64]);
  });
});

describe('mlpMixer', () => {
  it.each(['multi-label', 'single-label'] as const)('gives %s probabilities that depend on the image', (task) => {
    const model = mlpMixer({ ...small, task });
    const rows = predicted(model);
    for (const row of rows) for (const p of row) expect(p > 0 && p < 1).toBe(true);
    if (task === 'single-label') for (const [a, b] of rows) expect(a + b).toBeCloseTo(1, 5);
    expect(rows[0]).not.toEqual(rows[1]);
    model.dispose();
  });

  it.each([
    ['corrected', 6, ['ln', 'map', 'pool']],
    ['reference', 9, ['map', 'pool', 'ln']],
  ] as const)(
    'of the %s variant has its norms over %d places and the last one in its place',
    (variant, places, end) => {
      const model = mlpMixer({ ...small, variant });
      const weights = model.getLayer('block2/ln2').weights.map(({ shape }) => shape);
      expect(weights).toEqual([[places], [places]]);
      const names = model.layers.map(({ name }) => name);
      expect(names.slice(names.indexOf('block2/add2') + 1).slice(0, 3)).toEqual(end);
      model.dispose();
    },
  );

  it.each<[string, MixerOptions]>([
    ['numbers', { epsilon: 1e-6, headDropout: 0.1 }],
    ['the reference variant', { variant: 'reference', bands: ['B04', 'B03'], task: 'single-label' }],
    ['a named size', { size: 'tiny', width: undefined, blocks: undefined, inputSize: 24 }],
  ])('the card of %s builds the same network', (_, options) => {
    const model = mlpMixer({ ...small, ...options });
    const card = readCard(model)!;
    expect(card.family).toBe('mlp-mixer');
    const again = mlpMixer(optionsOfCard(card) as MixerOptions);
    expect(again.toJSON(null, false)).toEqual(model.toJSON(null, false));
    model.dispose();
    again.dispose();
  });

  it('is saved and loaded as it is', async () => {
    const model = mlpMixer({ ...small, variant: 'reference' });
    const loaded = await loadModel(await modelToBytes(model));
    expect(predicted(loaded)).toEqual(predicted(model));
    loaded.dispose();
    model.dispose();
  });

  it.each<[string, MixerOptions, { code: string; option?: string }]>([
    ['size', { size: 'small' as 'tiny' }, { code: 'unknown-name', option: 'size' }],
    ['variant', { variant: 'fixed' as 'corrected' }, { code: 'unknown-name', option: 'variant' }],
    ['blocks', { blocks: 0 }, { code: 'invalid-argument', option: 'blocks' }],
    ['tokenHidden', { tokenHidden: 1.5 }, { code: 'invalid-argument', option: 'tokenHidden' }],
    ['epsilon', { epsilon: -1 }, { code: 'invalid-argument', option: 'epsilon' }],
    ['inputSize', { inputSize: 7 }, { code: 'invalid-argument', option: 'inputSize' }],
  ])('refuses a bad %s before it makes weights', (_, options, expected) => {
    const before = tf.memory().numTensors;
    expect(refusal(() => mlpMixer(options))).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes bands apart: one input each', () => {
    const bands = [
      { name: 'B02', size: 12 },
      { name: 'B05', size: 6 },
    ];
    const { bands: _, ...options } = small;
    const model = mlpMixerFromBands(bands, options);
    expect(model.inputs.map(({ shape }) => shape)).toEqual([
      [null, 12, 12],
      [null, 6, 6],
    ]);
    expect(readCard(model)?.bands).toEqual(['B02', 'B05']);
    model.dispose();
  });
});
