import type { Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { SegmentationBatch, SegmentationSource } from '../../data/segmentation.js';
import type { RateOptions } from '../../finetune/depthRates.js';
import { type SupervisedTask, trainSupervised } from '../../training/supervised.js';
import type { LoopOptions, TrainResult } from '../../training/types.js';
import type { SegmentationLossName, SegmentationLossSpec } from '../losses/spec.js';
import { segmentationScalarNames, segmentationScalars } from '../metrics/report.js';
import { evaluateSegmenter } from './evaluateSegmenter.js';
import { type SegmentationObjective, segmentationObjective } from './objective.js';
import { noSoftTargets, segmenterTask } from './segmenterTask.js';
import { deeplySupervised } from './supervisedOutputs.js';

/** How a segmenter is trained. */
export interface TrainSegmenterOptions extends LoopOptions, RateOptions {
  /**
   * A segmenter: its last layers are `head`, `logits` and `probabilities`. Trained in place, but for layers that are
   * frozen: their weights and statistics stay as they are to the last bit.
   */
  readonly model: LayersModel;
  /** Training batches. The caller closes it. */
  readonly train: SegmentationSource;
  /** Validation batches, epoch 0 of which is read each time. The caller closes it. */
  readonly validation?: SegmentationSource;
  /** Default `'cross-entropy'`. An objective may need the batches' soft targets, which are then read, too. */
  readonly loss?: SegmentationLossName | SegmentationLossSpec | SegmentationObjective;
  /**
   * Whether coarser levels of a U-Net's decoder are judged, too: `true` with nnU-Net's shares (1, 1/2, 1/4 …, the last 0, divided
   * by their sum), or the share of each output, finest first. Their heads are trained at the full rate, kept in checkpoints and
   * gone in the end. Default false.
   */
  readonly deepSupervision?: boolean | readonly number[];
  /** Batches of a validation, the first ones of its source, at least 1; default all. */
  readonly validationBatches?: number;
}

/**
 * Trains a segmenter with everything `runTraining` offers. The best epoch is, unless told otherwise, the one with
 * the highest validation `meanIou` (pooled, over the classes present).
 *
 * Metrics in the history: `loss`, `meanIou`, `overallAccuracy`, `kappa`, `meanAccuracy`, `meanF1` and `foregroundF1`.
 *
 * @param options model, data and everything else
 * @returns how it ended; the model holds the best, else the averaged, else the last weights
 * @throws LulcError as `runTraining` does; `incompatible` or `shape-mismatch` when model, loss and data do not fit;
 *   `invalid-argument` for a mask value that is no class
 * @example
 * ```ts
 * import { type SegmentationSource, trainSegmenter } from '@lulc/core/segmentation';
 * import type { LayersModel } from '@tensorflow/tfjs-layers';
 *
 * async function fit(model: LayersModel, batches: SegmentationSource, validation: SegmentationSource): Promise<void> {
 *   const { best } = await trainSegmenter({
 *     model,
 *     train: batches,
 *     validation,
 *     loss: 'dice-ce',
 *     epochs: 30,
 *     learningRate: 1e-3,
 *     layerRates: { head: 10 },
 *     earlyStopping: { patience: 5 },
 *   });
 *   console.log(best);
 * }
 * ```
 */
export async function trainSegmenter(options: TrainSegmenterOptions): Promise<TrainResult> {
  const { model, train: source, validation, validationBatches: batches } = options;
  const objective = segmentationObjective(options.loss);
  const task = segmenterTask(model, source);
  if (objective.needsSoft && !source.info.softChannels) throw noSoftTargets(source.info.name);
  if (validation !== undefined) segmenterTask(model, validation);

  const { deepSupervision = false, seed = 42 } = options;
  const deep = deepSupervision === false ? undefined : deeplySupervised(model, deepSupervision, source.info, seed);
  const outputs = deep?.of ?? ((images: Tensor4D) => ({ logits: task.logits(images, true), deep: [], weights: [1] }));
  const supervised: SupervisedTask<SegmentationBatch> = {
    source,
    lossSpec: deep === undefined ? objective.spec : { loss: objective.spec, deepSupervision: deep.weights },
    extra: deep?.heads,
    tensors: (batch) => [task.images(batch), task.masks(batch), ...(objective.needsSoft ? [task.soft(batch)] : [])],
    loss: (_, [images, masks, soft]) =>
      objective.loss(outputs(images as Tensor4D), {
        masks: masks as Tensor3D,
        soft: soft as Tensor4D | undefined,
      }),
    samples: (batch) => batch.imageShape[0],
    validate:
      validation &&
      (async (signal) => {
        const report = await evaluateSegmenter(model, validation, { loss: objective.validationLoss, batches, signal });
        return { loss: report.loss, ...segmentationScalars(report.metrics) };
      }),
    metricNames: ['loss', ...segmentationScalarNames],
    defaultMonitor: { metric: 'meanIou', mode: 'max' },
  };
  return trainSupervised(model, supervised, options).finally(() => deep?.dispose());
}
