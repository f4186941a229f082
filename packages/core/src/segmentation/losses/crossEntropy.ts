import * as tf from '@tensorflow/tfjs-core';
import {
  checkRange,
  checkSmoothing,
  checkWeights,
  softmaxCrossEntropy,
  withGradient,
} from '../../losses/classification.js';
import { countOf, pixelRows, type RowLoss, validOf } from './targets.js';

/** Options of {@link pixelCrossEntropy}. */
export interface PixelCrossEntropyOptions {
  /** Factor on the loss of each class, in class order, each ≥ 0; default all 1. */
  readonly classWeights?: readonly number[];
  /** Targets become `y·(1−s) + s/classes`; 0 ≤ s < 1; default 0. */
  readonly labelSmoothing?: number;
}

/** Options of {@link pixelFocal}. */
export interface PixelFocalOptions {
  /** Exponent ≥ 0 that turns down easy pixels; default 2. */
  readonly gamma?: number;
  /** Factor on the loss of each class, in class order, each ≥ 0; default all 1. */
  readonly classWeights?: readonly number[];
}

/**
 * Cross-entropy of the pixels, from logits: the mean over the pixels that count of `−Σ_c w_c·y_c·log softmax(z)_c`. Class
 * weights scale each pixel's loss; the mean is over pixels, not over weights. Ignored pixels have no part in it; a batch
 * of nothing else gives 0 with gradient 0.
 *
 * @param logits `[B, H, W, K]`, float32
 * @param masks `[B, H, W]`, int32: class indices; any other value (255) is ignored
 * @param options class weights and smoothing
 * @returns scalar
 * @throws LulcError `shape-mismatch` when shapes do not fit, `invalid-argument` for an option outside its range or a
 *   single class
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import '@tensorflow/tfjs-backend-cpu';
 * import { ignoreLabel, pixelCrossEntropy } from '@lulc/core/segmentation';
 *
 * const logits = tf.zeros<tf.Rank.R4>([1, 1, 2, 4]);
 * const masks = tf.tensor3d([2, ignoreLabel], [1, 1, 2], 'int32');
 * pixelCrossEntropy(logits, masks).print(); // log 4
 * ```
 */
export function pixelCrossEntropy(
  logits: tf.Tensor4D,
  masks: tf.Tensor3D,
  options: PixelCrossEntropyOptions = {},
): tf.Scalar {
  return tf.tidy(() => crossEntropyOfRows(options)(pixelRows(logits, masks)));
}

/**
 * {@link pixelCrossEntropy} of rows.
 *
 * @param options class weights and smoothing
 */
export function crossEntropyOfRows({ classWeights, labelSmoothing }: PixelCrossEntropyOptions): RowLoss {
  const smoothing = checkSmoothing(labelSmoothing);
  return ({ logits, targets }) => {
    const [pixels, classes] = logits.shape;
    const smoothed =
      smoothing === 0
        ? targets
        : tf.add<tf.Tensor2D>(tf.mul(targets, 1 - smoothing), tf.mul(validOf(targets), smoothing / classes));
    const mean = softmaxCrossEntropy(logits, smoothed, { classWeights });
    return tf.mul<tf.Scalar>(mean, tf.div(pixels, countOf(targets)));
  };
}

/**
 * Focal loss of the pixels, from logits (Lin et al. 2017, arXiv:1708.02002, for exclusive classes): the mean over the
 * pixels that count of `−w_c·(1 − p_c)^γ·log p_c` at the true class c. Ignored pixels have no part in it; a batch of
 * nothing else gives 0 with gradient 0.
 *
 * @param logits `[B, H, W, K]`, float32
 * @param masks `[B, H, W]`, int32: class indices; any other value (255) is ignored
 * @param options gamma and class weights
 * @returns scalar
 * @throws LulcError `shape-mismatch` when shapes do not fit, `invalid-argument` for an option outside its range or a
 *   single class
 */
export function pixelFocal(logits: tf.Tensor4D, masks: tf.Tensor3D, options: PixelFocalOptions = {}): tf.Scalar {
  return tf.tidy(() => focalOfRows(options)(pixelRows(logits, masks)));
}

/**
 * {@link pixelFocal} of rows.
 *
 * @param options gamma and class weights
 */
export function focalOfRows({ gamma: exponent = 2, classWeights }: PixelFocalOptions): RowLoss {
  const gamma = checkRange('gamma', exponent, 0, Number.POSITIVE_INFINITY);
  return ({ logits, targets }) => {
    const weights = checkWeights(classWeights, logits.shape[1]);
    const weight = weights === undefined ? validOf(targets) : tf.sum(tf.mul(targets, weights), 1, true);
    const scale = tf.div(weight, countOf(targets));
    return withGradient(logits, (z) => {
      // An ignored pixel has log p = 0, and its scale is 0.
      const log = tf.logSoftmax(z, 1);
      const logRight = tf.sum(tf.mul(log, targets), 1, true);
      const wrong = tf.neg(tf.expm1(logRight));
      const modulation = tf.mul(scale, tf.pow(wrong, gamma));
      // d/dlog p of −(1 − p)^γ·log p; log p / (1 − p) tends to −1 where p is 1, so nothing is divided by 0.
      const ratio = tf.div(logRight, tf.maximum(wrong, 1e-30));
      const slope = tf.mul(modulation, tf.sub(tf.mul(tf.mul(tf.exp(logRight), ratio), gamma), 1));
      return [tf.neg(tf.sum(tf.mul(modulation, logRight))), tf.mul(slope, tf.sub(targets, tf.exp(log)))];
    });
  };
}
