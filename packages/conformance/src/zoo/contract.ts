import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  bceFromLogits,
  countOperations,
  freeze,
  loadModel,
  logitsModel,
  type ModelCard,
  readCard,
  saveModel,
  weightArrays,
} from '@lulc/core';
import { createFromCard, createModel, type ModelName, modelInfo, type NetworkSize } from '@lulc/model-zoo';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idleWeights } from './idleWeights.js';

/** What a model is made for where it is not made for BigEarthNet. */
const others = {
  bands: ['red', 'green', 'blue'],
  classes: ['water', 'forest', 'field', 'town'],
  task: 'single-label',
} as const;

/** A narrow layer's few ReLUs may all be off: a weight must have a gradient for one of these. */
const seeds = [2, 3, 4] as const;

/** Every family's share of something dropped in training: with it, gradients would depend on what is dropped. */
const withoutDropout = {
  headDropout: 0,
  dropout: 0,
  dropConnect: 0,
  attentionDropout: 0,
  mlpDropout: 0,
  branchDropout: 0,
} as const;

/**
 * Declares what every model of the zoo must do, whatever its family: be as large as stated, predict, be saved, loaded and
 * frozen, be made for other data, and learn there.
 *
 * @param names which models
 */
export function zooContract(names: readonly ModelName[]): void {
  describe.each(names)('%s', (name) => {
    const info = modelInfo(name);
    const folder = mkdtempSync(path.join(tmpdir(), 'lulc-zoo-'));
    let model: LayersModel;
    let images: tf.Tensor;

    beforeAll(async () => {
      model = await createModel(name, { seed: 1 });
      images = noise(1, info.inputSize, bandsOf(model));
    });
    afterAll(() => {
      rmSync(folder, { recursive: true });
      model.dispose();
      images.dispose();
    });

    it.each(info.variants)('is as large as stated (%s), and predicts', async (variant) => {
      const built = variant === 'corrected' ? model : await createModel(name, { seed: 1, variant });
      expect(sizeOf(built)).toEqual(info.sizes[variant]);
      expectProbabilities(built, images, [1, 19]);
      if (built !== model) built.dispose();
    });

    it.each(['tfjs', 'safetensors'] as const)('is saved and loaded as %s, and is the same', async (format) => {
      const frozen = freeze(model, { until: 'head' });
      expect(frozen.length).toBeGreaterThan(0);
      expect(pathsOf(model.trainableWeights)).toEqual(['head/kernel', 'head/bias']);
      const place = path.join(folder, format === 'tfjs' ? 'model' : 'model.safetensors');
      await saveModel(model, place, { format });
      const loaded = await loadModel(place);
      expect(readCard(loaded)).toEqual(readCard(model));
      expect(pathsOf(loaded.trainableWeights)).toEqual(['head/kernel', 'head/bias']);
      await expectSameWeights(model, loaded);
      // Native engines add in an order that depends on where tensors lie: the last bit may differ.
      const expected = outputs(model, images);
      for (const [i, value] of outputs(loaded, images).entries())
        expect(Math.abs(value - expected[i])).toBeLessThan(1e-6);
      loaded.dispose();
    });

    it('is made for other bands, classes and sizes, and learns there', async () => {
      const inputSize = info.inputSize === 80 ? 90 : 80; // two patches of 40 pixels: one alone would attend to itself
      const some = noise(2, inputSize, others.bands.length);
      let silent: readonly string[] | undefined;
      for (const seed of seeds) {
        const changed = await createFromCard(readCard(model) as ModelCard, {
          ...others,
          ...withoutDropout,
          inputSize,
          seed,
        });
        expect(readCard(changed)).toMatchObject({ ...others, family: info.family, inputSize: [inputSize, inputSize] });
        expectProbabilities(changed, some, [2, 4]);
        const now = silentWeights(changed, some);
        silent = silent === undefined ? now : silent.filter((weight) => now.includes(weight));
        changed.dispose();
        if (silent.length === 0) break;
      }
      some.dispose();
      expect(silent).toEqual([]);
    });
  });
}

/** Reproducible images `[batch, size, size, bands]`, about standardised. */
const noise = (batch: number, size: number, bands: number): tf.Tensor =>
  tf.randomNormal([batch, size, size, bands], 0, 1, 'float32', 5);

const bandsOf = (model: LayersModel): number => model.inputs[0].shape[3] as number;

const outputs = (model: LayersModel, images: tf.Tensor): Float32Array =>
  tf.tidy(() => (model.predict(images) as tf.Tensor).dataSync() as Float32Array);

/** Two models have the same weights, to the last bit. */
async function expectSameWeights(model: LayersModel, other: LayersModel): Promise<void> {
  const [weights, others] = await Promise.all([weightArrays(model), weightArrays(other)]);
  expect([...others.keys()].sort()).toEqual([...weights.keys()].sort());
  for (const [weight, { data }] of weights) {
    const same = Buffer.compare(bytesOf(data), bytesOf(others.get(weight)?.data ?? new Float32Array(0)));
    expect(same, weight).toBe(0);
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

const pathsOf = (weights: LayersModel['weights']): string[] => weights.map(({ originalName }) => originalName);

const elements = (weights: LayersModel['weights']): number =>
  weights.reduce((sum, { shape }) => sum + shape.reduce<number>((product, side) => product * (side ?? 1), 1), 0);

function sizeOf(model: LayersModel): NetworkSize {
  const { multiplyAdds, uncounted } = countOperations(model);
  expect(uncounted).toEqual([]);
  return { trainable: elements(model.trainableWeights), total: elements(model.weights), multiplyAdds };
}

function expectProbabilities(model: LayersModel, images: tf.Tensor, shape: readonly [number, number]): void {
  expect(model.outputs[0].shape).toEqual([null, shape[1]]);
  const values = outputs(model, images);
  expect(values).toHaveLength(shape[0] * shape[1]);
  for (const value of values) expect(value >= 0 && value <= 1).toBe(true);
}

/**
 * Every weight has a finite gradient, and those that have none by construction (see {@link idleWeights}) none.
 *
 * @returns the others whose gradient is 0 here
 */
function silentWeights(model: LayersModel, images: tf.Tensor): readonly string[] {
  const logits = logitsModel(model);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const norms = tf.tidy(() => {
    const labels = tf.tensor2d([1, 0, 0, 1, 0, 1, 0, 0], [2, 4]);
    const { grads } = tf.variableGrads(
      () => bceFromLogits(logits.apply(images, { training: true }) as tf.Tensor2D, labels),
      variables,
    );
    return variables.map(({ name, shape }) => {
      expect(grads[name].shape).toEqual(shape);
      return tf.norm(grads[name]).dataSync()[0];
    });
  });
  const all = Math.hypot(...norms);
  expect(all).toSatisfy(Number.isFinite);
  const idle = idleWeights(model);
  return pathsOf(model.trainableWeights).filter((weight, index) => {
    if (idle.has(weight)) expect(norms[index] / all, `${weight}: ${idle.get(weight)}`).toBeLessThan(1e-4);
    return norms[index] === 0 && !idle.has(weight);
  });
}
