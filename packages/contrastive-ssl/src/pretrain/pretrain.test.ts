import { memoryCheckpoints, readCard, useEngine, weightArrays } from '@lulc/core';
import type { DenseNetwork } from '@lulc/core/segmentation';
import * as tf from '@tensorflow/tfjs-core';
import { model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { simClr } from '../contrast/simClr.js';
import { embeddingEarth } from '../embedding-earth/embeddingEarth.js';
import { glcNet } from '../glcnet/glcNet.js';
import type { PretrainingMethod } from '../method/method.js';
import { tinyBatches, tinyNetwork, tinyViews } from '../testing/tinyViews.js';
import { pretrain } from './pretrain.js';

beforeAll(() => useEngine(process.env.LULC_ENGINE ? 'auto' : 'wasm'));

const source = () => tinyViews({ length: 8, batchSize: 4, size: 12, bands: 2 });
const network = () => tinyNetwork(12, 2);
const modelOf = ({ backbone, decoded }: DenseNetwork) => tfModel({ inputs: backbone.input, outputs: decoded });
const small = { globalHead: [8, 4], localHead: [6, 4], denseChannels: 5, regions: 3, regionSize: 0.25 } as const;

describe.each([
  ['glcnet', glcNet(small), 'decoded'],
  ['glcnet without style', glcNet({ ...small, mode: 'no-style' }), 'decoded'],
  ['glcnet without its global branch', glcNet({ ...small, mode: 'no-global' }), 'decoded'],
  ['glcnet without its local branch', glcNet({ ...small, mode: 'no-local' }), 'encoded'],
  ['glcnet as published', glcNet({ ...small, variant: 'reference' }), 'decoded'],
  ['embedding earth', embeddingEarth({ pixels: 8, projection: 4 }), 'decoded'],
  ['simclr', simClr({ head: [8, 4] }), 'encoded'],
] as const)('%s', (_, method, trains) => {
  it('lowers its loss, trains every weight, and leaves the network it names', async () => {
    const before = tf.memory().numTensors;
    const fresh = network();
    const start = await weightArrays(modelOf(fresh));
    const views = source();
    const { history, model } = await pretrain({
      method,
      network,
      train: { ...views, epoch: (_, fromStep) => views.epoch(0, fromStep) }, // the same batches again and again
      epochs: 6,
      learningRate: 0.01,
      optimizer: 'adam',
    });
    expect(history.at(-1)?.trainLoss).toBeLessThan(history[0].trainLoss);
    expect(method.trains).toBe(trains);
    expect(model.outputs[0].shape).toEqual([null, 6, 6, trains === 'decoded' ? 6 : 8]);
    const weights = await weightArrays(model);
    expect([...weights.keys()].some((path) => path.startsWith('decoder/'))).toBe(trains === 'decoded');
    for (const [path, { data }] of weights) expect([path, data]).not.toEqual([path, start.get(path)?.data]);
    model.dispose();
    modelOf(fresh).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('pretrain', () => {
  const method = glcNet(small);
  const options = { method, network, learningRate: 0.01, optimizer: 'adam', epochs: 3 } as const;

  it('goes on exactly where it was aborted', async () => {
    const whole = await pretrain({ ...options, train: source() });
    const stop = new AbortController();
    const checkpoints = { store: memoryCheckpoints() };
    const first = await pretrain({
      ...options,
      train: source(),
      checkpoints,
      signal: stop.signal,
      listeners: [(event) => (event.type === 'step' && event.step === 3 ? stop.abort() : undefined)],
    });
    const second = await pretrain({ ...options, train: source(), checkpoints });
    expect([first.stopped, second.stopped]).toEqual(['aborted', 'completed']);
    expect(await weightArrays(second.model)).toEqual(await weightArrays(whole.model));
  });

  it('refuses to go on with another method', async () => {
    const checkpoints = { store: memoryCheckpoints() };
    await pretrain({ ...options, epochs: 1, train: source(), checkpoints });
    const other = pretrain({ ...options, method: glcNet({ ...small, lambda: 0.3 }), train: source(), checkpoints });
    await expect(other).rejects.toMatchObject({ code: 'incompatible' });
  });

  it('writes a card with the method, the data and where the weights come from', async () => {
    const facts = {
      family: 'segmenter',
      configuration: { encoder: { family: 'tiny' } },
      inputSize: [12, 12],
      engine: 'cpu',
      libraryVersion: '0.0.0',
    } as const;
    const { model } = await pretrain({ ...options, epochs: 1, seed: 7, train: source(), card: facts });
    expect(readCard(model)).toMatchObject({
      family: 'segmenter',
      task: 'features',
      classes: [],
      bands: ['B0', 'B1'],
      inputSize: [12, 12],
      configuration: {
        encoder: { family: 'tiny' },
        output: 'decoded',
        pretraining: { method: 'glcnet', variant: 'corrected', lambda: 0.5, regions: 3 },
      },
      training: { dataset: 'simulated', simulated: true, seed: 7, engine: 'cpu', epochs: 1 },
    });
    const plain = await pretrain({ ...options, epochs: 1, train: source() });
    expect(readCard(plain.model)).toBeUndefined();
  });

  it('measures embeddings and probes after every epoch, the same after a resumption, and can follow them', async () => {
    const probe = { train: tinyBatches(12, 1), test: tinyBatches(9, 2), neighbours: 3 };
    const health = { images: 6, probe };
    const monitor = { metric: 'knnAccuracy', mode: 'max' } as const;
    const whole = await pretrain({ ...options, train: source(), health, monitor });
    expect(whole.health.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
    const names = [
      'alignment',
      'effectiveRank',
      'embeddingStd',
      'knnAccuracy',
      'linearAccuracy',
      'meanCosine',
      'uniformity',
    ];
    for (const { metrics } of whole.health) {
      expect(Object.keys(metrics).sort()).toEqual(names);
      expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
    }
    expect(whole.best?.value).toBe(Math.max(...whole.health.map(({ metrics }) => metrics.knnAccuracy)));
    const checkpoints = { store: memoryCheckpoints() };
    const stop = new AbortController();
    await pretrain({
      ...options,
      train: source(),
      health,
      monitor,
      checkpoints,
      signal: stop.signal,
      listeners: [(event) => (event.type === 'step' && event.step === 4 ? stop.abort() : undefined)],
    });
    const rest = await pretrain({ ...options, train: source(), health, monitor, checkpoints });
    expect(rest.health).toEqual(whole.health);
  });

  it('warns of an encoder that gives one embedding for all images', async () => {
    const warnings: string[] = [];
    const constant: PretrainingMethod = {
      ...method,
      create: (setup) => ({ ...method.create(setup), embed: (images) => tf.ones([images.shape[0], 8]) }),
    };
    const result = await pretrain({
      ...options,
      method: constant,
      train: source(),
      health: {},
      validateEvery: 2,
      listeners: [(event) => void (event.type === 'warning' && warnings.push(event.message))],
    });
    expect(result.collapsed).toBe(true);
    expect(result.health.map(({ epoch }) => epoch)).toEqual([1, 2]);
    for (const { collapse } of result.health) expect(collapse).toMatch(/nearly the same/);
    expect(warnings).toHaveLength(2);
    const healthy = await pretrain({ ...options, train: source(), health: {} });
    expect(healthy.collapsed).toBe(false);
  });

  it.each([
    ['one view', { views: 1, size: 12, bands: 2 }, 'invalid-argument'],
    ['other bands', { views: 2, size: 12, bands: 3 }, 'shape-mismatch'],
    ['another size', { views: 2, size: 10, bands: 2 }, 'shape-mismatch'],
  ])('refuses %s', async (_, { views, size, bands }, code) => {
    const good = tinyViews({ length: 4, batchSize: 4, size, bands });
    const train = {
      ...good,
      async *epoch(epoch: number) {
        for await (const batch of good.epoch(epoch)) yield { ...batch, views: batch.views.slice(0, views) };
      },
    };
    const before = tf.memory().numTensors;
    await expect(pretrain({ ...options, train })).rejects.toMatchObject({ code });
    expect(tf.memory().numTensors).toBe(before);
  });
});
