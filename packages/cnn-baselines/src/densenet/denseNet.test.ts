import { image, shapeOf } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { denseNet, denseNetBackbone } from '../index.js';
import { refusal } from '../testing/refusal.js';

beforeAll(() => tf.setBackend('cpu'));

describe('denseNetBackbone', () => {
  it.each([
    [121, [256, 512, 1024, 1024]],
    [201, [256, 512, 1792, 1920]],
  ] as const)('of depth %d gives a pyramid of four activated maps', (depth, channels) => {
    const { features, output, name } = denseNetBackbone(image({ shape: [120, 90, 10] }), { depth });
    expect(name).toBe(`densenet${depth}`);
    expect(features.map((f) => [f.stride, f.channels])).toEqual(channels.map((count, i) => [4 * 2 ** i, count]));
    expect(features.map(({ tensor }) => shapeOf(tensor).slice(0, 2))).toEqual([
      [30, 23],
      [15, 11],
      [7, 5],
      [3, 2],
    ]);
    expect(features.map(({ tensor }) => tensor.sourceLayer.name)).toEqual([
      'transition1/relu',
      'transition2/relu',
      'transition3/relu',
      'relu',
    ]);
    expect(features[3].tensor).toBe(output);
  });
});

describe('denseNet', () => {
  it('has readable layer paths, and each block keeps what came before', () => {
    const model = denseNet({ inputSize: 32, bands: 3, classes: 2 });
    expect(model.layers.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'stem/conv',
        'stage1/block1/bn1',
        'stage4/block16/conv2',
        'transition3/conv',
        'bn',
        'head',
      ]),
    );
    const joined = [1, 2, 6].map((block) => model.getLayer(`stage1/block${block}/concat`).output as SymbolicTensor);
    expect(joined.map(({ shape }) => shape[3])).toEqual([96, 128, 256]);
    model.dispose();
  });

  it('refuses a depth and an epsilon that there is not', () => {
    expect(refusal(() => denseNet({ depth: 161 as 121 }))).toEqual({ code: 'unknown-name', option: 'depth' });
    expect(refusal(() => denseNet({ epsilon: 0 }))).toEqual({ code: 'invalid-argument', option: 'epsilon' });
  });
});
