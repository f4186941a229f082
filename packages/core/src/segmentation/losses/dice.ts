import * as tf from '@tensorflow/tfjs-core';
import { requireAbove } from '../../errors/optionChecks.js';
import { pixelTargets } from './targets.js';

/** Options of {@link softDice}. */
export interface DiceOptions {
  /** Whether sums go over the whole batch (default), or over each image, whose losses are then averaged. */
  readonly batch?: boolean;
  /** Whether class 0 is a background that does not count, as in nnU-Net; default false: a map of land cover has none. */
  readonly ignoreBackground?: boolean;
  /** Added to numerator and denominator, above 0; default 1e-5. */
  readonly smooth?: number;
}

/**
 * Soft Dice of the pixels, from logits, as in nnU-Net (Isensee et al. 2021; batch Dice): the negative mean over classes of
 * `(2·Σ p·y + s) / (Σ p + Σ y + s)` with `p = softmax(z)`, so from −1 (all right) to 0. Ignored pixels leave all sums. A
 * batch (or image) of nothing else gives 0 with gradient 0.
 *
 * @param logits `[B, H, W, K]`, float32
 * @param masks `[B, H, W]`, int32: class indices; any other value (255) is ignored
 * @param options see {@link DiceOptions}
 * @returns scalar
 * @throws LulcError `shape-mismatch` when shapes do not fit, `invalid-argument` for an option outside its range or a single
 *   class
 */
export function softDice(logits: tf.Tensor4D, masks: tf.Tensor3D, options: DiceOptions = {}): tf.Scalar {
  const { batch = true, ignoreBackground = false, smooth = 1e-5 } = options;
  return tf.tidy(() => {
    const { logits: rows, targets, valid } = pixelTargets(logits, masks);
    const probabilities = tf.mul<tf.Tensor2D>(tf.softmax(rows, 1), valid);
    return diceOf(probabilities, targets, valid, {
      groups: batch ? 1 : logits.shape[0],
      first: ignoreBackground ? 1 : 0,
      smooth,
    });
  });
}

/** How {@link diceOf} sums. */
export interface DiceSums {
  /** Number of parts of equal size with sums of their own. */
  readonly groups: number;
  /** First class that counts. */
  readonly first: number;
  /** Added to numerator and denominator. */
  readonly smooth: number;
}

/**
 * The negative mean of the soft Dice of classes, over the groups that hold a pixel that counts.
 *
 * @param probabilities `[pixels, classes]`, 0 where a pixel is ignored
 * @param targets likewise
 * @param valid `[pixels, 1]`
 * @param sums see {@link DiceSums}
 * @throws LulcError `invalid-argument` when `smooth` is not above 0
 */
export function diceOf(
  probabilities: tf.Tensor2D,
  targets: tf.Tensor2D,
  valid: tf.Tensor2D,
  { groups, first, smooth }: DiceSums,
): tf.Scalar {
  const classes = targets.shape[1];
  requireAbove(0, { smooth });
  const perGroup = (x: tf.Tensor): tf.Tensor => tf.sum(tf.reshape(x, [groups, -1, x.shape[1] as number]), 1);
  const both = tf.add(tf.mul(perGroup(tf.mul(probabilities, targets)), 2), smooth);
  const either = tf.add(perGroup(tf.add(probabilities, targets)), smooth);
  const dice = tf.slice(tf.div(both, either), [0, first], [groups, classes - first]);
  const seen = tf.minimum(perGroup(valid), 1);
  const mean = tf.div(tf.sum(tf.mul(dice, seen)), tf.mul(tf.maximum(tf.sum(seen), 1), classes - first));
  return tf.neg<tf.Scalar>(mean as tf.Scalar);
}
