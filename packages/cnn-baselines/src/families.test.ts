import {
  type BandInput,
  featureModel,
  type ModelOptions,
  optionsOfCard,
  readCard,
  useEngine,
  weightArrays,
} from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  denseNet,
  denseNetFromBands,
  kBranch,
  kBranchFromBands,
  resNet,
  resNetFromBands,
  vgg,
  vggFromBands,
} from './index.js';
import { refusal } from './testing/refusal.js';

beforeAll(() => useEngine('wasm'));

interface Subject {
  readonly family: string;
  build(options: ModelOptions): LayersModel;
  fromBands(bands: readonly BandInput[], options: Omit<ModelOptions, 'bands'>): LayersModel;
  /** Options of the family that are not its defaults. */
  readonly own: Readonly<Record<string, unknown>>;
  /** Smallest input in pixels. */
  readonly smallest: number;
  /** A kernel somewhere in the middle. */
  readonly kernel: string;
}

/** What holds for every family, each at the smallest of its depths. */
const subjects: readonly Subject[] = [
  {
    family: 'resnet',
    build: (options) => resNet({ depth: 18, ...options }),
    fromBands: (bands, options) => resNetFromBands(bands, { depth: 18, ...options }),
    own: { depth: 18, epsilon: 1e-3, style: 'torchvision' },
    smallest: 8,
    kernel: 'stage2/block1/conv1/kernel',
  },
  {
    family: 'densenet',
    build: denseNet,
    fromBands: denseNetFromBands,
    own: { epsilon: 1e-5 },
    smallest: 29,
    kernel: 'stage2/block1/conv1/kernel',
  },
  {
    family: 'vgg',
    build: vgg,
    fromBands: vggFromBands,
    own: { depth: 19 },
    smallest: 32,
    kernel: 'stage2/conv1/kernel',
  },
  {
    family: 'k-branch',
    build: kBranch,
    fromBands: kBranchFromBands,
    own: {
      branches: 3,
      native: false,
      groundSamplingDistances: { B03: 60 },
      dropout: 0.1,
      branchDropout: 0.2,
    },
    smallest: 8,
    kernel: 'branch10m/dense/kernel',
  },
];

describe.each(subjects.map((subject) => [subject.family, subject] as const))('%s', (_, subject) => {
  const { family, build, fromBands, own, smallest: inputSize, kernel } = subject;
  const small = { inputSize, bands: 3, classes: 2, seed: 1 } as const;

  it.each(['multi-label', 'single-label'] as const)('gives %s probabilities that depend on the image', (task) => {
    const model = build({ ...small, task });
    const images = tf.randomNormal([2, inputSize, inputSize, 3], 0, 1, 'float32', 3);
    const rows = tf.tidy(() => (model.predict(images) as tf.Tensor2D).arraySync() as number[][]);
    for (const row of rows) for (const p of row) expect(p > 0 && p < 1).toBe(true);
    if (task === 'single-label') for (const [a, b] of rows) expect(a + b).toBeCloseTo(1, 5);
    expect(rows[0]).not.toEqual(rows[1]);
    images.dispose();
    model.dispose();
  });

  it('names bands and classes in the card, from which the same network can be built', () => {
    const options = { ...small, ...own, headDropout: 0.2, task: 'single-label' } as const;
    const model = build({ ...options, bands: ['B04', 'B03'], classes: ['Forest', 'River'] });
    const card = readCard(model)!;
    expect([card.family, card.bands, card.classes]).toEqual([family, ['B04', 'B03'], ['Forest', 'River']]);
    expect(card.configuration).toMatchObject({ ...own, headDropout: 0.2, seed: 1 });
    const again = build(optionsOfCard(card));
    expect(again.toJSON(null, false)).toEqual(model.toJSON(null, false));
    model.dispose();
    again.dispose();
  });

  it('has weights that depend on the seed only', async () => {
    const kernelOf = async (seed: number) => {
      const model = build({ ...small, seed });
      const { data } = (await weightArrays(model)).get(kernel)!;
      model.dispose();
      return data;
    };
    expect(await kernelOf(1)).toEqual(await kernelOf(1));
    expect(await kernelOf(1)).not.toEqual(await kernelOf(2));
  });

  it.each<[string, ModelOptions, { code: string; option?: string }]>([
    ['inputSize', { inputSize: inputSize - 1 }, { code: 'invalid-argument', option: 'inputSize' }],
    ['inputSize', { inputSize: 60.5 }, { code: 'invalid-argument', option: 'inputSize' }],
    ['classes', { classes: [] }, { code: 'invalid-argument', option: 'classes' }],
    ['bands', { bands: 0 }, { code: 'invalid-argument', option: 'bands' }],
    ['classes', { classes: ['Forest', 'Forest'] }, { code: 'invalid-argument' }],
  ])('refuses a bad %s before it makes weights', (_option, options, expected) => {
    const before = tf.memory().numTensors;
    expect(refusal(() => build(options))).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes bands apart: one input each', () => {
    const size = 2 * Math.ceil(inputSize / 2);
    const bands = [
      { name: 'B02', size },
      { name: 'B05', size: size / 2 },
    ];
    const options = { inputSize: size, classes: 2, seed: 1 } as const;
    const models = [fromBands(bands, options), build({ ...options, bands: ['B02', 'B05'] })];
    // a constant plane stays constant when it is resized
    const [apart, together] = tf.tidy(() => {
      const [fine, coarse] = [tf.fill([1, size, size], 0.3), tf.fill([1, size / 2, size / 2], -0.7)];
      const stacked = tf.stack([fine, tf.fill([1, size, size], -0.7)], 3);
      return [[fine, coarse], stacked].map((x, i) => [...(featureModel(models[i]).predict(x) as tf.Tensor).dataSync()]);
    });
    for (const [i, value] of together.entries()) expect(apart[i]).toBeCloseTo(value, 5);
    expect(Math.max(...together) - Math.min(...together)).toBeGreaterThan(1e-3);
    expect(readCard(models[0])?.bands).toEqual(['B02', 'B05']);
    expect(refusal(() => fromBands([], {})).code).toBe('invalid-argument');
    for (const model of models) model.dispose();
  });
});
