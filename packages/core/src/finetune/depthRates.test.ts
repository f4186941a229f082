import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers TF.js' gradients
import { beforeAll, describe, expect, it } from 'vitest';
import { classifier } from '../backbone/classifier.js';
import { pipe } from '../layers/compose.js';
import { conv2d } from '../layers/conv.js';
import { image, scope } from '../layers/graph.js';
import { batchNorm } from '../layers/norm.js';
import { reshape } from '../layers/reshape.js';
import { extractPatches, multiHeadAttention } from '../layers/tokens.js';
import { weightArrays } from '../model/weights.js';
import { memorySource } from '../testing/memorySource.js';
import { stagedClassifier } from '../testing/stagedClassifier.js';
import { memoryCheckpoints } from '../training/checkpointStore.js';
import { train } from '../training/train.js';
import { depthGroups, layerRates, type RateOptions } from './depthRates.js';
import { transferWeights } from './transferWeights.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const source = () => memorySource({ task: 'multi-label', length: 8, batchSize: 8 });
const groups = ['stem', 'stage1/block1', 'stage1/block2', 'stage2/block1', 'head'];
const groupOf = (path: string) => groups.find((group) => path.startsWith(group)) ?? '';

describe('layer-wise rates', () => {
  it('part the layers by blocks, from the input to the head', () => {
    const found = depthGroups(stagedClassifier());
    expect(found.map(({ name }) => name)).toEqual(groups);
    expect(found[0].layers).toEqual(['stem/conv', 'stem/bn']);
  });

  it('count norms between blocks to the block before them', () => {
    const norm = (name: string) => batchNorm({ name });
    const conv = (name: string) => conv2d({ name, filters: 3, kernelSize: 1 });
    const layersInOrder = ['stem/conv', 'stage1/block1/conv', 'stage1/bn', 'stage2/block1/conv', 'bn'];
    const start = image({ shape: [4, 4, 3] });
    const output = pipe(...layersInOrder.map((name) => (name.endsWith('bn') ? norm(name) : conv(name))))(start);
    const model = classifier({ name: 'norms', input: start, output, features: [] }, { classes: 2 });
    expect(depthGroups(model)).toEqual([
      { name: 'stem', layers: ['stem/conv'] },
      { name: 'stage1/block1', layers: ['stage1/block1/conv', 'stage1/bn'] },
      { name: 'stage2/block1', layers: ['stage2/block1/conv', 'bn'] },
      { name: 'head', layers: ['head'] },
    ]);
  });

  it('fall from the head to the input by one factor per block, as BEiT and ELECTRA define it', () => {
    const rates = layerRates(stagedClassifier(), { layerDecay: 0.5 });
    for (const [path, rate] of rates) expect([path, rate]).toEqual([path, 0.5 ** (4 - groups.indexOf(groupOf(path)))]);
    expect(rates.size).toBe(2 + 3 * 3 + 1);
  });

  it('take further factors by path, the last of which counts', () => {
    const rates = layerRates(stagedClassifier(), {
      layerDecay: 0.5,
      layerRates: { '**': 2, stage1: 4, 'stage1/**/bn': 0 },
    });
    const some = ['head', 'stage1/block2/conv', 'stage1/block2/bn', 'stem/bn'];
    expect(some.map((path) => rates.get(path))).toEqual([2, 4 * 0.5 ** 2, 0, 2 * 0.5 ** 4]);
  });

  it.each<[RateOptions, string]>([
    [{ layerDecay: 0 }, 'invalid-argument'],
    [{ layerDecay: 1.1 }, 'invalid-argument'],
    [{ layerDecay: Number.NaN }, 'invalid-argument'],
    [{ layerRates: { head: -1 } }, 'invalid-argument'],
    [{ layerRates: { heat: 1 } }, 'unknown-name'],
  ])('refuse %o', (options, code) => {
    expect(() => layerRates(stagedClassifier(), options)).toThrow(expect.objectContaining({ code }));
  });
});

describe('training with layer-wise rates', () => {
  /** The weights before a run of one step, and what the step changed. */
  async function step(options: RateOptions) {
    const model = stagedClassifier();
    const before = await weightArrays(model);
    const optimizer = { name: 'sgd', weightDecay: 0.1 } as const;
    await train({ model, train: source(), epochs: 1, optimizer, learningRate: 0.5, schedule: 'constant', ...options });
    const after = await weightArrays(model);
    return new Map(
      model.trainableWeights.map(({ originalName: path }) => {
        const [old, now] = [before.get(path)?.data ?? [], after.get(path)?.data ?? []];
        return [path, Array.from(now, (value, i) => ({ now: value, old: old[i], change: value - old[i] }))] as const;
      }),
    );
  }

  it('scales the step of gradient descent by exactly the rate', async () => {
    const [full, decayed] = await Promise.all([
      step({}),
      step({ layerDecay: 0.5, layerRates: { 'stage1/block1': 0 } }),
    ]);
    for (const [path, values] of decayed) {
      const group = groupOf(path);
      const rate = group === 'stage1/block1' ? 0 : 0.5 ** (4 - groups.indexOf(group));
      values.forEach(({ now, old }, i) => {
        // but for the roundings of the weights themselves to float32
        const whole = full.get(path)?.[i] ?? { now: Number.NaN, change: Number.NaN };
        const rounding = 2 ** -23 * Math.max(...[old, now, whole.now].map(Math.abs));
        expect(Math.abs(now - (old + rate * whole.change))).toBeLessThanOrEqual(rounding);
      });
      const moved = values.some(({ change }) => change !== 0);
      expect([path, moved]).toEqual([path, rate > 0]);
    }
  });

  it('reaches weights that lie deeper below the path of their layer, as those of attention do', async () => {
    const features = pipe(
      extractPatches(3, { name: 'patches' }),
      scope('layer1', multiHeadAttention({ name: 'attention', heads: 1, keyDim: 2 })),
      reshape<3, 4>([2, 2, 27], { name: 'map' }),
    );
    const image6 = image({ shape: [6, 6, 3], seed: 1 });
    const output = features(image6);
    const model = classifier({ name: 'tokens', input: image6, output, features: [] }, { classes: 3 });
    expect(depthGroups(model).map(({ name }) => name)).toEqual(['layer1', 'head']);
    const run = async (options: RateOptions) => {
      const before = await weightArrays(model);
      await train({ model, train: source(), epochs: 1, learningRate: 0.1, ...options });
      const after = await weightArrays(model);
      return [...after].filter(([path, { data }]) => data.some((value, i) => value !== before.get(path)?.data[i]));
    };
    const moved = await run({ layerRates: { layer1: 0 } });
    expect(moved.map(([path]) => path)).toEqual(['head/kernel', 'head/bias']);
    expect((await run({})).length).toBeGreaterThan(2);
    const report = await transferWeights(await weightArrays(model), model, { skip: 'layer1/attention' });
    expect(report.loaded).toEqual(['head/kernel', 'head/bias']);
    expect(report.skipped.length).toBeGreaterThan(2);
  });

  it('goes on only with the same rates', async () => {
    const store = memoryCheckpoints();
    const run = (options: RateOptions) =>
      train({ model: stagedClassifier(), train: source(), epochs: 2, checkpoints: { store }, ...options });
    await run({ layerDecay: 0.5 });
    await expect(run({ layerDecay: 0.5 })).resolves.toMatchObject({ epochs: 2 });
    await expect(run({ layerDecay: 0.6 })).rejects.toMatchObject({ code: 'incompatible', message: /rates was/ });
    await expect(run({})).rejects.toMatchObject({ code: 'incompatible' });
  });
});
