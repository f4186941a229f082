import {
  type LoopOptions,
  LulcError,
  type MonitorOptions,
  type OptionKinds,
  requireKinds,
  type TrainResult,
} from '@lulc/core';
import { type SegmentationSource, trainSegmenter } from '@lulc/core/segmentation';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { unetForPlan } from '../network/plainConvUnet.js';
import { planKinds } from '../plan/checkPlan.js';
import type { Plan } from '../plan/plan.js';
import { modelKinds, requiredInside, sourceKinds } from '../untypedOptions.js';
import { type RecipeOverride, recipeWith } from './recipe.js';

/** Options of {@link trainUnet}. */
export interface TrainUnetOptions
  extends Omit<LoopOptions, 'epochs' | 'learningRate' | 'optimizer' | 'schedule' | 'clip'> {
  /** What to train: patch, batch, epochs, base rate, deep supervision. */
  readonly plan: Plan;
  /** A segmenter, trained in place. Default: the plan's network with random weights from `seed`. */
  readonly model?: LayersModel;
  /** Training batches, loaded by {@link planLoading}. The caller closes it. */
  readonly train: SegmentationSource;
  /** Validation batches, loaded by {@link planLoading} with `part: 'validation'`. The caller closes it. */
  readonly validation?: SegmentationSource;
  /** Parts of nnU-Net's recipe that are to be others, with reasons. Default none. */
  readonly overrides?: readonly RecipeOverride[];
}

/** What {@link trainUnet} leaves. */
export interface TrainedUnet {
  /** The network with its best weights, else its last. */
  readonly model: LayersModel;
  /** How the run ended. */
  readonly result: TrainResult;
  /** The parts of nnU-Net's recipe that were others, with reasons. */
  readonly overrides: readonly RecipeOverride[];
}

/** What options may be, for callers without types; what is of the loop is looked at there. */
const optionKinds = {
  plan: planKinds,
  model: modelKinds,
  train: sourceKinds,
  validation: sourceKinds,
  overrides: 'records',
} as const satisfies Readonly<Partial<Record<keyof TrainUnetOptions, OptionKinds>>>;
const requiredOptions = [
  ...['plan', 'train'],
  ...(['plan', 'model', 'train', 'validation'] as const).flatMap((name) => requiredInside(name, optionKinds[name])),
];

/**
 * By what epochs are judged: nnU-Net's moving average of pseudo-Dice, over about ten epochs, but over no more than a tenth of
 * the run: in a short one an average that lags behind would name one of the first epochs the best.
 */
const averagedDice = (epochs: number): MonitorOptions => ({
  metric: 'foregroundF1',
  mode: 'max',
  smoothing: Math.max(0, Math.min(0.9, 1 - 10 / epochs)),
});

/**
 * Trains a U-Net as nnU-Net does (Isensee et al. 2021; spec 4): its recipe, deep supervision with weights 1, 1/2, 1/4 …, the last
 * 0, and the best epoch by the moving average of the foreground's pooled Dice: 0.9 of the old value, less in runs of fewer than
 * 100 epochs (`1 − 10/epochs`, not below 0). Runs go on from checkpoints as `trainSegmenter`'s do.
 *
 * @param options plan, data, and everything a run can be told that the plan does not say
 * @throws LulcError as `trainSegmenter` does; `incompatible` when batches are not the plan's, `unknown-name` or `invalid-argument`
 *   for overrides
 * @example
 * ```ts
 * // not run: needs chips
 * import { type Plan, planLoading, trainUnet } from '@lulc/cloud-unet-kd';
 * import { fileCheckpoints, progressLog } from '@lulc/core/node';
 * import type { SegmentationDataset } from '@lulc/core/segmentation';
 * import { createSegmentationLoader } from '@lulc/sentinel2-data/node';
 *
 * async function fit(plan: Plan, chips: SegmentationDataset, others: SegmentationDataset): Promise<void> {
 *   const { result } = await trainUnet({
 *     plan,
 *     train: createSegmentationLoader(chips, planLoading(plan)),
 *     validation: createSegmentationLoader(others, planLoading(plan, { part: 'validation' })),
 *     checkpoints: { store: fileCheckpoints('runs/fold0'), everyEpochs: 50 },
 *     listeners: [progressLog()],
 *   });
 *   console.log(result.best);
 * }
 * ```
 */
export async function trainUnet(options: TrainUnetOptions): Promise<TrainedUnet> {
  requireKinds(options, optionKinds, requiredOptions);
  const { plan, overrides = [], train, validation, ...run } = options;
  const recipe = recipeWith(overrides);
  checkSource(plan, train, options.accumulate ?? 1);
  const model = options.model ?? unetForPlan(plan, { seed: options.seed ?? 42 });
  const { epochs, learningRate, changes: _, ...planned } = plan;
  const result = await trainSegmenter({
    ...(validation === undefined ? {} : { monitor: averagedDice(epochs) }),
    ...run,
    ...recipe,
    model,
    train,
    validation,
    epochs,
    learningRate,
    // A network of one or two stages has no coarser level to judge.
    deepSupervision: plan.deepSupervision && plan.widths.length > 2,
    fingerprint: { ...run.fingerprint, plan: planned },
  });
  return { model, result, overrides };
}

function checkSource(plan: Plan, { info, batchSize }: SegmentationSource, accumulate: number): void {
  for (const [what, wanted, got] of [
    ['bands', plan.bands, info.bands],
    ['classes', plan.classes, info.classes],
    ['samples in a step', [plan.batchSize], [batchSize * accumulate]],
  ] as const) {
    if (wanted.join() === got.join()) continue;
    throw new LulcError('incompatible', `the plan has the ${what} ${wanted.join(', ')}, the data ${got.join(', ')}`, {
      where: { dataset: info.name },
      hint: 'Load the data by planLoading(plan).',
    });
  }
}
