import { type BatchSource, freeze, train, weightArrays } from '@lulc/core';
import { scaledWRN } from '@lulc/wrn-eca';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTorch } from './available.js';

const torch = await loadTorch();

const classes = ['a', 'b'];
const bands = ['B04', 'B03', 'B02'];
const steps = 9;

/** The same simulated batch in every step. */
const source: BatchSource = {
  info: {
    name: 'simulated',
    split: 'train',
    task: 'multi-label',
    classes,
    bands,
    imageSize: [12, 12],
    groundSamplingDistance: undefined,
    scaling: undefined,
    simulated: true,
    licence: 'none',
    citation: 'none',
  },
  length: 4 * steps,
  batchSize: 4,
  stepsPerEpoch: steps,
  async *epoch(_, fromStep = 0) {
    for (let step = fromStep; step < steps; step++) {
      yield {
        images: Float32Array.from({ length: 4 * 12 * 12 * 3 }, (_, i) => Math.sin(i * 1.7)),
        imageShape: [4, 12, 12, 3],
        labels: Float32Array.from([0, 1, 1, 0, 1, 1, 0, 0]),
        labelShape: [4, 2],
        indices: [0, 1, 2, 3],
      };
    }
  },
  close: async () => {},
};

/** Fine-tunes a network whose stem is frozen; weights before and after, and what became of the recordings. */
async function fineTune(optimizer: 'sgd' | 'adamw', capture: 'auto' | 'off') {
  const model = scaledWRN({ preset: 'B0', bands, classes, inputSize: 12, seed: 1 });
  const frozen = freeze(model, { until: 'stage2' });
  const before = await weightArrays(model);
  const rates = { layerDecay: 0.5, layerRates: { head: 3 } };
  const result = await train({ model, train: source, epochs: 1, learningRate: 0.01, optimizer, capture, ...rates });
  const after = await weightArrays(model);
  model.dispose();
  return { frozen, before, after, states: result.capture.map(({ state }) => state) };
}

describe.skipIf('missing' in torch)('fine-tuning on the torch engine', () => {
  beforeAll(() => tf.setBackend('torch'));

  it.each(['sgd', 'adamw'] as const)(
    '%s: recorded steps with rates and frozen layers train as others do',
    async (optimizer) => {
      const [recorded, plain] = [await fineTune(optimizer, 'auto'), await fineTune(optimizer, 'off')];
      expect(recorded.states).toEqual(['replaying', 'replaying']);
      for (const [path, { data }] of plain.after) {
        const got = recorded.after.get(path)?.data ?? [];
        for (const [i, value] of data.entries()) expect(Math.abs(got[i] - value)).toBeLessThan(1e-4);
        const isFrozen = recorded.frozen.some((layer) => path.startsWith(`${layer}/`));
        if (isFrozen) expect(recorded.after.get(path)).toEqual(recorded.before.get(path));
      }
      expect(recorded.after.get('head/kernel')).not.toEqual(recorded.before.get('head/kernel'));
    },
  );
});
