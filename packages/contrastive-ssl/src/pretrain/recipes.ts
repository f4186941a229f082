import type { MonitorOptions, OptimizerSpec, ScheduleSpec } from '@lulc/core';

/** What a published recipe says of a training loop; spread it into the options of a run. */
export interface Recipe {
  /** Passes over the training data. */
  readonly epochs: number;
  /** Base learning rate. */
  readonly learningRate: number;
  /** Optimiser with all its numbers. */
  readonly optimizer: OptimizerSpec;
  /** How the learning rate falls. */
  readonly schedule: ScheduleSpec;
  /** Which epoch's weights are kept, where the recipe says. */
  readonly monitor?: MonitorOptions;
}

/** Adam as both recipes of GLCNet's code have it: L2 in the gradient of every variable, PyTorch's epsilon. */
const adam: OptimizerSpec = {
  name: 'adam',
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 1e-5,
  decayOn: 'all',
};

/**
 * GLCNet's pre-training (its code's defaults): 400 epochs at batches of 256, Adam (0.9, 0.99) with L2 1e-5, learning rate
 * 1e-3 falling by a cosine per epoch to 4e-8, no warm-up; the weights of the epoch with the lowest training loss are kept.
 */
export const glcNetRecipe: Recipe = {
  epochs: 400,
  learningRate: 1e-3,
  optimizer: adam,
  schedule: { name: 'cosine', floor: 4e-8, per: 'epoch' },
  monitor: { metric: 'trainLoss', mode: 'min' },
};

/**
 * GLCNet's fine-tuning: 150 epochs at batches of 16, the same Adam, learning rate 1e-4 times 0.98 after every epoch.
 * Nothing is frozen; the decoder starts afresh.
 */
export const glcNetFineTuning: Recipe = {
  epochs: 150,
  learningRate: 1e-4,
  optimizer: adam,
  schedule: { name: 'exponential', gamma: 0.98, per: 'epoch' },
};
