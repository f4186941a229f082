import * as tf from '@tensorflow/tfjs-core';
import { LulcError } from '../errors/lulcError.js';
import { type ComposedKernel, runSeamKernel } from '../ops/kernelSeam.js';

/**
 * Kernel an engine may register: inputs `logits, targets` `[n, classes]` and, optionally, `weights` `[1, classes]`,
 * attribute `count`; outputs the sum of `w·(max(z,0) − z·y + log(1 + e^−|z|)) / count` and its gradient
 * `w·(σ(z) − y) / count`.
 */
export const SIGMOID_CROSS_ENTROPY = 'SigmoidCrossEntropy';

/**
 * Kernel an engine may register: inputs `logits, targets` `[n, classes]`, attribute `count`; outputs
 * `−Σ y·log softmax(z) / count` and its gradient `(softmax(z)·Σy − y) / count`.
 */
export const SOFTMAX_CROSS_ENTROPY = 'SoftmaxCrossEntropy';

/** Options of {@link bceFromLogits}. */
export interface BceOptions {
  /** Targets become `y·(1−s) + s/2`; 0 ≤ s < 1; default 0. */
  readonly labelSmoothing?: number;
  /** Factor on the loss of each class, in class order, each ≥ 0; default all 1. */
  readonly classWeights?: readonly number[];
}

/** Options of {@link focalFromLogits}. */
export interface FocalOptions {
  /** Weight of positives, 0 to 1 (negatives weigh 1 − alpha); default 0.25. */
  readonly alpha?: number;
  /** Exponent ≥ 0 that turns down easy examples; default 2. */
  readonly gamma?: number;
  /** Factor on the loss of each class, in class order, each ≥ 0; default all 1. */
  readonly classWeights?: readonly number[];
}

/** Options of {@link softmaxCrossEntropy}. */
export interface SoftmaxCrossEntropyOptions {
  /** Targets become `y·(1−s) + s/classes`; 0 ≤ s < 1; default 0. */
  readonly labelSmoothing?: number;
  /** Factor on the loss of each class, in class order, each ≥ 0; default all 1. */
  readonly classWeights?: readonly number[];
}

/**
 * Binary cross-entropy of independent classes, from logits: the mean over classes, then over the batch, of
 * `w·(max(z,0) − z·y + log(1 + e^−|z|))`. Finite for every finite logit; the gradient is `w·(σ(z) − y)/n` in one step.
 *
 * The loss of the multi-label benchmark (BigEarthNet benchmark: sigmoid outputs, evaluated from logits, smoothing
 * `y(1−s) + 0.5s`, no class weights).
 *
 * @param logits `[batch, classes]`, float32
 * @param labels `[batch, classes]`, values in 0 … 1; no gradient flows into them
 * @param options smoothing and class weights
 * @returns scalar
 * @throws LulcError `shape-mismatch` when shapes differ, `invalid-argument` for an option outside its range
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import '@tensorflow/tfjs-backend-cpu';
 * import { bceFromLogits } from '@lulc/core';
 *
 * const loss = bceFromLogits(tf.tensor2d([[0, 2]]), tf.tensor2d([[1, 0]]));
 * ```
 */
export function bceFromLogits(logits: tf.Tensor2D, labels: tf.Tensor2D, options: BceOptions = {}): tf.Scalar {
  checkShapes(logits, labels);
  const smoothing = checkSmoothing(options.labelSmoothing);
  const weights = checkWeights(options.classWeights, logits.shape[1]);
  return tf.tidy(() => {
    const targets = smooth(labels, smoothing, 0.5);
    return withGradient(logits, (z) =>
      runSeamKernel(
        SIGMOID_CROSS_ENTROPY,
        composedSigmoid,
        { logits: z, targets, ...(weights === undefined ? {} : { weights }) },
        { count: logits.size },
      ),
    );
  });
}

/**
 * Focal loss of independent classes, from logits (Lin et al. 2017, arXiv:1708.02002): the mean over classes and batch of
 * `−α_t·(1 − p_t)^γ·log p_t`.
 *
 * @param logits `[batch, classes]`, float32
 * @param labels `[batch, classes]`, each 0 or 1; no gradient flows into them
 * @param options alpha, gamma and class weights
 * @returns scalar
 * @throws LulcError `shape-mismatch` when shapes differ, `invalid-argument` for an option outside its range
 */
export function focalFromLogits(logits: tf.Tensor2D, labels: tf.Tensor2D, options: FocalOptions = {}): tf.Scalar {
  checkShapes(logits, labels);
  const alpha = checkRange('alpha', options.alpha ?? 0.25, 0, 1);
  const gamma = checkRange('gamma', options.gamma ?? 2, 0, Number.POSITIVE_INFINITY);
  const weights = checkWeights(options.classWeights, logits.shape[1]);
  return tf.tidy(() => {
    const sign = tf.sub(tf.mul(labels, 2), 1);
    const balance = tf.add(tf.mul(labels, 2 * alpha - 1), 1 - alpha);
    return withGradient(logits, (z) => {
      // x is the logit of being right: p_t = σ(x), 1 − p_t = σ(−x), log p_t = min(x, 0) − log(1 + e^−|x|).
      const x = tf.mul(z, sign);
      const wrong = tf.sigmoid(tf.neg(x));
      const logRight = tf.sub(tf.minimum(x, 0), logOnePlusExpMinusAbs(x));
      const modulation = tf.mul(balance, tf.pow(wrong, gamma));
      return meanOf(
        tf.neg(tf.mul(modulation, logRight)),
        tf.mul(tf.mul(sign, modulation), tf.sub(tf.mul(tf.mul(tf.sigmoid(x), logRight), gamma), wrong)),
        weights,
        logits.size,
      );
    });
  });
}

