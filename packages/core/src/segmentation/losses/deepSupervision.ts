import * as tf from '@tensorflow/tfjs-core';
import { LulcError } from '../../errors/lulcError.js';
import { requireCount } from '../../errors/optionChecks.js';
import type { SegmentationLoss } from './spec.js';

/**
 * nnU-Net's weights of the outputs of a decoder: 1, 1/2, 1/4 …, the last 0, and all divided by their sum. A single output
 * has the weight 1.
 *
 * @param outputs number of outputs, from the finest to the coarsest
 * @throws LulcError `invalid-argument` unless `outputs` is a whole number above 0
 */
export function deepSupervisionWeights(outputs: number): number[] {
  requireCount({ outputs });
  const raw = Array.from({ length: outputs }, (_, i) => (i > 0 && i === outputs - 1 ? 0 : 2 ** -i));
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((weight) => weight / sum);
}

/**
 * Loss over several outputs of a decoder: the weighted sum of a loss at each of them, with masks shrunk to its size
 * (nearest pixel to the centre, as nnU-Net's `nearest-exact`). Outputs of weight 0 get no gradient.
 *
 * @param loss what each output is judged by
 * @param logits outputs `[B, h, w, K]`, from the finest to the coarsest
 * @param masks `[B, H, W]`, int32: class indices or 255
 * @param weights one per output; default {@link deepSupervisionWeights}
 * @returns scalar
 * @throws LulcError `invalid-argument` when there is not one weight per output; what the loss throws
 */
export function deepSupervisionLoss(
  loss: SegmentationLoss,
  logits: readonly tf.Tensor4D[],
  masks: tf.Tensor3D,
  weights: readonly number[] = deepSupervisionWeights(logits.length),
): tf.Scalar {
  if (weights.length !== logits.length) {
    throw new LulcError('invalid-argument', `${weights.length} weights for ${logits.length} outputs`);
  }
  return tf.tidy(() => {
    const terms = logits.flatMap((output, i) =>
      weights[i] === 0
        ? []
        : [tf.mul<tf.Scalar>(loss(output, shrinkMasks(masks, [output.shape[1], output.shape[2]])), weights[i])],
    );
    return tf.addN(terms) as tf.Scalar;
  });
}

/**
 * Masks at another size: each pixel takes the class at its centre.
 *
 * @param masks `[B, H, W]`, int32
 * @param size `[height, width]`
 */
export function shrinkMasks(masks: tf.Tensor3D, size: readonly [number, number]): tf.Tensor3D {
  const [batch, height, width] = masks.shape;
  if (height === size[0] && width === size[1]) return masks;
  return tf.tidy(() => {
    const maps = tf.cast(tf.reshape(masks, [batch, height, width, 1]), 'float32') as tf.Tensor4D;
    const shrunk = tf.image.resizeNearestNeighbor(maps, [...size], false, true);
    return tf.cast(tf.reshape(shrunk, [batch, ...size]), 'int32');
  });
}
