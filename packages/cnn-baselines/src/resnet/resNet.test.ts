import { image, shapeOf } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ResNetOptions, resNet, resNetBackbone } from '../index.js';
import { refusal } from '../testing/refusal.js';

beforeAll(() => tf.setBackend('cpu'));

const small = { depth: 18, inputSize: 12, bands: 3, classes: 2 } as const;

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

  it.each<[string, ResNetOptions, { code: string; option?: string }]>([
    ['depth', { depth: 34 as 50 }, { code: 'unknown-name', option: 'depth' }],
    ['style', { style: 'pytorch' as 'keras' }, { code: 'unknown-name', option: 'style' }],
    ['epsilon', { epsilon: 0 }, { code: 'invalid-argument', option: 'epsilon' }],
  ])('refuses a bad %s before it makes weights', (_, options, expected) => {
    const before = tf.memory().numTensors;
    expect(refusal(() => resNet(options))).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
  });
});
