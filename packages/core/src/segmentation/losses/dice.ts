import * as tf from '@tensorflow/tfjs-core';
import { requireAbove } from '../../errors/optionChecks.js';
import { pixelRows, type RowLoss } from './targets.js';

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
  return tf.tidy(() => diceOfRows(options)(pixelRows(logits, masks)));
}

/**
 * {@link softDice} of rows. All its sums are in one soft confusion matrix `yᵀp` per group: hits on the diagonal, the sums of
 * `y` by row and those of `p` by column.
 *
 * @param options see {@link DiceOptions}
 */
export function diceOfRows({ batch = true, ignoreBackground = false, smooth = 1e-5 }: DiceOptions): RowLoss {
  requireAbove(0, { smooth });
  const first = ignoreBackground ? 1 : 0;
  return ({ logits, targets, images }) => {
    const classes = logits.shape[1];
    const grouped = (x: tf.Tensor): tf.Tensor3D => tf.reshape(x, [batch ? 1 : images, -1, classes]);
    const confusion = tf.matMul(grouped(targets), grouped(tf.softmax(logits, 1)), true);
    const hits = tf.sum<tf.Tensor2D>(tf.mul(confusion, tf.eye(classes)), 2);
    const rows = tf.sum<tf.Tensor2D>(confusion, 2);
    const dice = diceOf(hits, tf.add(rows, tf.sum(confusion, 1)), smooth);
    const seen = tf.minimum<tf.Tensor2D>(tf.sum(rows, 1, true), 1);
    return meanOfGroups(tf.slice(dice, [0, first], [-1, classes - first]), seen);
  };
}

/**
 * The negative Dice of sums.
 *
 * @param hits `Σ p·y`
 * @param both `Σ p + Σ y`
 * @param smooth added to numerator and denominator
 */
export const diceOf = (hits: tf.Tensor2D, both: tf.Tensor2D, smooth: number): tf.Tensor2D =>
  tf.div(tf.sub(-smooth, tf.mul(hits, 2)), tf.add(both, smooth));

/**
 * The mean over the columns of those rows that count.
 *
 * @param values `[groups, columns]`
 * @param seen `[groups, 1]`: 1 where a group counts, else 0
 */
export function meanOfGroups(values: tf.Tensor2D, seen: tf.Tensor2D): tf.Scalar {
  const counted = tf.maximum(tf.sum(seen), 1);
  return tf.div<tf.Scalar>(tf.sum(tf.mul(values, seen)), tf.mul(counted, values.shape[1]));
}
