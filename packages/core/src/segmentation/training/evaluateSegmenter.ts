import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { SegmentationSource } from '../../data/segmentation.js';
import { LulcError } from '../../errors/lulcError.js';
import { requireCount } from '../../errors/optionChecks.js';
import { captured } from '../../ops/capture.js';
import { batchOutputs, type EvaluationReport, type PredictOptions } from '../../training/evaluate.js';
import { type SegmentationLossName, type SegmentationLossSpec, segmentationLoss } from '../losses/spec.js';
import type { SegmentationReport } from '../metrics/report.js';
import { segmentationMetrics } from '../metrics/segmentationMetrics.js';
import { segmenterTask } from './segmenterTask.js';

/** How a segmenter is scored. */
export interface EvaluateSegmenterOptions extends PredictOptions {
  /** The loss to report; default `'cross-entropy'`. */
  readonly loss?: SegmentationLossName | SegmentationLossSpec;
  /** Batches that are read, the first ones of the source, at least 1; default all. */
  readonly batches?: number;
  /**
   * Told after each batch how many of how many samples are done.
   *
   * @param done samples so far
   * @param total samples that will be read
   */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The predicted classes of one batch. Its arrays are copies, safe to keep. */
export interface MaskPrediction {
  /** Dataset indices of the rows. */
  readonly indices: readonly number[];
  /** `[rows, height, width]` class indices. */
  readonly predicted: Uint8Array;
  /** `[rows, height, width]`: the true class indices, or 255. */
  readonly masks: Uint8Array;
  /** `[rows, height, width]`. */
  readonly shape: readonly [number, number, number];
  /** Loss of the batch. */
  readonly loss: number;
}

/**
 * Runs a segmenter over one pass of a source, batch by batch, in inference mode.
 *
 * @param model a segmenter: its last layers are `head`, `logits` and `probabilities`
 * @param source where the batches come from; its epoch 0 is read; the caller closes it
 * @param options the loss, how much is read, and a signal
 * @returns the predictions, in the source's order
 * @throws LulcError `incompatible` or `shape-mismatch` when model and data do not fit, `invalid-argument` for a mask value
 *   that is no class, `aborted` by the signal
 */
export async function* predictMaskBatches(
  model: LayersModel,
  source: SegmentationSource,
  options: EvaluateSegmenterOptions = {},
): AsyncGenerator<MaskPrediction> {
  const task = segmenterTask(model, source);
  const loss = segmentationLoss(options.loss);
  const most = batchLimit(options);
  const prediction = captured(([images, masks]) => {
    const logits = task.logits(images as tf.Tensor4D, false);
    return [tf.argMax(logits, 3), loss(logits, masks as tf.Tensor3D)];
  }, 'frozen');
  let done = 0;
  try {
    const batches = batchOutputs(
      source,
      options.signal,
      (batch) => tf.tidy(() => prediction.run([task.images(batch), task.masks(batch)])),
      ({ masks, indices, maskShape }) => ({ masks: masks.slice(), indices: [...indices], shape: maskShape }),
    );
    for await (const { kept, values } of batches) {
      yield { ...kept, predicted: Uint8Array.from(values[0]), loss: values[1][0] };
      if (++done === most) break;
    }
  } finally {
    prediction.dispose();
  }
}

function batchLimit({ batches }: EvaluateSegmenterOptions): number {
  if (batches !== undefined) requireCount({ batches });
  return batches ?? Number.POSITIVE_INFINITY;
}

/**
 * Scores a segmenter on one pass of a source.
 *
 * @param model a segmenter: its last layers are `head`, `logits` and `probabilities`
 * @param source where the batches come from; its epoch 0 is read; the caller closes it
 * @param options see {@link EvaluateSegmenterOptions}
 * @returns metrics with a per-class table, throughput, and the loss: the mean over the batches, each weighted with its
 *   pixels that count (of a cross-entropy, the mean over all those pixels)
 * @throws LulcError `incompatible` or `shape-mismatch` when model and data do not fit, `invalid-argument` when no pixel
 *   counts, a mask value is no class or the model gives NaN, `aborted` by the signal
 * @example
 * ```ts
 * import { evaluateSegmenter, type SegmentationSource } from '@lulc/core/segmentation';
 * import type { LayersModel } from '@tensorflow/tfjs-layers';
 *
 * async function printScores(model: LayersModel, test: SegmentationSource): Promise<void> {
 *   const { metrics } = await evaluateSegmenter(model, test);
 *   console.table(metrics.perClass);
 *   console.log(metrics.meanIou, metrics.overallAccuracy);
 * }
 * ```
 */
export async function evaluateSegmenter(
  model: LayersModel,
  source: SegmentationSource,
  options: EvaluateSegmenterOptions = {},
): Promise<EvaluationReport<SegmentationReport>> {
  const { info } = source;
  const metrics = segmentationMetrics(info);
  const begin = performance.now();
  const total = Math.min(source.length, batchLimit(options) * source.batchSize);
  let samples = 0;
  let pixels = 0;
  let lossSum = 0;
  for await (const { predicted, masks, shape, loss } of predictMaskBatches(model, source, options)) {
    if (Number.isNaN(loss)) {
      throw new LulcError('invalid-argument', 'the loss is NaN', {
        where: { dataset: info.name, sample: samples },
        hint: 'The model diverged or its input held NaN.',
      });
    }
    const counted = metrics.update(predicted, masks, shape[0]);
    lossSum += loss * counted;
    pixels += counted;
    samples += shape[0];
    options.onProgress?.(samples, total);
  }
  if (pixels === 0) {
    throw new LulcError('invalid-argument', 'there is nothing to evaluate', {
      where: { dataset: info.name, samples },
      hint: samples > 0 ? 'Every pixel of every mask is ignored.' : 'The source is empty.',
    });
  }
  const seconds = (performance.now() - begin) / 1000;
  return {
    dataset: info.name,
    split: info.split,
    simulated: info.simulated,
    loss: lossSum / pixels,
    metrics: metrics.report(),
    seconds,
    imagesPerSecond: samples / seconds,
  };
}
