import * as tf from '@tensorflow/tfjs-core';

/** Keeps the length of a row of zeros away from 0, and its gradient finite; no other row notices. */
const tiny = 1e-24;

/**
 * Rows scaled to Euclidean length 1; a row of zeros stays one. Differentiable.
 *
 * @param rows `[N, D]`
 * @returns `[N, D]`
 */
export function unitRows(rows: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(rows, tf.rsqrt(tf.add(tf.sum(tf.square(rows), 1, true), tiny)));
}
