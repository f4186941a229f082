import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { ignoreLabel, type SegmentationBatch, type SegmentationSource } from '../../data/segmentation.js';
import { LulcError } from '../../errors/lulcError.js';
import { type ImageTask, imageTask } from '../../training/imageTask.js';
import { segmentationLogits } from '../segmenter.js';

/** A segmenter bound to data it fits. */
export interface SegmenterTask extends ImageTask<tf.Tensor4D> {
  /**
   * Masks of a batch as a tensor `[B, H, W]`, int32.
   *
   * @throws LulcError `shape-mismatch` when they are not of the images' size, `invalid-argument` for a value that is no class
   */
  masks(batch: SegmentationBatch): tf.Tensor3D;
  /**
   * Soft targets of a batch as a tensor `[B, H, W, C]`.
   *
   * @throws LulcError `incompatible` when it has none
   */
  soft(batch: SegmentationBatch): tf.Tensor4D;
}

/**
 * Checks that a segmenter and a source fit.
 *
 * @throws LulcError `incompatible` for other bands or classes than the model's, or a model without one image input and
 *   logits
 */
export function segmenterTask(model: LayersModel, { info }: Pick<SegmentationSource, 'info'>): SegmenterTask {
  const task = imageTask<tf.Tensor4D>(model, segmentationLogits(model), info);
  return {
    ...task,
    masks: (batch) => maskTensor(batch, task.classes, info.name),
    soft: (batch) => softTensor(batch, info.name),
  };
}

function softTensor({ soft, maskShape }: SegmentationBatch, dataset: string): tf.Tensor4D {
  if (soft === undefined) throw noSoftTargets(dataset);
  return tf.tensor4d(soft, [...maskShape, soft.length / (maskShape[0] * maskShape[1] * maskShape[2])]);
}

/** For an objective that needs what a dataset has not. */
export const noSoftTargets = (dataset: string): LulcError =>
  new LulcError('incompatible', 'the loss needs soft targets of every pixel, but the data have none', {
    where: { dataset },
    hint: "Give samples `soft` and say in the dataset's info how many `softChannels` they have.",
  });

function maskTensor(
  { masks, maskShape, imageShape }: SegmentationBatch,
  classes: number,
  dataset: string,
): tf.Tensor3D {
  if (!tf.util.arraysEqual([...maskShape], imageShape.slice(0, 3))) {
    throw new LulcError('shape-mismatch', `masks are [${maskShape}], images [${imageShape}]`, { where: { dataset } });
  }
  const strange = masks.find((value) => value >= classes && value !== ignoreLabel);
  if (strange !== undefined) {
    throw new LulcError('invalid-argument', `a mask holds ${strange}; there are ${classes} classes`, {
      where: { dataset },
      hint: `Masks hold class indices from 0, or ${ignoreLabel} where nothing counts.`,
    });
  }
  return tf.tensor3d(Int32Array.from(masks), [...maskShape], 'int32');
}
