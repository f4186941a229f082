import { LulcError } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { unitRows } from './unitRows.js';

/**
 * Mean squared distance of rows scaled to length 1, `2 − 2 cos`: the loss of BYOL for one direction (Grill et al. 2020,
 * arXiv:2006.07733). A constant network has the lowest value, 0, so the loss tells nothing about a collapse.
 *
 * @param predictions `[N, D]`
 * @param targets `[N, D]`
 * @returns scalar in 0 … 4, differentiable in both
 * @throws LulcError `shape-mismatch` when shapes differ
 */
export function cosineDistance(predictions: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  if (!tf.util.arraysEqual(predictions.shape, targets.shape)) {
    throw new LulcError('shape-mismatch', `predictions are [${predictions.shape}], targets [${targets.shape}]`);
  }
  return tf.tidy(
    () => tf.sub(2, tf.mul(2, tf.mean(tf.sum(tf.mul(unitRows(predictions), unitRows(targets)), 1)))) as tf.Scalar,
  );
}
