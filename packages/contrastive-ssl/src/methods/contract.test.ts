import { loadModel, memoryCheckpoints, modelToBytes, useEngine, weightArrays } from '@lulc/core';
import type { ViewBatch, ViewSource } from '@lulc/core/views';
import { checkViewRecipe } from '@lulc/core/views';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PretrainingMethod } from '../method/method.js';
import { pretrain } from '../pretrain/pretrain.js';
import { tinyNetwork, tinyViews } from '../testing/tinyViews.js';
import {
  createMethod,
  defaultViews,
  type MethodName,
  type MethodOptions,
  methodNames,
  pretrainingMethods,
} from './pretrainingMethods.js';

beforeAll(() => useEngine(process.env.LULC_ENGINE ? 'auto' : 'cpu'));

const size = 12;
const bands = 2;
const views = (): ViewSource => tinyViews({ length: 8, batchSize: 4, size, bands });
/** Pieces of a jigsaw are a third of a view. */
const inputSize = (name: MethodName): number => (name === 'jigsaw' ? size / 3 : size);

/** Each method made small, and what of its weights a first step may leave without gradient. */
const small: { readonly [Name in MethodName]: MethodOptions[Name] } = {
  glcnet: { globalHead: [8, 4], localHead: [6, 4], denseChannels: 5, regions: 3, regionSize: 0.25 },
  'embedding-earth': { pixels: 8, projection: 4 },
  simclr: { head: [8, 4] },
  'moco-v2': { projection: [8, 4], queue: 16, momentum: 0.9 },
  byol: { projection: [8, 4], predictor: [8], momentum: 0.9, ramp: 20 },
  densecl: { projection: [8, 4], queue: 16, momentum: 0.9, warmup: 1 },
  vicregl: { expander: [8, 8], mapExpander: [8, 8], matches: 5 },
  inpainting: { holes: 3, holeSize: 3, width: 4 },
  jigsaw: { permutations: 5, features: 8, hidden: 16 },
};

async function firstBatch(source: ViewSource): Promise<ViewBatch> {
  for await (const batch of source.epoch(0)) return batch;
  throw new Error('no batch');
}

describe.each(methodNames.map((name) => [name, pretrainingMethods[name].create(small[name] as never)] as const))(
  '%s',
  (name, method: PretrainingMethod) => {
    const network = () => tinyNetwork(inputSize(name), bands);

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
      const tensors = run.tensors(await firstBatch(views()));
      tf.tidy(() => void run.loss(tensors)); // a queue or a warm-up may need a step
      const held = tf.memory().numTensors;
      const { value, grads } = tf.variableGrads(
        () => run.loss(tensors),
        run.weights.map(({ variable }) => variable),
      );
      expect(Number.isFinite(value.dataSync()[0])).toBe(true);
      for (const { name: path, variable } of run.weights) {
        const values = grads[variable.name].dataSync();
        expect([path, values.every(Number.isFinite)]).toEqual([path, true]);
        // The bias before a batch normalisation cannot matter: its gradient is 0 but for rounding.
        if (
          !idle(
            run.weights.map((weight) => weight.name),
            path,
          )
        )
          expect([path, values.some((v) => v !== 0)]).toEqual([path, true]);
      }
      tf.dispose([value, grads]);
      expect(tf.memory().numTensors).toBe(held);
      const images = tf.ones<tf.Rank.R4>([3, inputSize(name), inputSize(name), bands]);
      const embedded = run.embed(images);
      expect(embedded.shape).toEqual([3, 8]);
      tf.dispose([embedded, images, tensors]);
      run.dispose();
      run.model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });

    it('learns, goes on exactly where it stopped, and leaves a model that is saved and loaded', async () => {
      const source = views();
      // The same batches again and again: what can be learned by heart.
      const train = { ...source, epoch: (_: number, fromStep?: number) => source.epoch(0, fromStep) };
      const options = { method, network, train, learningRate: 0.01, optimizer: 'adam', schedule: 'constant' } as const;
      const before = tf.memory().numTensors;
      const whole = await pretrain({ ...options, epochs: 6 });
      const losses = whole.history.map(({ trainLoss }) => trainLoss);
      expect(losses.every(Number.isFinite)).toBe(true);
      // A queue fills first, and the loss rises with it.
      const settled = losses.slice(name === 'moco-v2' || name === 'densecl' ? 2 : 0);
      expect(settled[settled.length - 1]).toBeLessThan(settled[0]);
      const checkpoints = { store: memoryCheckpoints() };
      const part = await pretrain({ ...options, epochs: 3, checkpoints });
      part.model.dispose();
      const rest = await pretrain({ ...options, epochs: 6, checkpoints });
      const weights = await weightArrays(whole.model);
      expect(await weightArrays(rest.model)).toEqual(weights);
      rest.model.dispose();

      const loaded = await loadModel(await modelToBytes(whole.model));
      expect(await weightArrays(loaded)).toEqual(weights);
      loaded.dispose();
      whole.model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });

    it('refuses views that do not fit', async () => {
      const run = method.create({ network, batchSize: 4, seed: 1 });
      const other = await firstBatch(tinyViews({ length: 4, batchSize: 4, size, bands: 3 }));
      expect(() => run.tensors(other)).toThrow(expect.objectContaining({ code: 'shape-mismatch' }));
      expect(() => run.tensors({ ...other, views: [] })).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
      run.dispose();
      run.model.dispose();
    });
  },
);

const idle = (paths: readonly string[], path: string): boolean => {
  const found = /^(.*)\/dense(\d+)\/bias$/.exec(path);
  return found !== null && paths.includes(`${found[1]}/bn${found[2]}/gamma`);
};
