import * as tf from '@tensorflow/tfjs-core';
import { LulcError } from '../../errors/lulcError.js';
import { requireAtLeast } from '../../errors/optionChecks.js';

/** Logits and masks as rows of pixels. */
export interface PixelRows {
  /** `[pixels, classes]`. */
  readonly logits: tf.Tensor2D;
  /** `[pixels, classes]`: 1 at the true class; an ignored pixel's row is 0. */
  readonly targets: tf.Tensor2D;
  /** Number of images that the pixels belong to, one after the other. */
  readonly images: number;
}

/** A loss of rows of pixels, so that the terms of a sum share their rows. */
export type RowLoss = (rows: PixelRows) => tf.Scalar;

/**
 * Makes one-hot rows of masks. A value that is no class gives a row of zeros, so that ignored pixels have neither a loss
 * nor a gradient without ever being looked up.
 *
 * @param logits `[B, H, W, K]`
 * @param masks `[B, H, W]` int32
 * @throws LulcError `shape-mismatch` when they do not fit, `invalid-argument` for a single class
 */
export function pixelRows(logits: tf.Tensor4D, masks: tf.Tensor3D): PixelRows {
  if (logits.rank !== 4 || masks.rank !== 3 || !tf.util.arraysEqual(logits.shape.slice(0, 3), masks.shape)) {
    throw new LulcError('shape-mismatch', `logits are [${logits.shape}] and masks [${masks.shape}]`, {
      hint: 'They must be [batch, height, width, classes] and [batch, height, width].',
    });
  }
  const [images, , , classes] = logits.shape;
  requireAtLeast(2, { 'the number of classes': classes });
  return {
    logits: tf.reshape(logits, [-1, classes]),
    // TF.js' wasm kernel writes integers only, whatever type is asked for.
    targets: tf.cast(tf.oneHot(tf.reshape(masks, [-1]), classes) as tf.Tensor2D, 'float32'),
    images,
  };
}

/**
 * Number of pixels that count, at least 1.
 *
 * @param targets one-hot rows
 */
export const countOf = (targets: tf.Tensor2D): tf.Scalar => tf.maximum(tf.sum<tf.Scalar>(targets), 1);

/**
 * 1 for a pixel that counts, else 0, `[pixels, 1]`.
 *
 * @param targets one-hot rows
 */
export const validOf = (targets: tf.Tensor2D): tf.Tensor2D => tf.sum(targets, 1, true);
