import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { memoryCheckpoints } from './checkpointStore.js';
import { runTraining } from './loop.js';
import type { LoopOptions, TrainingEvent, TrainingProblem } from './types.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Fits `w x = 2 x`; a batch of NaN stands for one whose gradient overflows although its loss is finite. */
async function fit(batches: readonly number[], options: Partial<LoopOptions>) {
  const weight = tf.tidy(() => tf.variable(tf.scalar(0.5)));
  const overflowing = tf.customGrad((...args) => {
    const [x] = args as [tf.Scalar];
    return { value: tf.clone(x), gradFunc: (dy: tf.Tensor) => tf.mul(dy, Number.POSITIVE_INFINITY) };
  });
  const problem: TrainingProblem<number> = {
    source: {
      stepsPerEpoch: batches.length,
      async *epoch(_, from = 0) {
        yield* batches.slice(from);
      },
    },
    weights: [{ name: 'weight', variable: weight }],
    loss: (x) =>
      Number.isNaN(x)
        ? (overflowing(weight as tf.Tensor) as tf.Scalar)
        : tf.square(tf.mul(tf.sub(weight as tf.Tensor, 2), x) as tf.Scalar),
    samples: () => 1,
  };
  const events: TrainingEvent[] = [];
  await runTraining(problem, {
    epochs: 1,
    learningRate: 0.05,
    schedule: 'constant',
    optimizer: 'adam',
    ...options,
    listeners: [
      (event) => {
        events.push(event);
      },
    ],
  });
  const value = weight.dataSync()[0];
  weight.dispose();
  const norms = events.flatMap((event) => (event.type === 'step' ? [event.gradientNorm] : []));
  return { value, norms };
}

it('changes nothing where nothing overflows: factors are powers of two', async () => {
  const plain = await fit([1, 2, 3, 1, 2], { lossScaling: 'off' });
  const scaled = await fit([1, 2, 3, 1, 2], { lossScaling: 'dynamic' });
  expect(scaled).toEqual(plain);
});

it('leaves out a step that overflows', async () => {
  const before = tf.memory().numTensors;
  const { value, norms } = await fit([1, Number.NaN, 2], { lossScaling: 'dynamic', optimizer: 'sgd' });
  // By hand: w = 0.5, then w -= 0.05 * 2 (w - 2) x^2 for x = 1 and x = 2.
  expect(value).toBeCloseTo(0.65 + 0.05 * 2 * 1.35 * 4, 5);
  expect(norms[1]).toBe(0);
  expect(tf.memory().numTensors).toBe(before);
});

it('diverges when the smallest factor overflows, too', async () => {
  const run = fit(
    Array.from({ length: 40 }, () => Number.NaN),
    { lossScaling: 'dynamic' },
  );
  await expect(run).rejects.toMatchObject({ code: 'diverged' });
});

it('keeps the factor in checkpoints', async () => {
  const store = memoryCheckpoints();
  await fit([1, Number.NaN, Number.NaN, 2], { lossScaling: 'dynamic', checkpoints: { store } });
  const [name] = await store.list();
  expect(new TextDecoder('latin1').decode(await store.load(name))).toContain('scaling/lossScale');
});

it('refuses another word', async () => {
  await expect(fit([1], { lossScaling: 'static' as 'auto' })).rejects.toMatchObject({ code: 'invalid-argument' });
});
