import { image, isLulcError, readCard, shapeOf, weightArrays } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ResNetOptions, resNet, resNetBackbone, resNetFromBands } from '../index.js';

beforeAll(() => tf.setBackend('cpu'));

const small = { depth: 18, inputSize: 12, bands: 3, classes: 2 } as const;

function refusal(run: () => unknown): { code?: string; option?: string | number } {
  try {
    run();
  } catch (error) {
    return isLulcError(error) ? { code: error.code, option: error.where.option } : { code: String(error) };
  }
  return {};
}

describe('resNetBackbone', () => {
  it.each([
    [18, [64, 128, 256, 512]],
    [50, [256, 512, 1024, 2048]],
  ] as const)('of depth %d gives a pyramid of four maps', (depth, channels) => {
    const { features, output, name } = resNetBackbone(image({ shape: [120, 90, 10] }), { depth });
    expect(name).toBe(`resnet${depth}`);
    expect(features.map((f) => [f.stride, f.channels])).toEqual(channels.map((count, i) => [4 * 2 ** i, count]));
    expect(features.map(({ tensor }) => shapeOf(tensor).slice(0, 2))).toEqual([
      [30, 23],
      [15, 12],
      [8, 6],
      [4, 3],
    ]);
    expect(features[3].tensor).toBe(output);
  });
});

describe('resNet', () => {
  it.each(['multi-label', 'single-label'] as const)('gives %s probabilities that depend on the image', (task) => {
    const model = resNet({ ...small, task, seed: 1 });
    const rows = tf.tidy(
      () =>
        (model.predict(tf.randomNormal([2, 12, 12, 3], 0, 1, 'float32', 3)) as tf.Tensor2D).arraySync() as number[][],
    );
    for (const row of rows) for (const p of row) expect(p > 0 && p < 1).toBe(true);
    if (task === 'single-label') for (const [a, b] of rows) expect(a + b).toBeCloseTo(1, 5);
    expect(rows[0]).not.toEqual(rows[1]);
    model.dispose();
  });

  it('has readable layer paths; a block projects its input only where the shape changes', () => {
    const model = resNet(small);
    const names = model.layers.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['stem/conv', 'stem/pool', 'stage1/block1/conv1', 'stage4/block2/bn2', 'head']),
    );
    expect(names.filter((name) => name.endsWith('skip/conv'))).toEqual([
      'stage2/block1/skip/conv',
      'stage3/block1/skip/conv',
      'stage4/block1/skip/conv',
    ]);
    model.dispose();
  });

  it('names bands and classes in the card, from which the same network can be built', () => {
    const options = {
      depth: 18,
      style: 'torchvision',
      inputSize: 16,
      epsilon: 1e-3,
      headDropout: 0.2,
      seed: 5,
    } as const;
    const model = resNet({ ...options, bands: ['B04', 'B03'], classes: ['Forest', 'River'], task: 'single-label' });
    const { configuration, task, bands, classes, inputSize, family } = readCard(model)!;
    expect([family, bands, classes]).toEqual(['resnet', ['B04', 'B03'], ['Forest', 'River']]);
    const again = resNet({ ...configuration, task, bands, classes, inputSize: inputSize![0] });
    expect(again.toJSON(null, false)).toEqual(model.toJSON(null, false));
    model.dispose();
    again.dispose();
  });

  it("in torchvision's style has no biases and the stride in the 3×3 convolution, and says so in its card", () => {
    const model = resNet({ ...small, depth: 50, style: 'torchvision' });
    const strided = model.layers.filter((layer) => `${layer.getConfig().strides}` === '2,2').map(({ name }) => name);
    expect(strided.filter((name) => name.startsWith('stage3'))).toEqual([
      'stage3/block1/conv2',
      'stage3/block1/skip/conv',
    ]);
    expect(model.weights.filter(({ originalName }) => originalName.endsWith('/bias')).length).toBe(1);
    expect(readCard(model)!.configuration).toMatchObject({ style: 'torchvision', epsilon: 1e-5 });
    model.dispose();
  });

  it('has weights that depend on the seed only', async () => {
    const kernel = async (seed: number) => {
      const model = resNet({ ...small, seed });
      const { data } = (await weightArrays(model)).get('stage2/block1/conv1/kernel')!;
      model.dispose();
      return data;
    };
    expect(await kernel(1)).toEqual(await kernel(1));
    expect(await kernel(1)).not.toEqual(await kernel(2));
  });

  it.each<[string, ResNetOptions, { code: string; option?: string }]>([
    ['depth', { depth: 34 as 50 }, { code: 'unknown-name', option: 'depth' }],
    ['style', { style: 'pytorch' as 'keras' }, { code: 'unknown-name', option: 'style' }],
    ['epsilon', { epsilon: 0 }, { code: 'invalid-argument', option: 'epsilon' }],
    ['inputSize', { inputSize: 7 }, { code: 'invalid-argument', option: 'inputSize' }],
    ['inputSize', { inputSize: 60.5 }, { code: 'invalid-argument', option: 'inputSize' }],
    ['classes', { classes: [] }, { code: 'invalid-argument', option: 'classes' }],
    ['bands', { bands: 0 }, { code: 'invalid-argument', option: 'bands' }],
    ['classes', { classes: ['Forest', 'Forest'] }, { code: 'invalid-argument' }],
  ])('refuses a bad %s before it makes weights', (_, options, expected) => {
    const before = tf.memory().numTensors;
    expect(refusal(() => resNet(options))).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes bands apart: one input each, resized and stacked inside', () => {
    const bands = [
      { name: 'B02', size: 12 },
      { name: 'B05', size: 6 },
    ];
    const options = { depth: 18, inputSize: 12, classes: 2, seed: 1 } as const;
    const model = resNetFromBands(bands, options);
    const joined = resNet({ ...options, bands: ['B02', 'B05'] });
    // a constant plane stays constant when it is resized
    const [apart, together] = tf.tidy(() => {
      const [fine, coarse] = [tf.fill([1, 12, 12], 0.3), tf.fill([1, 6, 6], -0.7)];
      const stacked = tf.stack([fine, tf.fill([1, 12, 12], -0.7)], 3);
      return [model.predict([fine, coarse]), joined.predict(stacked)].map((y) => [...(y as tf.Tensor).dataSync()]);
    });
    for (const [i, value] of together.entries()) expect(apart[i]).toBeCloseTo(value, 5);
    expect(readCard(model)?.bands).toEqual(['B02', 'B05']);
    expect(refusal(() => resNetFromBands([])).code).toBe('invalid-argument');
    model.dispose();
    joined.dispose();
  });
});
