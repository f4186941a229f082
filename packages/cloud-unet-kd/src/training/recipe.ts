import { knownOption, type LoopOptions, LulcError } from '@lulc/core';
import type { SegmentationLossName, SegmentationLossSpec, SegmentationObjective } from '@lulc/core/segmentation';
import { cloudLoss } from '../distillation/objective.js';

/** How a network learns, beside what the plan says. */
export interface TrainingRecipe {
  /** What is minimised. */
  readonly loss: SegmentationLossName | SegmentationLossSpec | SegmentationObjective;
  /** How gradients become steps. */
  readonly optimizer: NonNullable<LoopOptions['optimizer']>;
  /** How the learning rate falls. */
  readonly schedule: NonNullable<LoopOptions['schedule']>;
  /** How gradients are bounded. */
  readonly clip: NonNullable<LoopOptions['clip']>;
}

/** A part of the recipe that is to be another, and why. */
export type RecipeOverride = {
  [Field in keyof TrainingRecipe]: {
    /** Which. */
    readonly field: Field;
    /** What is to hold. */
    readonly value: TrainingRecipe[Field];
    /** Why: one sentence. */
    readonly reason: string;
  };
}[keyof TrainingRecipe];

/**
 * nnU-Net's recipe (spec 4): cross-entropy and soft Dice of the foreground over the batch; gradient descent with Nesterov
 * momentum 0.99, weight decay 3e-5 on every parameter; rate `(1 − epoch/epochs)^0.9` of the base, by epoch; gradients of norm
 * 12 at most.
 */
export const nnUNetRecipe: TrainingRecipe = {
  loss: cloudLoss,
  optimizer: { name: 'sgd', momentum: 0.99, nesterov: true, weightDecay: 3e-5, decayOn: 'all' },
  schedule: { name: 'poly', power: 0.9, per: 'epoch' },
  clip: { globalNorm: 12 },
};

/**
 * nnU-Net's recipe with some parts exchanged.
 *
 * @param overrides parts to hold, with reasons
 * @throws LulcError `unknown-name` for a part there is not, `invalid-argument` for one without a reason
 */
export function recipeWith(overrides: readonly RecipeOverride[]): TrainingRecipe {
  for (const { field, reason } of overrides) {
    knownOption('field', field, Object.keys(nnUNetRecipe) as (keyof TrainingRecipe)[]);
    if (reason.trim() === '') {
      throw new LulcError('invalid-argument', 'a part of the recipe is exchanged without a reason', {
        where: { field },
      });
    }
  }
  return { ...nnUNetRecipe, ...Object.fromEntries(overrides.map(({ field, value }) => [field, value])) };
}
