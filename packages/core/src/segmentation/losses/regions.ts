import * as tf from '@tensorflow/tfjs-core';
import { LulcError } from '../../errors/lulcError.js';
import { requireAbove } from '../../errors/optionChecks.js';
import { bceFromLogits } from '../../losses/classification.js';
import { type DiceOptions, diceOf, meanOfGroups } from './dice.js';

/** Options of {@link regionDiceBce}. */
export interface RegionOptions extends Pick<DiceOptions, 'batch' | 'smooth'> {
  /** `[B, H, W]`, 1 where a pixel counts, else 0; no gradient flows into it. Default: every pixel counts. */
  readonly valid?: tf.Tensor3D;
}

/**
 * Loss of regions that may overlap (nnU-Net's region mode): binary cross-entropy, the mean over the pixels that count and
 * the regions, plus the soft Dice of `sigmoid(z)` over all regions.
 *
 * @param logits `[B, H, W, R]`, float32
 * @param targets `[B, H, W, R]`, 1 where a pixel belongs to a region, else 0; no gradient flows into them
 * @param options which pixels count, and those of the Dice
 * @returns scalar; 0 with gradient 0 when no pixel counts
 * @throws LulcError `shape-mismatch` when shapes do not fit, `invalid-argument` for an option outside its range
 */
export function regionDiceBce(logits: tf.Tensor4D, targets: tf.Tensor4D, options: RegionOptions = {}): tf.Scalar {
  const { batch = true, smooth = 1e-5, valid: counted } = options;
  requireAbove(0, { smooth });
  const [size, height, width, regions] = logits.shape;
  const fits = counted === undefined || tf.util.arraysEqual(counted.shape, [size, height, width]);
  if (!tf.util.arraysEqual(logits.shape, targets.shape) || !fits) {
    throw new LulcError('shape-mismatch', `logits are [${logits.shape}] and targets [${targets.shape}]`, {
      hint: 'Both must be [batch, height, width, regions], and valid [batch, height, width].',
    });
  }
  return tf.tidy(() => {
    const pixels = size * height * width;
    const valid =
      counted === undefined
        ? tf.ones<tf.Rank.R2>([pixels, 1])
        : tf.cast(tf.reshape<tf.Rank.R2>(counted, [pixels, 1]), 'float32');
    // A logit far below 0 beside the target 0 costs nothing and has no slope.
    const rows = tf.reshape<tf.Rank.R2>(logits, [pixels, regions]);
    const wanted = tf.mul<tf.Tensor2D>(tf.reshape(targets, [pixels, regions]), valid);
    const masked =
      counted === undefined ? rows : tf.add<tf.Tensor2D>(tf.mul(rows, valid), tf.mul(tf.sub(valid, 1), 1e4));
    const bce = tf.mul(bceFromLogits(masked, wanted), tf.div(pixels, tf.maximum(tf.sum(valid), 1)));
    const probabilities = tf.mul<tf.Tensor2D>(tf.sigmoid(rows), valid);
    const perGroup = (x: tf.Tensor2D): tf.Tensor2D => tf.sum(tf.reshape(x, [batch ? 1 : size, -1, x.shape[1]]), 1);
    const dice = diceOf(perGroup(tf.mul(probabilities, wanted)), perGroup(tf.add(probabilities, wanted)), smooth);
    return tf.add<tf.Scalar>(bce, meanOfGroups(dice, tf.minimum(perGroup(valid), 1)));
  });
}