/**
 * Cross-entropy of exclusive classes, from logits: the mean over the batch of `−Σ_c w_c·y_c·log softmax(z)_c`. Class
 * weights scale each sample's loss; the mean is over samples, not over weights, so that the scale of the gradient does
 * not depend on which classes a batch holds.
 *
 * @param logits `[batch, classes]`, float32
 * @param labels `[batch, classes]`, one-hot or a distribution; no gradient flows into them
 * @param options smoothing and class weights
 * @returns scalar
 * @throws LulcError `shape-mismatch` when shapes differ, `invalid-argument` for an option outside its range
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor2D,
  options: SoftmaxCrossEntropyOptions = {},
): tf.Scalar {
  checkShapes(logits, labels);
  const [batch, classes] = logits.shape;
  const smoothing = checkSmoothing(options.labelSmoothing);
  const weights = checkWeights(options.classWeights, classes);
  return tf.tidy(() => {
    const targets = weighted(smooth(labels, smoothing, 1 / classes), weights);
    return withGradient(logits, (z) =>
      runSeamKernel(SOFTMAX_CROSS_ENTROPY, composedSoftmax, { logits: z, targets }, { count: batch }),
    );
  });
}

/**
 * A loss (scalar) and its gradient with respect to the logits, made in one go: the gradient is as small as the logits.
 *
 * @param logits what gets the gradient
 * @param both gives the loss and its gradient
 */
export function withGradient(logits: tf.Tensor2D, both: (z: tf.Tensor2D) => tf.Tensor[]): tf.Scalar {
  const op = tf.customGrad((...args) => {
    const [z, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const [value, gradient] = both(z);
    save([gradient]);
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(saved[0], dy) };
  });
  return op(logits) as tf.Scalar;
}

/** `Σ w·loss / count` and `w·gradient / count`. */
function meanOf(loss: tf.Tensor, gradient: tf.Tensor, weights: tf.Tensor | undefined, count: number): tf.Tensor[] {
  return [tf.mul(tf.sum(weighted(loss, weights)), 1 / count), tf.mul(weighted(gradient, weights), 1 / count)];
}

const composedSigmoid: ComposedKernel = ({ logits, targets, weights }, { count }) =>
  meanOf(
    tf.add(tf.sub(tf.relu(logits), tf.mul(logits, targets)), logOnePlusExpMinusAbs(logits)),
    tf.sub(tf.sigmoid(logits), targets),
    weights,
    count,
  );

const composedSoftmax: ComposedKernel = ({ logits, targets }, { count }) =>
  meanOf(
    tf.neg(tf.mul(tf.logSoftmax(logits as tf.Tensor2D, 1), targets)),
    tf.sub(tf.mul(tf.softmax(logits as tf.Tensor2D, 1), tf.sum(targets, 1, true)), targets),
    undefined,
    count,
  );

const logOnePlusExpMinusAbs = (z: tf.Tensor): tf.Tensor => tf.log1p(tf.exp(tf.neg(tf.abs(z))));

const smooth = (labels: tf.Tensor, smoothing: number, even: number): tf.Tensor =>
  smoothing === 0 ? labels : tf.add(tf.mul(labels, 1 - smoothing), even * smoothing);

const weighted = (x: tf.Tensor, weights: tf.Tensor | undefined): tf.Tensor =>
  weights === undefined ? x : tf.mul(x, weights);

function checkShapes(logits: tf.Tensor, labels: tf.Tensor): void {
  if (logits.rank === 2 && labels.rank === 2 && tf.util.arraysEqual(logits.shape, labels.shape)) return;
  throw new LulcError('shape-mismatch', `logits are [${logits.shape}] and labels [${labels.shape}]`, {
    hint: 'Both must be [batch, classes].',
  });
}

/** @throws LulcError `invalid-argument` unless the value is in the range */
export function checkRange(name: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new LulcError('invalid-argument', `${name} of the loss is ${value}; it must be from ${least} to ${most}`);
}

/** @throws LulcError `invalid-argument` unless the value is in [0, 1) */
export function checkSmoothing(value = 0): number {
  if (value >= 0 && value < 1) return value;
  throw new LulcError('invalid-argument', `label smoothing is ${value}; it must be at least 0 and below 1`);
}

/**
 * Class weights as a row `[1, classes]`; nothing without them.
 *
 * @throws LulcError `invalid-argument` unless there is one finite weight of at least 0 per class
 */
export function checkWeights(weights: readonly number[] | undefined, classes: number): tf.Tensor | undefined {
  if (weights === undefined) return undefined;
  if (weights.length !== classes) {
    throw new LulcError('invalid-argument', `${weights.length} class weights for ${classes} classes`);
  }
  if (!weights.every((weight) => weight >= 0 && Number.isFinite(weight))) {
    throw new LulcError('invalid-argument', 'class weights must be finite and at least 0');
  }
  return tf.tensor2d([...weights], [1, classes]);
}
