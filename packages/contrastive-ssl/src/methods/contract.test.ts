import { useEngine } from '@lulc/core';
import { checkViewRecipe, type ViewBatch, type ViewSource } from '@lulc/core/views';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { bands, smallMethods, smallViews, viewSize } from '../testing/smallMethods.js';
import { tinyViews } from '../testing/tinyViews.js';
import { createMethod, defaultViews, pretrainingMethods } from './pretrainingMethods.js';

beforeAll(() => useEngine(process.env.LULC_ENGINE ? 'auto' : 'cpu'));

async function firstBatch(source: ViewSource): Promise<ViewBatch> {
  for await (const batch of source.epoch(0)) return batch;
  throw new Error('no batch');
}

/** The bias before a batch normalisation cannot matter: its gradient is 0 but for rounding. */
function isIdle(path: string, paths: readonly string[]): boolean {
  const found = /^(.*)\/dense(\d+)\/bias$/.exec(path);
  return found !== null && paths.includes(`${found[1]}/bn${found[2]}/gamma`);
}

describe.each(smallMethods)('%s', (name, { method, network, inputSize }) => {
  it('is what the table says, and can be made again from its own configuration', () => {
    const entry = pretrainingMethods[name];
    expect(method).toMatchObject({ name, views: entry.views, trains: entry.trains });
    const plain = JSON.parse(JSON.stringify(method.configuration));
    expect(createMethod(name, plain).configuration).toEqual(method.configuration);
    const recipes = defaultViews(name, { size: [32, 32], bands: 4 });
    expect(recipes).toHaveLength(entry.views);
    for (const recipe of recipes) checkViewRecipe(recipe, 4);
  });

  it('gives every trained weight a gradient, and the engine its tensors back', async () => {
    const before = tf.memory().numTensors;
    const run = method.create({ network, batchSize: 4, seed: 1 });
    const names = [...run.weights, ...run.state].map((variable) => variable.name);
    expect(new Set(names).size).toBe(names.length);
    const tensors = run.tensors(await firstBatch(smallViews()));
    tf.tidy(() => void run.loss(tensors)); // a queue or a warm-up may need a step
    const held = tf.memory().numTensors;
    const { value, grads } = tf.variableGrads(
      () => run.loss(tensors),
      run.weights.map(({ variable }) => variable),
    );
    expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    const paths = run.weights.map((weight) => weight.name);
    for (const { name: path, variable } of run.weights) {
      const values = grads[variable.name].dataSync();
      expect([path, values.every(Number.isFinite)]).toEqual([path, true]);
      if (!isIdle(path, paths)) expect([path, values.some((v) => v !== 0)]).toEqual([path, true]);
    }
    tf.dispose([value, grads]);
    expect(tf.memory().numTensors).toBe(held);
    const images = tf.ones<tf.Rank.R4>([3, inputSize, inputSize, bands]);
    const embedded = run.embed(images);
    expect(embedded.shape).toEqual([3, 8]);
    tf.dispose([embedded, images, tensors]);
    const seen = tf.tidy(() => tf.mean(run.embed(tf.ones([2, viewSize, viewSize, bands]))).dataSync()[0]); // of a view's size
    expect(Number.isFinite(seen)).toBe(true);
    run.dispose();
    run.model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('begins with a copy that is the network, where it keeps one', () => {
    const run = method.create({ network, batchSize: 4, seed: 1 });
    const own = new Map([...run.weights, ...run.state].map((variable) => [variable.name, variable.variable]));
    const copied = [...own].filter(([path]) => path.startsWith('momentum/'));
    expect(copied.length > 0).toBe(['moco-v2', 'byol', 'densecl'].includes(name));
    for (const [path, variable] of copied) {
      expect(variable.dataSync()).toEqual(own.get(path.slice('momentum/'.length))?.dataSync());
    }
    run.dispose();
    run.model.dispose();
  });

  it('refuses views that do not fit', async () => {
    const run = method.create({ network, batchSize: 4, seed: 1 });
    const other = await firstBatch(tinyViews({ length: 4, batchSize: 4, size: viewSize, bands: 3 }));
    expect(() => run.tensors(other)).toThrow(expect.objectContaining({ code: 'shape-mismatch' }));
    expect(() => run.tensors({ ...other, views: [] })).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    run.dispose();
    run.model.dispose();
  });
});

describe('createMethod', () => {
  it.each([
    ['a method', () => createMethod('glc-net'), /no method 'glc-net'.*Did you mean 'glcnet'/],
    [
      'an option',
      () => createMethod('moco-v2', { temprature: 0.1 }),
      /no option of moco-v2 'temprature'.*Did you mean 'temperature'/,
    ],
    ['a name of another object', () => createMethod('toString'), /no method/],
    ['views of a method', () => defaultViews('biol', { size: [8, 8], bands: 3 }), /Did you mean 'byol'/],
  ])('names what is near to %s that there is not', (_, call, message) => {
    expect(call).toThrow(message);
    expect(call).toThrow(expect.objectContaining({ code: 'unknown-name' }));
  });

  it.each([
    ['moco-v2', { queue: 0 }],
    ['moco-v2', { temperature: -1 }],
    ['moco-v2', { momentum: 1.5 }],
    ['moco-v2', { projection: [] }],
    ['byol', { projection: [8, 2.5] }],
    ['byol', { ramp: -3 }],
    ['densecl', { denseWeight: 2 }],
    ['vicregl', { alpha: -0.1 }],
    ['vicregl', { matches: 0 }],
    ['inpainting', { holeWeight: 1.1 }],
    ['inpainting', { holes: 0 }],
    ['jigsaw', { piece: 0 }],
    ['jigsaw', { dropout: 1 }],
  ])('%s refuses %j', (name, options) => {
    expect(() => createMethod(name, options)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  it.each([
    ['moco-v2', { statistics: 'mean' }],
    ['densecl', { map: 'coded' }],
    ['vicregl', { map: 'coded' }],
    ['inpainting', { variant: 'old' }],
  ])('%s does not know %j', (name, options) => {
    expect(() => createMethod(name, options)).toThrow(expect.objectContaining({ code: 'unknown-name' }));
  });
});

describe('what does not fit together', () => {
  const network = smallMethods[0][1].network;

  it.each([
    ['a queue and a batch', 'moco-v2', { queue: 10 }, 4, /no multiple of the batch size 4.*Use 12/],
    ['a grid and a map', 'densecl', { queue: 8, grid: 7 }, 4, /finer than the map of 6×6/],
    ['a grid and a map', 'vicregl', { grid: 7 }, 4, /finer than the map of 6×6/],
    ['variances and one image', 'vicregl', {}, 1, /at least 2 images/],
  ])('%s', (_, name, options, batchSize, message) => {
    expect(() => createMethod(name, options).create({ network, batchSize, seed: 1 })).toThrow(message);
  });
});
