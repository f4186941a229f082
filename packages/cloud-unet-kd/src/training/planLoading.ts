import { knownOption, type Normalization } from '@lulc/core';
import { nnUNetViews, type ViewRecipe } from '@lulc/core/views';
import type { Plan } from '../plan/plan.js';

/** Options of {@link planLoading}. */
export interface PlanLoadingOptions {
  /** `'train'` (default): augmented, `iterations` batches an epoch. `'validation'`: only cut, `validationIterations` batches. */
  readonly part?: 'train' | 'validation';
  /** Seed of everything that is drawn; default 0. */
  readonly seed?: number;
  /** See `NnUNetViewOptions.variant` of `@lulc/core/views`; default `'corrected'`. */
  readonly variant?: 'corrected' | 'reference';
}

/** What a loader of images with masks is to be told for a plan. Plain data, as the loaders of `@lulc/sentinel2-data` take it. */
export interface PlanLoading {
  /** Samples of a batch. */
  readonly batchSize: number;
  /** How images are brought to the numbers the network sees. */
  readonly normalization: Normalization;
  /** How patches are cut and changed. */
  readonly view: ViewRecipe;
  /** How samples are drawn: uniformly with replacement, a share of each batch about foreground. */
  readonly sampling: {
    /** Batches of an epoch. */
    readonly iterations: number;
    /** Share of a batch that is about foreground. */
    readonly foregroundShare: number;
  };
  /** Seed of everything that is drawn. */
  readonly seed: number;
}

/**
 * How the data of a plan are loaded, in training and in the validation after each epoch, which sees patches drawn as training
 * draws them (spec 4).
 *
 * @param plan see `planFor`
 * @param options part, seed and variant
 * @throws LulcError `unknown-name` for a part or variant there is not
 * @example
 * ```ts
 * // not run: needs chips and a plan
 * import { type Plan, planLoading } from '@lulc/cloud-unet-kd';
 * import type { SegmentationDataset } from '@lulc/core/segmentation';
 * import { createSegmentationLoader } from '@lulc/sentinel2-data/node';
 *
 * const sources = (plan: Plan, chips: SegmentationDataset, others: SegmentationDataset) => ({
 *   train: createSegmentationLoader(chips, { ...planLoading(plan), workers: 4 }),
 *   validation: createSegmentationLoader(others, planLoading(plan, { part: 'validation' })),
 * });
 * ```
 */
export function planLoading(plan: Plan, options: PlanLoadingOptions = {}): PlanLoading {
  const { seed = 0, variant = 'corrected' } = options;
  const part = knownOption('part', options.part ?? 'train', ['train', 'validation']);
  const { patchSize, batchSize, normalization, foregroundShare } = plan;
  const augment = part === 'train';
  return {
    batchSize,
    normalization,
    view: nnUNetViews({ size: patchSize, augment, variant }),
    sampling: { iterations: augment ? plan.iterations : plan.validationIterations, foregroundShare },
    seed,
  };
}
