import { featureModel, image, logitsModel } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type KBranchOptions, kBranch, kBranchBackbone, kBranchFromBands } from '../index.js';
import { refusal } from '../testing/refusal.js';

beforeAll(() => tf.setBackend('cpu'));

const inputSize = 24;
const shapeAt = (model: LayersModel, layer: string) =>
  (model.getLayer(layer).input as SymbolicTensor).shape.slice(1) as number[];
const branchNames = (model: LayersModel) => [
  ...new Set(model.layers.flatMap(({ name }) => /^branch\d+m/.exec(name)?.[0] ?? [])),
];

describe('kBranch', () => {
  it.each<[KBranchOptions, Record<string, number[]>]>([
    [{}, { branch10m: [24, 24, 4], branch20m: [12, 12, 6] }],
    [{ native: false }, { branch10m: [24, 24, 4], branch20m: [24, 24, 6] }],
    [{ branches: 3 }, { branch10m: [24, 24, 4], branch20m: [12, 12, 6], branch60m: [4, 4, 2] }],
    [{ bands: 12 }, { branch10m: [24, 24, 6], branch20m: [12, 12, 6] }],
    [{ bands: 3 }, { branch10m: [24, 24, 3] }],
    [{ bands: ['B05', 'red'] }, { branch10m: [24, 24, 1], branch20m: [12, 12, 1] }],
    [
      { bands: ['a', 'b'], groundSamplingDistances: { b: 20, B02: 60 } },
      { branch10m: [24, 24, 1], branch20m: [12, 12, 1] },
    ],
  ])('with %o gives the branches their bands', (options, expected) => {
    const model = kBranch({ inputSize, classes: 2, ...options });
    const got = Object.fromEntries(branchNames(model).map((branch) => [branch, shapeAt(model, `${branch}/conv1`)]));
    expect(got).toEqual(expected);
    expect(shapeAt(model, 'fusion/dense')).toEqual([128 * branchNames(model).length]);
    model.dispose();
  });

  it('shows each branch its own bands, averaged to their grid', () => {
    const bands = ['B05', 'B02', 'B01', 'B03'];
    const model = kBranch({ inputSize, bands, branches: 3, classes: 2, seed: 1 });
    const features = featureModel(model);
    const of = (x: tf.Tensor) => [...(features.predict(x) as tf.Tensor).dataSync()];
    tf.tidy(() => {
      const x = tf.randomNormal([1, inputSize, inputSize, 4], 0, 1, 'float32', 2);
      const [red, blue, coastal, green] = tf.split(x, 4, 3) as tf.Tensor4D[];
      const mean = (plane: tf.Tensor4D, size: number): tf.Tensor4D =>
        tf.image.resizeNearestNeighbor(tf.avgPool(plane, size, size, 'valid'), [inputSize, inputSize]);
      const averaged = tf.concat([mean(red, 2), blue, mean(coastal, 6), green], 3);
      const expected = of(x);
      for (const [i, value] of of(averaged).entries()) expect(value).toBeCloseTo(expected[i], 4);
      const blurred = of(tf.concat([red, mean(blue, 2), coastal, green], 3));
      expect(Math.max(...blurred.map((value, i) => Math.abs(value - expected[i])))).toBeGreaterThan(1e-2);
    });
    model.dispose();
  });

  it('drops values in training only, as Keras does behind every layer', () => {
    const model = kBranch({ inputSize, classes: 2 });
    const rates = model.layers.flatMap((layer) => {
      const { rate } = layer.getConfig() as { rate?: number };
      return rate === undefined ? [] : [`${layer.name} ${rate}`];
    });
    expect(rates).toEqual(
      expect.arrayContaining([
        'branch10m/dropout1 0.25',
        'branch20m/dropout 0.5',
        'fusion/dropout 0.25',
        'dropout 0.5',
      ]),
    );
    expect(rates).toHaveLength(2 * 4 + 2);
    const logits = logitsModel(model);
    tf.tidy(() => {
      const x = tf.ones([2, inputSize, inputSize, 10]);
      const values = (training: boolean) => [...(logits.apply(x, { training }) as tf.Tensor).dataSync()];
      expect(values(false)).toEqual(values(false));
      expect(values(true)).not.toEqual(values(true));
    });
    model.dispose();
  });

  it.each<[KBranchOptions, { code: string; option?: string }]>([
    [{ branches: 4 as 3 }, { code: 'unknown-name', option: 'branches' }],
    [{ bands: ['B02', 'B01'] }, { code: 'invalid-argument', option: 'bands' }],
    [{ groundSamplingDistances: { B02: 30 as 20 } }, { code: 'invalid-argument', option: 'groundSamplingDistances' }],
    [{ dropout: 1 }, { code: 'invalid-argument', option: 'dropout' }],
    [{ branchDropout: -0.1 }, { code: 'invalid-argument', option: 'branchDropout' }],
  ])('refuses %o before it makes weights', (options, expected) => {
    const before = tf.memory().numTensors;
    expect(refusal(() => kBranch({ inputSize, ...options }))).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('kBranchFromBands', () => {
  it('gives bands of native sizes to their branches as they are', () => {
    const bands = [
      { name: 'B02', size: 24 },
      { name: 'B05', size: 12 },
      { name: 'B01', size: 4 },
    ];
    const options = { inputSize, branches: 3, classes: 2, seed: 1 } as const;
    const apart = kBranchFromBands(bands, options);
    const joined = kBranch({ ...options, bands: bands.map(({ name }) => name) });
    expect(apart.layers.filter(({ name }) => /resize|grid/.test(name))).toEqual([]);
    tf.tidy(() => {
      const planes = bands.map(({ size }, i) => tf.randomNormal([2, size, size], 0, 1, 'float32', i + 1));
      const fine = planes.map((plane, i) => {
        const factor = inputSize / bands[i].size;
        const repeated = tf.tile(tf.reshape(plane, [2, bands[i].size, 1, bands[i].size, 1]), [1, 1, factor, 1, factor]);
        return tf.reshape(repeated, [2, inputSize, inputSize]);
      });
      const [got, expected] = [apart.predict(planes), joined.predict(tf.stack(fine, 3))].map((y) => [
        ...(y as tf.Tensor).dataSync(),
      ]);
      for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i], 5);
      expect(got[0]).not.toBeCloseTo(got[2], 3);
    });
    apart.dispose();
    joined.dispose();
  });

  it('resizes a band of another size to the grid of its branch', () => {
    const bands = [
      { name: 'B02', size: 24 },
      { name: 'B05', size: 24 },
    ];
    const model = kBranchFromBands(bands, { inputSize, classes: 2 });
    expect(shapeAt(model, 'branch20m/conv1')).toEqual([12, 12, 1]);
    model.dispose();
  });
});

describe('kBranchBackbone', () => {
  it('gives the fused vector as a map of one pixel', () => {
    const { output, features } = kBranchBackbone(image({ shape: [24, 24, 2] }), { bands: ['B02', 'B05'] });
    expect(output.shape).toEqual([null, 1, 1, 128]);
    expect(features).toEqual([{ tensor: output, stride: 24, channels: 128 }]);
  });

  it('refuses images of open size', () => {
    const open = image({ shape: [null, null, 2] });
    expect(refusal(() => kBranchBackbone(open, { bands: ['B02', 'B05'] })).code).toBe('invalid-argument');
  });
});
