import { bceFromLogits, logitsModel, type NamedVariable, runTraining } from '@lulc/core';
import { mlpMixer, visionTransformer } from '@lulc/vit-mlp-mixer';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTorch } from './available.js';

const torch = await loadTorch();

/** Trains for a few steps on one batch; final weights, and what became of the recordings. */
async function train(model: LayersModel, capture: 'auto' | 'off') {
  const logits = logitsModel(model);
  const named: NamedVariable[] = model.weights.map((weight) => ({
    name: weight.originalName,
    variable: weight.read() as tf.Variable,
  }));
  const x = tf.randomNormal([4, 12, 12, 3], 0, 1, 'float32', 1);
  const y = tf.cast(tf.greater(tf.randomUniform([4, 2], 0, 1, 'float32', 2), 0.5), 'float32') as tf.Tensor2D;
  const result = await runTraining<number>(
    {
      source: {
        stepsPerEpoch: 9,
        epoch: async function* () {
          for (let step = 0; step < 9; step++) yield step;
        },
      },
      weights: named,
      state: [],
      tensors: () => [tf.clone(x), tf.clone(y)],
      loss: (_, [images, labels]) =>
        bceFromLogits(logits.apply(images, { training: true }) as tf.Tensor2D, labels as tf.Tensor2D),
      samples: () => 4,
    },
    { epochs: 1, learningRate: 0.01, optimizer: { name: 'adam' }, seed: 3, capture },
  );
  const weights = named.map(({ variable }) => [...variable.dataSync()]);
  model.dispose();
  tf.dispose([x, y]);
  return { weights, states: result.capture.map(({ state }) => state) };
}

describe.skipIf('missing' in torch)('transformers and mixers on the torch engine', () => {
  beforeAll(() => tf.setBackend('torch'));

  const small = { inputSize: 12, patch: 4, bands: 3, classes: 2, seed: 1 } as const;
  const narrow = { width: 8, layers: 2, heads: 2, keyDim: 4, mlpHidden: 6, headMlp: [5] };
  it.each([
    [
      'a reference transformer with dropout everywhere',
      () => visionTransformer({ ...small, ...narrow, variant: 'reference' }),
    ],
    ['a reference mixer', () => mlpMixer({ ...small, width: 8, blocks: 2, tokenHidden: 5, variant: 'reference' })],
  ])('%s: recorded steps train as others do', async (_, make) => {
    const [recorded, plain] = [await train(make(), 'auto'), await train(make(), 'off')];
    expect(recorded.states).toEqual(['replaying', 'replaying']);
    expect(plain.states).toEqual([]);
    for (const [i, values] of plain.weights.entries()) {
      for (const [k, value] of values.entries()) expect(Math.abs(recorded.weights[i][k] - value)).toBeLessThan(1e-5);
    }
  });
});
