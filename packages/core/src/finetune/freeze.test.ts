import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { type LayersModel, layers, model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { classifierHead } from '../backbone/classifier.js';
import { asSym, image } from '../layers/graph.js';
import { loadModel } from '../model/loadModel.js';
import { modelToBytes } from '../model/saveModel.js';
import { weightArrays } from '../model/weights.js';
import { memorySource } from '../testing/memorySource.js';
import { stagedClassifier } from '../testing/stagedClassifier.js';
import { train } from '../training/train.js';
import { freeze, unfreeze } from './freeze.js';
import type { LayerSelector } from './selectLayers.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const source = () => memorySource({ task: 'multi-label', length: 16, batchSize: 8 });

/** The layers whose weights differ, bit by bit, after training. */
async function changed(model: LayersModel): Promise<string[]> {
  const before = await weightArrays(model);
  await train({
    model,
    train: source(),
    validation: source(),
    epochs: 2,
    optimizer: { name: 'adamw', weightDecay: 0.5, decayOn: 'all' },
    learningRate: 0.05,
    ema: { decay: 0.5 },
  });
  const after = await weightArrays(model);
  const paths = [...after.keys()].filter((path) => {
    const bits = (map: typeof after) => Buffer.from(new Uint8Array(map.get(path)?.data.slice().buffer ?? []));
    return !bits(after).equals(bits(before));
  });
  return [...new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/'))))];
}

const blocks = ['stem', 'stage1/block1', 'stage1/block2', 'stage2/block1'];
const layersOf = (block: string) =>
  block === 'stem' ? ['stem/conv', 'stem/bn'] : ['conv', 'bn', 'shortcut'].map((name) => `${block}/${name}`);
const all = [...blocks.flatMap(layersOf), 'head'];

describe('freeze', () => {
  const cases: [name: string, selector: LayerSelector, frozen: readonly string[]][] = [
    ['a path', 'stage1', all.filter((path) => path.startsWith('stage1/'))],
    ['a whole path only', 'stage1/block1/conv', ['stage1/block1/conv']],
    ['a pattern', 'stage*/block1/*', [...layersOf('stage1/block1'), ...layersOf('stage2/block1')]],
    ['any depth', '**/bn', all.filter((path) => path.endsWith('/bn'))],
    ['an expression', /shortcut$/g, all.filter((path) => path.endsWith('shortcut'))],
    ['a function', (path) => path.length < 9, ['stem/bn', 'head']],
    ['what lies before a path', { until: 'stage1/block2' }, [...layersOf('stem'), ...layersOf('stage1/block1')]],
    ['the backbone', { until: 'head' }, all.slice(0, -1)],
    ['a list', ['head', 'stem'], [...layersOf('stem'), 'head']],
  ];

  it.each(cases)('names layers by %s', (_, selector, frozen) => {
    const model = stagedClassifier();
    expect([...freeze(model, selector)].sort()).toEqual([...frozen].sort());
    const still = new Set(model.trainableWeights.map(({ originalName: path }) => path.slice(0, path.lastIndexOf('/'))));
    expect(all.filter((path) => !still.has(path)).sort()).toEqual([...frozen].sort());
  });

  it('is undone for what is named, also where the model is frozen as a whole', () => {
    const model = stagedClassifier();
    freeze(model, '**');
    expect(model.trainableWeights).toEqual([]);
    unfreeze(model, 'head');
    expect(model.trainableWeights.map(({ originalName }) => originalName)).toEqual(['head/kernel', 'head/bias']);
    model.trainable = false;
    unfreeze(model, 'stem/conv');
    expect(model.trainableWeights.map(({ originalName }) => originalName)).toEqual(['stem/conv/kernel']);
    expect(unfreeze(model)).toHaveLength(all.length);
    expect(model.trainableWeights).toHaveLength(1 + 2 + 3 * 4 + 2);
  });

  it('says what there is when nothing is named', () => {
    for (const selector of ['stag1', /nothing/, { until: 'stag1' }, ['head', 'stag1']]) {
      expect(() => freeze(stagedClassifier(), selector)).toThrow(expect.objectContaining({ code: 'unknown-name' }));
    }
    expect(() => freeze(stagedClassifier(), 'stag1')).toThrow("Did you mean 'stage1'?");
  });

  it('reaches the layers of nested models', () => {
    const inner = stagedClassifier();
    const input = image({ shape: [6, 6, 3] });
    const outer = tfModel({ inputs: input, outputs: inner.apply(input) as typeof input });
    expect(freeze(outer, 'stem')).toEqual(['stem/conv', 'stem/bn']);
    expect(inner.getLayer('stem/bn').trainable).toBe(false);
  });
});

describe('training', () => {
  it('leaves frozen layers alone to the last bit: weights, decay, moving statistics and averages', async () => {
    const model = stagedClassifier();
    freeze(model, { until: 'stage2' });
    expect(await changed(model)).toEqual([...layersOf('stage2/block1'), 'head']);
    const loaded = await loadModel(await modelToBytes(model));
    expect(await changed(loaded)).toEqual([...layersOf('stage2/block1'), 'head']);
    unfreeze(loaded, 'stem');
    expect(await changed(loaded)).toEqual([...layersOf('stem'), ...layersOf('stage2/block1'), 'head']);
  });

  it("holds TF.js' own frozen batch norms to their moving statistics, for as long as it lasts", async () => {
    const input = image({ shape: [6, 6, 3] });
    const norm = layers.batchNormalization({ name: 'norm' });
    const flat = layers.globalAveragePooling2d({}).apply(norm.apply(input)) as typeof input;
    const outputs = classifierHead({ classes: 3, task: 'multi-label', dropout: 0 })(asSym(flat, 2));
    const model = tfModel({ inputs: input, outputs });
    expect(await changed(model)).toEqual(['norm', 'head']);
    freeze(model, 'norm');
    expect(await changed(model)).toEqual(['head']);
    expect(Object.hasOwn(norm, 'call')).toBe(false);
  });

  it('refuses a model that is frozen as a whole', async () => {
    const model = stagedClassifier();
    freeze(model, '**');
    await expect(train({ model, train: source(), epochs: 1 })).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});
