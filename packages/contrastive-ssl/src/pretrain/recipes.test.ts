import { learningRateAt, memoryCheckpoints, runTraining } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect, it } from 'vitest';
import { glcNetFineTuning, glcNetRecipe } from './recipes.js';

it.each([
  [glcNetRecipe, 0, 1e-3],
  [glcNetRecipe, 200, 5.0002e-4],
  [glcNetRecipe, 400, 4e-8],
  [glcNetFineTuning, 0, 1e-4],
  [glcNetFineTuning, 150, 4.829602124e-6],
])('learning rates %#', ({ schedule, learningRate, epochs }, epoch, expected) => {
  expect(learningRateAt(schedule, learningRate, { epoch, epochs }) / expected).toBeCloseTo(1, 9);
});

it.each([glcNetRecipe, glcNetFineTuning])('are taken by the loop, and decay every variable %#', async (recipe) => {
  const bias = tf.variable(tf.tensor1d([3]));
  const source = {
    stepsPerEpoch: 1,
    async *epoch() {
      yield 0;
    },
  };
  const checkpoints = { store: memoryCheckpoints() };
  await runTraining(
    {
      source,
      weights: [{ name: 'bias', variable: bias }],
      loss: () => tf.sum(tf.mul(bias, 1e-9)) as tf.Scalar,
      samples: () => 1,
    },
    { ...recipe, epochs: 1, checkpoints },
  );
  // The gradient is that of the L2 term, 3e-5, and Adam's first step has the length of the rate.
  expect((3 - bias.dataSync()[0]) / recipe.learningRate).toBeCloseTo(1, 2);
});
