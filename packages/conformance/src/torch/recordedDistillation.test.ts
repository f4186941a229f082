import { type DistillationOptions, distillationObjective, studentUnet } from '@lulc/cloud-unet-kd';
import { weightArrays } from '@lulc/core';
import { trainSegmenter } from '@lulc/core/segmentation';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTorch } from './available.js';
import { simulatedMasks } from './simulatedMasks.js';

const torch = await loadTorch();

const size = 8;
const source = simulatedMasks({ size, classes: ['clear', 'cloud'], taught: true });

async function trained(options: DistillationOptions, capture: 'auto' | 'off') {
  const model = studentUnet({ stages: 3, base: 4, bands: source.info.bands, inputSize: size, seed: 1 });
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
