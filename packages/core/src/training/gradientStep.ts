import * as tf from '@tensorflow/tfjs-core';
import { withStepRandom } from '../layers/randomStream.js';
import type { FlatVariables } from './flatVariables.js';
import type { ClipOptions } from './types.js';

/** Loss (scalar) and flat gradient, summed over micro-batches. */
export interface LossAndGradient {
  /** Sum of the losses. */
  readonly loss: tf.Scalar;
  /** Sum of the gradients, `[size]`. */
  readonly gradient: tf.Tensor1D;
}

/**
 * Loss and gradient of a micro-batch.
 *
 * @param weights the variables
 * @param loss makes the loss of the micro-batch
 * @param factor on the loss while its gradient is made, so that small values survive half precision
 * @param seed seed of the run
 * @param microStep number of the micro-batch in the run: the key of its random stream
 */
export function lossAndGradient(
  weights: FlatVariables,
  loss: () => tf.Scalar,
  factor: tf.Scalar | undefined,
  seed: number,
  microStep: number,
): LossAndGradient {
  const variables = weights.entries.map(({ variable }) => variable);
  return tf.tidy(() => {
    const scaled = factor === undefined ? loss : () => tf.mul<tf.Scalar>(loss(), factor);
    const { value, grads } = withStepRandom(seed, microStep, () => tf.variableGrads(scaled, variables));
    const gradient = weights.join(variables.map(({ name }) => grads[name]));
    return factor === undefined
      ? { loss: value, gradient }
      : { loss: tf.div<tf.Scalar>(value, factor), gradient: tf.div<tf.Tensor1D>(gradient, factor) };
  });
}

/** Adds a micro-batch to what was summed so far; both are freed. */
export function addUp(sum: LossAndGradient | undefined, next: LossAndGradient): LossAndGradient {
  if (sum === undefined) return next;
  const both = tf.tidy(() => ({
    loss: tf.add<tf.Scalar>(sum.loss, next.loss),
    gradient: tf.add<tf.Tensor1D>(sum.gradient, next.gradient),
  }));
  tf.dispose([sum.loss, sum.gradient, next.loss, next.gradient]);
  return both;
}

/**
 * Mean over the micro-batches and clipping.
 *
 * @param sum from {@link addUp}; stays the caller's
 * @param count number of micro-batches in it
 * @param clip bounds
 * @returns the gradient to be applied, and mean loss and gradient norm (before clipping) as `numbers`, `[2]`
 */
export function finishGradient(
  sum: LossAndGradient,
  count: number,
  clip: ClipOptions,
): { gradient: tf.Tensor1D; numbers: tf.Tensor1D } {
  return tf.tidy(() => {
    const mean = count === 1 ? sum.gradient : tf.mul<tf.Tensor1D>(sum.gradient, 1 / count);
    const length = norm(mean);
    const bounded = clip.value === undefined ? mean : tf.clipByValue(mean, -clip.value, clip.value);
    const gradient = clip.globalNorm === undefined ? bounded : scaledTo(bounded, clip.globalNorm);
    return { gradient: tf.clone(gradient), numbers: tf.stack([tf.mul(sum.loss, 1 / count), length]) as tf.Tensor1D };
  });
}

const norm = (vector: tf.Tensor1D): tf.Scalar => tf.sqrt(tf.sum<tf.Scalar>(tf.square(vector)));

/** A longer vector is scaled down to length `most`; a shorter one stays as it is. */
const scaledTo = (vector: tf.Tensor1D, most: number): tf.Tensor1D =>
  tf.mul(vector, tf.div(most, tf.maximum(norm(vector), most)));
