import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ImageSetInfo } from '../data/types.js';
import type { RateOptions } from '../finetune/depthRates.js';
import { keepFrozenStatistics } from '../finetune/frozenStatistics.js';
import { runTraining } from './loop.js';
import { modelVariables } from './modelVariables.js';
import type { LoopOptions, NamedVariable, TrainingProblem, TrainingSource, TrainResult } from './types.js';

/** Batches of labelled images, whatever their labels are. */
export interface LabelledSource<B> extends TrainingSource<B> {
  /** Of the dataset behind it. */
  readonly info: ImageSetInfo & { readonly classes: readonly string[] };
  /** Number of samples. */
  readonly length: number;
  /** Samples of a full batch. */
  readonly batchSize: number;
}

/** What kinds of supervised training differ in. */
export interface SupervisedTask<B>
  extends Pick<
    TrainingProblem<B>,
    'source' | 'tensors' | 'loss' | 'samples' | 'validate' | 'metricNames' | 'defaultMonitor'
  > {
  readonly source: LabelledSource<B>;
  /** What the loss was made from; plain data, the same when a run goes on. */
  readonly lossSpec: unknown;
  /** What is trained beside the model, at the full rate: heads that only the loss sees. Default nothing. */
  readonly extra?: readonly NamedVariable[];
}

/**
 * Trains a model on labelled images: its variables with their rates, frozen layers left as they are to the last bit, and
 * a fingerprint that refuses to go on with other data.
 *
 * @param model trained in place
 * @param task batches, loss and validation
 * @param options the loop's, and how rates differ between layers
 * @throws LulcError as `modelVariables` and `runTraining` do
 */
export async function trainSupervised<B>(
  model: LayersModel,
  { lossSpec, extra = [], ...task }: SupervisedTask<B>,
  options: LoopOptions & RateOptions,
): Promise<TrainResult> {
  const { info, length, batchSize } = task.source;
  const { weights, state, frozen } = modelVariables(model, options);
  const problem: TrainingProblem<B> = {
    ...task,
    weights: [...weights, ...extra],
    state,
    fingerprint: {
      loss: lossSpec,
      model: model.name,
      dataset: info.name,
      split: info.split,
      samples: length,
      batchSize,
      classes: info.classes,
      bands: info.bands,
      frozen,
    },
  };
  const restore = keepFrozenStatistics(model);
  return runTraining(problem, options).finally(restore);
}
