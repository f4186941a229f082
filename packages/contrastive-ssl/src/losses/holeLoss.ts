import { LulcError } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Mean squared error inside of holes and outside, weighted: `w · mean over holes + (1 − w) · mean over the rest`. A part
 * without pixels counts nothing.
 *
 * @param got `[B, H, W, bands]`
 * @param wanted shaped as `got`
 * @param mask `[B, H, W, 1]`: 1 inside of holes, else 0
 * @param weight of the holes, 0 … 1
 * @returns scalar, differentiable in `got` and `wanted`
 * @throws LulcError `shape-mismatch` when shapes do not fit
 */
export function holeLoss(got: tf.Tensor4D, wanted: tf.Tensor4D, mask: tf.Tensor4D, weight: number): tf.Scalar {
  const [b, h, w, bands] = got.shape;
  if (!tf.util.arraysEqual(got.shape, wanted.shape) || !tf.util.arraysEqual(mask.shape, [b, h, w, 1])) {
    throw new LulcError('shape-mismatch', `images are [${got.shape}] and [${wanted.shape}], the mask [${mask.shape}]`);
  }
  return tf.tidy(() => {
    const errors = tf.square(tf.sub(got, wanted));
    const meanOver = (part: tf.Tensor): tf.Tensor =>
      tf.div(tf.sum(tf.mul(errors, part)), tf.maximum(tf.mul(tf.sum(part), bands), 1));
    return tf.add(tf.mul(weight, meanOver(mask)), tf.mul(1 - weight, meanOver(tf.sub(1, mask)))) as tf.Scalar;
  });
}
