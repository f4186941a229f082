import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { ignoreLabel, type SegmentationBatch, type SegmentationSource } from '../../data/segmentation.js';
import { LulcError } from '../../errors/lulcError.js';
import type { PredictOptions } from '../../training/evaluate.js';
import {
  type MetricChange,
  metricChange,
  metricChanges,
  ProbabilityDifference,
} from '../../training/probabilityDifference.js';
import { mostProbable } from '../inference/predictMask.js';
import { type SegmentationScalarName, segmentationScalars } from '../metrics/report.js';
import { segmentationMetrics } from '../metrics/segmentationMetrics.js';
import { segmenterTask } from './segmenterTask.js';

/**
 * A segmenter outside of TensorFlow.js, such as an ONNX file in ONNX Runtime: gives the probabilities
 * `[rows, height, width, classes]`, row-major, of a batch.
 */
export type PixelProbabilityFunction = (batch: SegmentationBatch) => Promise<Float32Array>;

/** What {@link compareSegmenters} found: plain data, fit for JSON. */
export interface SegmenterComparison {
  /** Number of images compared. */
  readonly images: number;
  /** Number of pixels compared: those whose mask counts. */
  readonly pixels: number;
  /** Largest absolute difference of a probability. */
  readonly maxDifference: number;
  /** Mean absolute difference over pixels and classes. */
  readonly meanDifference: number;
  /** Share of pixels of the same most probable class. */
  readonly agreement: number;
  /** The averages of the metrics by name (see `segmentationScalars`). */
  readonly metrics: { readonly [name in SegmentationScalarName]: MetricChange };
  /** Jaccard index (IoU) of each class over all pixels, in class order; 0 for a class neither in a mask nor predicted. */
  readonly jaccard: readonly MetricChange[];
}

/**
 * What a segmenter loses by being quantised, or by any other way of writing it: both predict the same images.
 *
 * @param model the segmenter as it was
 * @param quantized the other: a segmenter, or a function that runs it elsewhere
 * @param source images with masks; its epoch 0 is read; the caller closes it
 * @param options a signal that ends the comparison
 * @throws LulcError `incompatible` or `shape-mismatch` when segmenters and data do not fit, `invalid-argument` when no pixel
 *   counts, `aborted` by the signal
 * @example
 * ```ts
 * // not run: needs a segmenter, its ONNX file in a runtime, and data
 * import type { LayersModel } from '@tensorflow/tfjs-layers';
 * import { compareSegmenters, type PixelProbabilityFunction, type SegmentationSource } from '@lulc/core/segmentation';
 *
 * async function printLoss(
 *   model: LayersModel,
 *   int8: PixelProbabilityFunction,
 *   validation: SegmentationSource,
 * ): Promise<void> {
 *   const { agreement, jaccard, maxDifference } = await compareSegmenters(model, int8, validation);
 *   console.log(agreement, jaccard[1].delta, maxDifference);
 * }
 * ```
 */
export async function compareSegmenters(
  model: LayersModel,
  quantized: LayersModel | PixelProbabilityFunction,
  source: SegmentationSource,
  options: PredictOptions = {},
): Promise<SegmenterComparison> {
  const { info } = source;
  const [original, other] = [model, quantized].map((network) => probabilitiesOf(network, source));
  const [before, after] = [segmentationMetrics(info), segmentationMetrics(info)];
  const difference = new ProbabilityDifference();
  let images = 0;
  let same = 0;
  for await (const batch of source.epoch(0)) {
    if (options.signal?.aborted) throw new LulcError('aborted', 'the comparison was aborted');
    const [rows] = batch.maskShape;
    // Another network may outlast the batch, whose buffers are reused.
    const masks = batch.masks.slice();
    const wanted = await original(batch);
    const got = await other(batch);
    const classes = info.classes.length;
    if (wanted.length !== got.length || wanted.length !== masks.length * classes) {
      throw new LulcError('shape-mismatch', 'the two segmenters give different numbers of probabilities', {
        where: { model: model.name, expected: masks.length * classes, of: wanted.length, got: got.length },
      });
    }
    const [chosen, chosenByOther] = [wanted, got].map((values) => {
      const predicted = new Uint8Array(masks.length);
      mostProbable({ values, classes }, predicted);
      return predicted;
    });
    for (const [pixel, mask] of masks.entries()) {
      if (mask === ignoreLabel) continue;
      for (let i = pixel * classes; i < (pixel + 1) * classes; i++) difference.add(wanted[i], got[i]);
      if (chosen[pixel] === chosenByOther[pixel]) same++;
    }
    before.update(chosen, masks, rows);
    after.update(chosenByOther, masks, rows);
    images += rows;
  }
  const pixels = difference.count / info.classes.length;
  if (pixels === 0) {
    throw new LulcError('invalid-argument', 'there is nothing to compare on', { where: { dataset: info.name } });
  }
  const [was, is] = [before.report(), after.report()];
  return {
    images,
    pixels,
    maxDifference: difference.largest,
    meanDifference: difference.mean,
    agreement: same / pixels,
    metrics: metricChanges(segmentationScalars(was), segmentationScalars(is)),
    jaccard: was.perClass.map(({ iou }, c) => metricChange(iou ?? 0, is.perClass[c].iou ?? 0)),
  };
}

function probabilitiesOf(
  network: LayersModel | PixelProbabilityFunction,
  source: SegmentationSource,
): PixelProbabilityFunction {
  if (typeof network === 'function') return network;
  const task = segmenterTask(network, source);
  return async (batch) => {
    const probabilities = tf.tidy(() => tf.softmax(task.logits(task.images(batch), false)));
    try {
      return await probabilities.data<'float32'>();
    } finally {
      probabilities.dispose();
    }
  };
}
