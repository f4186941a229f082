import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { logitsModel } from '../backbone/classifier.js';
import type { Batch, BatchSource, ClassificationTask } from '../data/types.js';
import { type ImageTask, imageTask } from './imageTask.js';

/**
 * Checks that a classifier and a source fit, and gives its logits `[batch, classes]`.
 *
 * @throws LulcError `incompatible` for other bands or classes than the model's, or a model without one image input and
 *   a head
 */
export const classifierTask = (model: LayersModel, source: BatchSource): ImageTask<tf.Tensor2D> =>
  imageTask(model, logitsModel(model), source.info);

/** Labels of a batch as a tensor `[batch, classes]`. */
export const labelTensor = (batch: Batch): tf.Tensor2D => tf.tensor2d(batch.labels, [...batch.labelShape]);

/** Turns logits into probabilities, as the last layer of every classifier does. */
export const toProbabilities: Readonly<Record<ClassificationTask, (logits: tf.Tensor2D) => tf.Tensor2D>> = {
  'multi-label': (logits) => tf.sigmoid(logits),
  'single-label': (logits) => tf.softmax(logits, 1),
};
