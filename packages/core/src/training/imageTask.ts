import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';

/** Images of a batch of any kind of data. */
export interface ImageBatch {
  /** `[size, height, width, bands]` values. */
  readonly images: Float32Array;
  /** `[size, height, width, bands]`. */
  readonly imageShape: readonly [number, number, number, number];
}

/** A model bound to images it fits. */
export interface ImageTask<Logits extends tf.Tensor | tf.Tensor[]> {
  /** Number of classes of model and data. */
  readonly classes: number;
  /**
   * Images of a batch as a tensor.
   *
   * @throws LulcError `shape-mismatch` when they do not fit the model's input
   */
  images(batch: ImageBatch): tf.Tensor4D;
  /** Logits of images, the classes last. */
  logits(images: tf.Tensor4D, training: boolean): Logits;
}

/**
 * Checks that a model of images to classes and a dataset fit, and gives the model's logits.
 *
 * @param model one image in, classes in the last dimension out
 * @param network the same weights up to the logits
 * @param info name, bands and classes of the dataset
 * @throws LulcError `incompatible` for other bands or classes than the model's, or a model without one image input
 */
export function imageTask<Logits extends tf.Tensor | tf.Tensor[]>(
  model: LayersModel,
  network: LayersModel,
  info: { readonly name: string; readonly bands: readonly string[]; readonly classes: readonly string[] },
): ImageTask<Logits> {
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
  const classes = model.outputs[0].shape.at(-1);
  if (classes !== info.classes.length) {
    throw new LulcError('incompatible', `the model has ${classes} classes, the data have ${info.classes.length}`, {
      where,
    });
  }
  return {
    classes,
    images: ({ images, imageShape }) => {
      const [, imageHeight, imageWidth] = imageShape;
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
      return tf.tensor4d(images, [...imageShape]);
    },
    logits: (images, training) => tf.tidy(() => network.apply(images, { training }) as Logits),
  };
}

const fits = (expected: number | null, got: number): boolean => expected === null || expected === got;
