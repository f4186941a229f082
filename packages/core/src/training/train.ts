import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Batch, BatchSource, ClassificationTask } from '../data/types.js';
import { LulcError } from '../errors/lulcError.js';
import type { RateOptions } from '../finetune/depthRates.js';
import { createLoss, defaultLoss, type LossName, type LossSpec } from '../losses/spec.js';
import type { ZeroSupportRule } from '../metrics/report.js';
import { metricScalars } from '../metrics/scalars.js';
import { classifierTask, labelTensor } from './classifierTask.js';
import { classifierMetrics, evaluate } from './evaluate.js';
import { type SupervisedTask, trainSupervised } from './supervised.js';
import type { LoopOptions, MonitorOptions, TrainResult } from './types.js';

/** How a classifier is trained. */
export interface TrainOptions extends LoopOptions, RateOptions {
  /**
   * A classifier: its last two layers are `head` (logits) and `probabilities`. Trained in place, but for layers that are
   * frozen: their weights and statistics stay as they are to the last bit.
   */
  readonly model: LayersModel;
  /** Training batches. The caller closes it. */
  readonly train: BatchSource;
  /** Validation batches, epoch 0 of which is read each time. The caller closes it. */
  readonly validation?: BatchSource;
  /** Default by task: `'bce'` or `'softmax-cross-entropy'`. */
  readonly loss?: LossName | LossSpec;
  /** Multi-label validation: probabilities at or above it count as positive; default 0.5. */
  readonly threshold?: number;
  /** How classes without support enter validation's macro means; default `'as-zero'`. */
  readonly zeroSupport?: ZeroSupportRule;
}

/** The metric that names the best epoch when none is asked for: the benchmark's selection rule, and accuracy. */
const defaultMonitors: Readonly<Record<ClassificationTask, MonitorOptions>> = {
  'multi-label': { metric: 'microF1', mode: 'max' },
  'single-label': { metric: 'accuracy', mode: 'max' },
};

/**
 * Trains a classifier with everything {@link runTraining} offers. The best epoch is, unless told otherwise, the one with
 * the highest validation `microF1` (multi-label) or `accuracy` (single-label).
 *
 * Metrics in the history: `loss` and, multi-label, `microF1`, `macroF1`, `microAveragePrecision`, `macroJaccard` …;
 * single-label, `accuracy`, `kappa`, `macroF1` ….
 *
 * @param options model, data and everything else
 * @returns how it ended; the model holds the best, else the averaged, else the last weights
 * @throws LulcError as {@link runTraining} does; `incompatible` or `shape-mismatch` when model, loss and data do not fit
 * @example
 * ```ts
 * import { type BatchSource, train } from '@lulc/core';
 * import type { LayersModel } from '@tensorflow/tfjs-layers';
 *
 * async function fit(model: LayersModel, batches: BatchSource, validation: BatchSource): Promise<void> {
 *   const { best, imagesPerSecond } = await train({
 *     model,
 *     train: batches,
 *     validation,
 *     epochs: 30,
 *     learningRate: 1e-3,
 *     schedule: { name: 'cosine', warmup: 1 },
 *     earlyStopping: { patience: 5 },
 *     ema: { decay: 0.999 },
 *   });
 *   console.log(best, imagesPerSecond);
 * }
 * ```
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { model, train: source, validation, threshold, zeroSupport } = options;
  const { info } = source;
  if (validation !== undefined && validation.info.task !== info.task) {
    throw new LulcError('incompatible', `training data are ${info.task}, validation data ${validation.info.task}`);
  }
  const lossSpec = options.loss ?? defaultLoss[info.task];
  const loss = createLoss(lossSpec, info.task);
  const task = classifierTask(model, source);
  if (validation !== undefined) classifierTask(model, validation);

  const supervised: SupervisedTask<Batch> = {
    source,
    lossSpec,
    tensors: (batch) => [task.images(batch), labelTensor(batch)],
    loss: (_, [images, labels]) => loss(task.logits(images as Tensor4D, true), labels as Tensor2D),
    samples: (batch) => batch.imageShape[0],
    validate:
      validation &&
      (async (signal) => {
        const report = await evaluate(model, validation, { threshold, zeroSupport, loss: lossSpec, signal });
        return { loss: report.loss, ...metricScalars(report.metrics) };
      }),
    metricNames: ['loss', ...Object.keys(metricScalars(classifierMetrics(info, {}).report()))],
    defaultMonitor: defaultMonitors[info.task],
  };
  return trainSupervised(model, supervised, options);
}
