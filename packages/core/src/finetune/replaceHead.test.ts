import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { featureModel } from '../backbone/classifier.js';
import { readCard } from '../model/card.js';
import { loadModel } from '../model/loadModel.js';
import { modelToBytes } from '../model/saveModel.js';
import { weightArrays } from '../model/weights.js';
import { memorySource } from '../testing/memorySource.js';
import { stagedClassifier } from '../testing/stagedClassifier.js';
import { train } from '../training/train.js';
import { replaceHead } from './replaceHead.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const images = () => tf.randomNormal([2, 6, 6, 3], 0, 1, 'float32', 5);
const values = (model: LayersModel) => tf.tidy(() => (model.predict(images()) as tf.Tensor).arraySync() as number[][]);
const built = async () => stagedClassifier();
const loaded = async () => {
  const model = stagedClassifier();
  const bytes = await modelToBytes(model);
  model.dispose();
  return loadModel(bytes);
};

describe.each([
  ['built', built],
  ['loaded', loaded],
])('a new head on a %s model', (_, make) => {
  it('has other classes and another task on the same features', async () => {
    const model = await make();
    const before = values(model);
    const replaced = replaceHead(model, { classes: ['x', 'y', 'z', 'w', 'v'], task: 'single-label', seed: 3 });
    expect(replaced.outputs[0].shape).toEqual([null, 5]);
    for (const row of values(replaced)) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(values(model)).toEqual(before);
    expect(values(featureModel(replaced))).toEqual(values(featureModel(model)));
  });

  it('shares the backbone: trained in one, trained in the other', async () => {
    const model = await make();
    const before = await weightArrays(model);
    const replaced = replaceHead(model, { classes: 3 });
    await train({ model: replaced, train: memorySource({ task: 'multi-label', length: 8, batchSize: 8 }), epochs: 1 });
    for (const [path, { data }] of await weightArrays(model)) {
      const isMoved = JSON.stringify(data) !== JSON.stringify(before.get(path)?.data);
      expect([path, isMoved]).toEqual([path, !path.startsWith('head/')]);
    }
  });

  it('describes itself, with what it was pre-trained on', async () => {
    const model = await make();
    const card = readCard(replaceHead(model, { classes: ['x', 'y'], headDropout: 0.3 }));
    const { training, metrics: _, ...before } = readCard(model) ?? { training: undefined, metrics: {} };
    expect(card).toEqual({
      ...before,
      classes: ['x', 'y'],
      configuration: { headDropout: 0.3 },
      metrics: {},
      pretraining: [training],
    });
  });

  it('is replaced again and again, saved and loaded', async () => {
    const model = await make();
    const other = replaceHead(replaceHead(model, { classes: 7, headDropout: 0.5 }), { classes: 2, seed: 1 });
    expect(other.layers.filter(({ name }) => name === 'head')).toHaveLength(1);
    expect(readCard(other)?.pretraining).toHaveLength(1);
    const again = await loadModel(await modelToBytes(other));
    expect(values(again)).toEqual(values(other));
    expect(readCard(again)).toEqual(readCard(other));
  });

  it('is disposed by itself', async () => {
    const begin = tf.memory().numTensors;
    const model = await make();
    const replaced = replaceHead(model, { classes: 7 });
    model.dispose();
    expect(values(replaced)).toHaveLength(2);
    replaced.dispose();
    expect(tf.memory().numTensors).toBe(begin);
  });
});

it('is the same for the same seed', () => {
  const model = stagedClassifier();
  const head = (seed: number) => values(replaceHead(model, { classes: 4, seed }));
  expect(head(1)).toEqual(head(1));
  expect(head(2)).not.toEqual(head(1));
});

it.each([
  [{ classes: 0 }, 'invalid-argument'],
  [{ classes: [] }, 'invalid-argument'],
  [{ classes: 2, headDropout: 1 }, 'invalid-argument'],
  [{ classes: 2, features: 'nothing' }, 'incompatible'],
  [{ classes: 2, features: 'stem/conv' }, 'shape-mismatch'],
])('refuses %o', (options, code) => {
  expect(() => replaceHead(stagedClassifier(), options)).toThrow(expect.objectContaining({ code }));
});
