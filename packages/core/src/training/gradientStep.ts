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
 * Adds a micro-batch to what was summed so far, which is freed.
 *
 * @param weights the variables
 * @param loss makes the loss of the micro-batch
 * @param seed seed of the run
 * @param microStep number of the micro-batch in the run: the key of its random stream
 * @param sum what earlier micro-batches of the step gave
 */
export function addMicroBatch(
  weights: FlatVariables,
  loss: () => tf.Scalar,
  seed: number,
  microStep: number,
  sum: LossAndGradient | undefined,
): LossAndGradient {
  const variables = weights.entries.map(({ variable }) => variable);
  const next = tf.tidy(() => {
    const { value, grads } = withStepRandom(seed, microStep, () => tf.variableGrads(loss, variables));
    const gradient = weights.join(variables.map(({ name }) => grads[name]));
    return sum === undefined
      ? { loss: value, gradient }
      : { loss: tf.add<tf.Scalar>(sum.loss, value), gradient: tf.add<tf.Tensor1D>(sum.gradient, gradient) };
  });
  if (sum !== undefined) tf.dispose([sum.loss, sum.gradient]);
  return next;
}

/**
 * Mean over the micro-batches and clipping.
 *
 * @param sum from {@link addMicroBatch}; stays the caller's
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
