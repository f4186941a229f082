import { image, readCard, shapeOf, weightArrays } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { model as tfModel } from '@tensorflow/tfjs-layers';
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

describe('an output stride', () => {
  it.each([
    [32, [1, 1, 1, 1], [30, 15, 8, 4], [4, 8, 16, 32]],
    [16, [1, 1, 1, 2], [30, 15, 8, 8], [4, 8, 16, 16]],
    [8, [1, 1, 2, 4], [30, 15, 15, 15], [4, 8, 8, 8]],
  ] as const)('of %d dilates by stage as %o, in every block', (outputStride, dilations, sides, strides) => {
    for (const [depth, conv] of [
      [50, 'conv2'],
      [18, 'conv1'],
    ] as const) {
      const input = image({ shape: [120, 120, 3] });
      const { features, output } = resNetBackbone(input, { depth, outputStride, style: 'torchvision' });
      expect(features.map(({ stride }) => stride)).toEqual(strides);
      expect(features.map(({ tensor }) => tensor.shape[1])).toEqual(sides);
      const model = tfModel({ inputs: input, outputs: output });
      for (const [stage, dilation] of dilations.entries()) {
        for (const block of [1, 2]) {
          const { dilationRate } = model.getLayer(`stage${stage + 1}/block${block}/${conv}`).getConfig();
          expect([dilationRate].flat(), `stage ${stage + 1}`).toContain(dilation);
        }
      }
      model.dispose();
    }
  });

  it('changes no weight, but what the network sees', async () => {
    const options = { ...small, inputSize: 40, style: 'torchvision', seed: 2 } as const;
    const [plain, dilated] = [32, 16].map((outputStride) => resNet({ ...options, outputStride: outputStride as 16 }));
    const [a, b] = [await weightArrays(plain), await weightArrays(dilated)];
    expect([...b.keys()].sort()).toEqual([...a.keys()].sort());
    const different = [...a].filter(([path, { data }]) => {
      const other = b.get(path)?.data;
      return other?.length !== data.length || data.some((value, i) => value !== other[i]);
    });
    expect(different.map(([path]) => path)).toEqual([]);
    expect(readCard(dilated)?.configuration).toMatchObject({ outputStride: 16, momentum: 0.9 });
    const images = tf.randomNormal([1, 40, 40, 3], 0, 1, 'float32', 4);
    const outputs = [plain, dilated].map((model) => (model.predict(images) as tf.Tensor).dataSync());
    expect(outputs[0]).not.toEqual(outputs[1]);
    plain.dispose();
    dilated.dispose();
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
    ['output stride', { outputStride: 4 as 8 }, { code: 'invalid-argument', option: 'outputStride' }],
    ['momentum', { momentum: 1.5 }, { code: 'invalid-argument', option: 'momentum' }],
    ['epsilon', { epsilon: 0 }, { code: 'invalid-argument', option: 'epsilon' }],
  ])('refuses a bad %s before it makes weights', (_, options, expected) => {
    const before = tf.memory().numTensors;
    expect(refusal(() => resNet(options))).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
  });
});
