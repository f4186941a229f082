import { z } from 'zod';
import { count, share, text } from './basics.js';

const decayOn = z
  .enum(['weights', 'all'])
  .optional()
  .describe('Which variables decay: weights (no biases, no normalisation) or all. Default: weights.');
const weightDecay = z.number().min(0).optional();
const adamMoments = {
  beta1: share().optional().describe('Decay of the mean of the gradient. Default: 0.9.'),
  beta2: share().optional().describe('Decay of its mean square. Default: 0.999.'),
  epsilon: z.number().positive().optional().describe('Added to the root. Default: 1e-7.'),
};
const optimizers = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('adamw').describe('Adam with decoupled weight decay.'),
    ...adamMoments,
    weightDecay: weightDecay.describe('Decoupled decay. Default: 0.01.'),
    decayOn,
  }),
  z.strictObject({
    name: z.literal('adam').describe('Adam.'),
    ...adamMoments,
    weightDecay: weightDecay.describe('L2 term added to the gradient. Default: 0.'),
    decayOn,
  }),
  z.strictObject({
    name: z.literal('sgd').describe('Stochastic gradient descent.'),
    momentum: z.number().min(0).lt(1).optional().describe('Default: 0.'),
    nesterov: z.boolean().optional().describe('Looks ahead. Default: false.'),
    weightDecay: weightDecay.describe('L2 term added to the gradient. Default: 0.'),
    decayOn,
  }),
]);

const warmup = {
  warmup: z.number().min(0).optional().describe('Epochs of linear warm-up; fractions allowed. Default: 0.'),
  warmupFrom: share().optional().describe('Share of the base rate at the start of the warm-up. Default: 0.'),
  per: z.enum(['step', 'epoch']).optional().describe('Whether the rate changes at every step or epoch. Default: step.'),
};
const schedules = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('cosine').describe('Half a cosine down to the floor.'),
    floor: z.number().min(0).optional().describe('Learning rate at the end. Default: 0.'),
    ...warmup,
  }),
  z.strictObject({ name: z.literal('constant').describe('The base rate throughout.'), ...warmup }),
  z.strictObject({
    name: z.literal('step').describe('A drop every so many epochs.'),
    every: z.number().positive().describe('Epochs between drops.'),
    factor: z.number().positive().optional().describe('Factor of each drop. Default: 0.1.'),
    ...warmup,
  }),
  z.strictObject({
    name: z.literal('poly').describe('A power of what is left of the run.'),
    power: z.number().positive().optional().describe('Exponent. Default: 0.9.'),
    ...warmup,
  }),
  z.strictObject({
    name: z.literal('exponential').describe('A factor per epoch.'),
    gamma: z.number().positive().describe('Factor per epoch.'),
    ...warmup,
  }),
]);

/** What every training is told about its steps. */
export const stepSettings = {
  epochs: count().default(30).describe('Passes over the training part.'),
  batchSize: count().default(64).describe('Samples per batch.'),
  learningRate: z.number().positive().default(1e-3).describe('Base learning rate.'),
  optimizer: z
    .union([z.enum(['adamw', 'sgd', 'adam']), optimizers])
    .default('adamw')
    .describe('A name, which stands for its defaults, or a name with options.'),
  schedule: z
    .union([z.enum(['cosine', 'constant', 'poly']), schedules])
    .default('cosine')
    .describe('How the learning rate falls: a name, or a name with options.'),
  accumulate: count().default(1).describe('Batches whose gradients are averaged into one step.'),
  clip: z
    .strictObject({
      globalNorm: z.number().positive().optional().describe('Largest norm of the whole gradient.'),
      value: z.number().positive().optional().describe('Largest magnitude of a gradient element.'),
    })
    .optional()
    .describe('Bounds of the gradient. Default: none.'),
};

/** When a training writes checkpoints. */
export const checkpointSettings = {
  checkpoints: z
    .strictObject({
      everySteps: count().optional().describe('Optimiser steps between checkpoints. Default: only at epochs.'),
      everyEpochs: count().default(1).describe('Epochs between checkpoints.'),
      keepLast: count().default(2).describe('How many of the newest are kept.'),
    })
    .prefault({})
    .describe('Checkpoints, from which --resume goes on.'),
};

/** What a training with validation is told beside its steps. */
export const selectionSettings = {
  ema: z
    .strictObject({
      decay: z.number().min(0).lt(1).describe('Share of the old average kept at each step; typical 0.99 to 0.9999.'),
      warmup: z.boolean().optional().describe('Smaller decay in the first steps. Default: true.'),
    })
    .optional()
    .describe('Moving average of the weights, which is then what is evaluated and saved. Default: none.'),
  validateEvery: count().default(1).describe('Epochs between validations.'),
  monitor: z
    .strictObject({
      metric: text().describe('A validation metric (loss, accuracy, macroF1, microF1 …) or trainLoss.'),
      mode: z.enum(['min', 'max']).describe('Whether lower or higher is better.'),
    })
    .optional()
    .describe('Which metric names the best epoch. Default by task: microF1 or accuracy.'),
  earlyStopping: z
    .strictObject({
      patience: count().describe('Validations without improvement after which training stops.'),
      minDelta: z.number().min(0).optional().describe('Smallest improvement that counts. Default: 0.'),
    })
    .optional()
    .describe('Default: all epochs are trained.'),
  layerDecay: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe(
      'Factor on the learning rate from each block to the one before it, for fine-tuning; typical 0.65 to 0.9.',
    ),
  layerRates: z
    .record(text(), z.number().min(0).max(1e6))
    .optional()
    .describe(
      'Further factors on the learning rate by layer path or pattern, e.g. { head: 10 }; the last that fits counts.',
    ),
  restoreBest: z.boolean().default(true).describe('Keep the weights of the best validated epoch, not of the last.'),
};
