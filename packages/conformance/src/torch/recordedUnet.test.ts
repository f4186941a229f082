import { studentUnet } from '@lulc/cloud-unet-kd';
import { compileForInference, runTraining, type TrainingProblem } from '@lulc/core';
import { segmentationLogits, segmentationLoss } from '@lulc/core/segmentation';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTorch } from './available.js';

const torch = await loadTorch();

const [batch, size, steps] = [2, 16, 4];

type Norm = 'batch' | 'instance';

/** Maps of 16 pixels: convolutions of few channels, norms with their leaky ReLUs, padding, and transposed convolutions. */
const network = (norm: Norm) =>
  studentUnet({ stages: 2, base: 8, norm, bands: 4, classes: 2, inputSize: size, seed: 1 });

const images = () => tf.randomNormal([batch, size, size, 4], 0, 1, 'float32', 7) as tf.Tensor4D;

/** All weights after a few steps, and how the steps ran. */
async function trained(norm: Norm, capture: 'auto' | 'off') {
  const model = network(norm);
  const [logits, loss, x] = [segmentationLogits(model), segmentationLoss('dice-ce'), images()];
  const masks = tf.cast(tf.randomUniform([batch, size, size], 0, 2, 'float32', 3), 'int32') as tf.Tensor3D;
  const named = (weights: LayersModel['weights']) =>
    weights.map((weight) => ({ name: weight.originalName, variable: weight.read() as tf.Variable }));
  const problem: TrainingProblem<tf.Tensor4D> = {
    weights: named(model.trainableWeights),
    state: named(model.nonTrainableWeights),
    tensors: (one) => [one, masks],
    loss: (_, [a, b]) => loss(logits.apply(a, { training: true }) as tf.Tensor4D, b as tf.Tensor3D),
    samples: () => batch,
    source: {
      stepsPerEpoch: steps,
      epoch: async function* () {
        for (let i = 0; i < steps; i++) yield x;
      },
    },
  };
  const { history } = await runTraining(problem, {
    epochs: 1,
    learningRate: 0.01,
    optimizer: { name: 'sgd', momentum: 0.9, nesterov: true },
    capture,
  });
  const weights = model.weights.map((weight) => weight.read().dataSync());
  model.dispose();
  tf.dispose([x, masks]);
  return { weights, loss: history[0].trainLoss };
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

describe.skipIf('missing' in torch).each(['batch', 'instance'] as const)('a U-Net with %s norms on torch', (norm) => {
  beforeAll(() => tf.setBackend('torch'));

  it('learns in recorded steps what it learns in others, and on the cpu engine', async () => {
    const recorded = await trained(norm, 'auto');
    const plain = await trained(norm, 'off');
    await tf.setBackend('cpu');
    const onCpu = await trained(norm, 'off');
    await tf.setBackend('torch');
    for (const other of [plain, onCpu]) {
      expect(Math.abs(recorded.loss - other.loss)).toBeLessThan(1e-4);
      recorded.weights.forEach((values, i) => {
        expect(largest(values, other.weights[i])).toBeLessThan(1e-3);
      });
    }
  });

  it('predicts, prepared, what it predicts otherwise', async () => {
    const [model, x] = [network(norm), images()];
    const compiled = compileForInference(model);
    const wanted = (model.predict(x) as tf.Tensor).dataSync();
    for (let i = 0; i < 3; i++) {
      const [found] = compiled.predict(x);
      expect(largest(found.dataSync(), wanted)).toBeLessThan(1e-5);
      found.dispose();
    }
    expect(compiled.status()[0].state).toBe('replaying');
    compiled.dispose();
    model.dispose();
    x.dispose();
  });
});
