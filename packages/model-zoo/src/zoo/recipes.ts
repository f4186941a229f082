import type { LoopOptions, LossSpec } from '@lulc/core';

/** How the benchmark trained its models (spec 4): the same for all of them, at two states of its code. */
export interface Recipe {
  /** Where it stands. */
  readonly source: string;
  /** Images per worker and step. */
  readonly batchSize: number;
  /** Passes over the training set. */
  readonly epochs: number;
  /** Learning rate per worker: that of a run is times the number of workers, without warm-up. */
  readonly learningRate: number;
  /** Every so many epochs … */
  readonly decayEpochs: number;
  /** … the learning rate is multiplied by this. */
  readonly decayFactor: number;
  /** Micro-batches per step when there are more than two workers; else 1. */
  readonly accumulate: number;
  /** Label smoothing `s`: labels become `y(1 − s) + s/2`. */
  readonly labelSmoothing: number;
  /** What was done to training images. */
  readonly augmentation: string;
  /** Seed of everything. */
  readonly seed: number;
  /** Probabilities at or above it are positive. */
  readonly threshold: number;
}

/** A state of the benchmark's code: the last commit, or what made the published zoo. */
export type RecipeName = 'head' | 'zoo';

const common = {
  epochs: 30,
  learningRate: 1e-4,
  decayFactor: 0.1,
  accumulate: 4,
  labelSmoothing: 0,
  seed: 42,
  threshold: 0.5,
} as const;

/**
 * The benchmark's training recipes (spec 4).
 *
 * @example
 * ```ts
 * import { recipes } from '@lulc/model-zoo';
 *
 * console.log(recipes.zoo.batchSize, recipes.head.batchSize); // 100 128
 * ```
 */
export const recipes: Readonly<Record<RecipeName, Recipe>> = {
  head: {
    ...common,
    source: 'base.json at the last commit (June 2022, S1 and S2)',
    batchSize: 128,
    decayEpochs: 24,
    augmentation: 'none',
  },
  zoo: {
    ...common,
    source: 'base.json when the zoo was made (December 2021, S2 only)',
    batchSize: 100,
    decayEpochs: 27,
    augmentation:
      'one fixed choice per run, drawn while tracing (quirk Q32): with seed 42, presumably every training image flipped up-down',
  },
};

/** Training options of this library that follow a recipe; images, batches of `batchSize` and augmentation come with the data. */
export interface RecipeOptions
  extends Required<Pick<LoopOptions, 'epochs' | 'learningRate' | 'accumulate' | 'seed' | 'restoreBest'>>,
    Pick<LoopOptions, 'optimizer' | 'schedule'> {
  /** Binary cross-entropy with the recipe's label smoothing. */
  readonly loss: LossSpec;
  /** Probabilities at or above it are positive. */
  readonly threshold: number;
}

/**
 * A recipe as options of `train`: Adam without weight decay, binary cross-entropy, and the weights of the **last** epoch,
 * which the published scores are of (its reload of the best checkpoint does nothing).
 *
 * @param recipe which recipe
 * @param workers number of processes that train together, default 1; the learning rate grows with them
 * @example
 * ```ts
 * import { recipeOptions, recipes } from '@lulc/model-zoo';
 *
 * const { learningRate, accumulate } = recipeOptions(recipes.head, 4);
 * console.log(learningRate, accumulate); // 0.0004 4
 * ```
 */
export function recipeOptions(recipe: Recipe, workers = 1): RecipeOptions {
  return {
    epochs: recipe.epochs,
    learningRate: recipe.learningRate * workers,
    optimizer: { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
    schedule: { name: 'step', every: recipe.decayEpochs, factor: recipe.decayFactor, per: 'epoch' },
    accumulate: workers > 2 ? recipe.accumulate : 1,
    loss: { name: 'bce', labelSmoothing: recipe.labelSmoothing },
    seed: recipe.seed,
    restoreBest: false,
    threshold: recipe.threshold,
  };
}
