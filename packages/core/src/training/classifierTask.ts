import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { logitsModel } from '../backbone/classifier.js';
import type { Batch, BatchSource, ClassificationTask } from '../data/types.js';
import { LulcError } from '../errors/lulcError.js';

/** A classifier bound to data it fits. */
export interface ClassifierTask {
  /** Number of classes of model and data. */
  readonly classes: number;
  /**
   * Images of a batch as a tensor.
   *
   * @throws LulcError `shape-mismatch` when they do not fit the model's input
   */
  images(batch: Batch): tf.Tensor4D;
  /** Logits `[batch, classes]` of images. */
  logits(images: tf.Tensor4D, training: boolean): tf.Tensor2D;
}

/**
 * Checks that a classifier and a source fit, and gives its logits.
 *
 * @throws LulcError `incompatible` for other bands or classes than the model's, or a model without one image input and
 *   a head
 */
export function classifierTask(model: LayersModel, source: BatchSource): ClassifierTask {
  const { info } = source;
  const where = { model: model.name, dataset: info.name };
  if (model.inputs.length !== 1) {
    throw new LulcError('incompatible', `the model has ${model.inputs.length} inputs; batches hold one image tensor`, {
      where,
    });
  }
  const [, height, width, bands] = model.inputs[0].shape;
  if (bands !== info.bands.length) {
    throw new LulcError('incompatible', `the model takes ${bands} bands, the data have ${info.bands.length}`, {
      where,
    });
  }
  const classes = model.outputs[0].shape[1];
  if (classes !== info.classes.length) {
    throw new LulcError('incompatible', `the model has ${classes} classes, the data have ${info.classes.length}`, {
      where,
    });
  }
  const network = logitsModel(model);
  return {
    classes,
    images: (batch) => {
      const [, imageHeight, imageWidth] = batch.imageShape;
      if (!fits(height, imageHeight) || !fits(width, imageWidth)) {
        throw new LulcError(
          'shape-mismatch',
          `images are ${imageHeight} x ${imageWidth}, the model takes ${height} x ${width}`,
          {
            where,
            hint: 'Resize in the loader, or build the model with this inputSize.',
          },
        );
      }
      return tf.tensor4d(batch.images, [...batch.imageShape]);
    },
    logits: (images, training) => tf.tidy(() => network.apply(images, { training }) as tf.Tensor2D),
  };
}

const fits = (expected: number | null, got: number): boolean => expected === null || expected === got;

/** Labels of a batch as a tensor `[batch, classes]`. */
export const labelTensor = (batch: Batch): tf.Tensor2D => tf.tensor2d(batch.labels, [...batch.labelShape]);

/** Turns logits into probabilities, as the last layer of every classifier does. */
export const toProbabilities: Readonly<Record<ClassificationTask, (logits: tf.Tensor2D) => tf.Tensor2D>> = {
  'multi-label': (logits) => tf.sigmoid(logits),
  'single-label': (logits) => tf.softmax(logits, 1),
};
