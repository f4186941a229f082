import { type DistillationOptions, distillationObjective, studentUnet } from '@lulc/cloud-unet-kd';
import { weightArrays } from '@lulc/core';
import { ignoreLabel, type SegmentationSource, trainSegmenter } from '@lulc/core/segmentation';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTorch } from './available.js';

const torch = await loadTorch();

const [batch, size, steps] = [3, 8, 9];
const bands = ['B02', 'B03', 'B04', 'B08'];

/** Simulated batches; in one step no label is known, in another the teacher says nothing. */
const source: SegmentationSource = {
  info: {
    name: 'simulated',
    split: 'train',
    classes: ['clear', 'cloud'],
    bands,
    imageSize: [size, size],
    softChannels: 1,
    groundSamplingDistance: undefined,
    scaling: undefined,
    simulated: true,
    licence: 'none',
    citation: 'none',
  },
  length: batch * steps,
  batchSize: batch,
  stepsPerEpoch: steps,
  async *epoch(_, fromStep = 0) {
    const pixels = batch * size * size;
    for (let step = fromStep; step < steps; step++) {
      yield {
        images: Float32Array.from({ length: pixels * bands.length }, (_, i) => Math.sin((i + step) * 1.7)),
        imageShape: [batch, size, size, bands.length],
        masks: Uint8Array.from({ length: pixels }, (_, i) =>
          step === 6 || (i + step) % 5 === 0 ? ignoreLabel : (i >> 2) % 2,
        ),
        maskShape: [batch, size, size],
        soft: Float32Array.from({ length: pixels }, (_, i) => (step === 7 || i % 7 === 0 ? 0 : 3 * Math.cos(i * 0.9))),
        indices: Array.from({ length: batch }, (_, i) => step * batch + i),
      };
    }
  },
  close: async () => {},
};

async function trained(options: DistillationOptions, capture: 'auto' | 'off') {
  const model = studentUnet({ stages: 3, base: 4, bands, inputSize: size, seed: 1 });
  const result = await trainSegmenter({
    model,
    train: source,
    epochs: 1,
    learningRate: 0.01,
    optimizer: { name: 'sgd', momentum: 0.9, nesterov: true },
    loss: distillationObjective(options),
    deepSupervision: true,
    capture,
  });
  const weights = await weightArrays(model);
  model.dispose();
  return { weights, loss: result.history[0].trainLoss, states: result.capture.map(({ state }) => state) };
}

const cases: readonly DistillationOptions[] = [
  { distance: 'kl' },
  { distance: 'mse-prob', alpha: 0.7 },
  { distance: 'mse-logit', alpha: 1 },
  { distance: 'soft-jaccard' },
  { distance: 'soft-dice', variant: 'reference' },
];

describe.skipIf('missing' in torch)('distillation on the torch engine', () => {
  beforeAll(() => tf.setBackend('torch'));

  it.each(cases)('replays steps with deep supervision and gives what is called one by one: %j', async (options) => {
    const called = await trained(options, 'off');
    const replayed = await trained(options, 'auto');
    expect(replayed.states).toEqual(['replaying', 'replaying']);
    expect(replayed.loss).toBeCloseTo(called.loss, 5);
    for (const [path, { data }] of called.weights) {
      const other = replayed.weights.get(path)?.data as Float32Array;
      const difference = Math.max(...Array.from(data, (value, i) => Math.abs(value - other[i])));
      expect(difference, path).toBeLessThan(1e-4);
    }
  });
});
