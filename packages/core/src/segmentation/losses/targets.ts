import * as tf from '@tensorflow/tfjs-core';
import { LulcError } from '../../errors/lulcError.js';
import { requireAtLeast } from '../../errors/optionChecks.js';

/** Logits and masks as rows of pixels. */
export interface PixelTargets {
  /** `[pixels, classes]`. */
  readonly logits: tf.Tensor2D;
  /** `[pixels, classes]`: 1 at the true class; an ignored pixel's row is 0. */
  readonly targets: tf.Tensor2D;
  /** `[pixels, 1]`: 1 where a pixel counts, 0 where it is ignored. */
  readonly valid: tf.Tensor2D;
  /** Number of pixels that count, at least 1. */
  readonly count: tf.Scalar;
}

/**
 * Makes one-hot rows of masks. A value that is no class gives a row of zeros, so that ignored pixels have neither a loss
 * nor a gradient without ever being looked up.
 *
 * @param logits `[B, H, W, K]`
 * @param masks `[B, H, W]` int32
 * @throws LulcError `shape-mismatch` when they do not fit, `invalid-argument` for a single class
 */
export function pixelTargets(logits: tf.Tensor4D, masks: tf.Tensor3D): PixelTargets {
  if (logits.rank !== 4 || masks.rank !== 3 || !tf.util.arraysEqual(logits.shape.slice(0, 3), masks.shape)) {
    throw new LulcError('shape-mismatch', `logits are [${logits.shape}] and masks [${masks.shape}]`, {
      hint: 'They must be [batch, height, width, classes] and [batch, height, width].',
    });
  }
  const classes = logits.shape[3];
  requireAtLeast(2, { 'the number of classes': classes });
  // TF.js' wasm kernel writes integers only, whatever type is asked for.
  const targets = tf.cast(tf.oneHot(tf.reshape(masks, [-1]), classes) as tf.Tensor2D, 'float32');
  const valid = tf.sum<tf.Tensor2D>(targets, 1, true);
  return {
    logits: tf.reshape(logits, [-1, classes]),
    targets,
    valid,
    count: tf.maximum(tf.sum<tf.Scalar>(valid), 1),
  };
}
