import { image, shapeOf } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { vgg, vggBackbone } from '../index.js';
import { refusal } from '../testing/refusal.js';

beforeAll(() => tf.setBackend('cpu'));

describe('vggBackbone', () => {
  it('gives the map of each stage before its maximum, and the last maximum', () => {
    const { features, output, name } = vggBackbone(image({ shape: [120, 64, 10] }), { depth: 16 });
    expect(name).toBe('vgg16');
    expect(features.map(({ tensor, stride, channels }) => [...shapeOf(tensor).slice(0, 2), stride, channels])).toEqual([
      [120, 64, 1, 64],
      [60, 32, 2, 128],
      [30, 16, 4, 256],
      [15, 8, 8, 512],
      [7, 4, 16, 512],
      [3, 2, 32, 512],
    ]);
    expect(features[5].tensor).toBe(output);
  });
});

describe('vgg', () => {
  it.each([
    [16, [2, 2, 3, 3, 3]],
    [19, [2, 2, 4, 4, 4]],
  ] as const)('of depth %d has its convolutions under readable paths', (depth, convolutions) => {
    const model = vgg({ depth, inputSize: 32, bands: 3, classes: 2 });
    const names = model.layers.map(({ name }) => name);
    expect(names.filter((name) => name.includes('conv'))).toEqual(
      convolutions.flatMap((count, stage) => Array.from({ length: count }, (_, i) => `stage${stage + 1}/conv${i + 1}`)),
    );
    expect(names).toEqual(expect.arrayContaining(['stage1/relu1', 'stage5/pool', 'features', 'head']));
    model.dispose();
  });

  it('refuses a depth that there is not', () => {
    expect(refusal(() => vgg({ depth: 11 as 16 }))).toEqual({ code: 'unknown-name', option: 'depth' });
  });
});
