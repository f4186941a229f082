import * as tf from '@tensorflow/tfjs-core';
import { type ComposedKernel, runSeamKernel } from './kernelSeam.js';

/** Kernel an engine may register: input `x`, output `[x · sigmoid(x)]`. */
export const SWISH = 'Swish';
/** Kernel an engine may register: inputs `dy, x`, output `[dx]`. */
export const SWISH_GRAD = 'SwishGrad';
/** Kernel an engine may register: input `x`, output `[x · Φ(x)]`, Φ the normal distribution function (exact, not tanh). */
export const GELU = 'Gelu';
/** Kernel an engine may register: inputs `dy, x`, output `[dx]`. */
export const GELU_GRAD = 'GeluGrad';

/** Φ(x), the share of a unit normal below x. */
const normalShare = (x: tf.Tensor): tf.Tensor => tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);

/** φ(x), its density. */
const normalDensity = (x: tf.Tensor): tf.Tensor =>
  tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));

const composed = {
  [SWISH]: ({ x }) => [tf.mul(x, tf.sigmoid(x))],
  [SWISH_GRAD]: ({ dy, x }) => {
    const gate = tf.sigmoid(x);
    return [tf.mul(dy, tf.mul(gate, tf.add(1, tf.mul(x, tf.sub(1, gate)))))];
  },
  [GELU]: ({ x }) => [tf.mul(x, normalShare(x))],
  [GELU_GRAD]: ({ dy, x }) => [tf.mul(dy, tf.add(normalShare(x), tf.mul(x, normalDensity(x))))],
} satisfies Readonly<Record<string, ComposedKernel>>;

/** An element-wise function in one kernel, its gradient in another, with the input kept for the backward pass. */
function unit(forward: keyof typeof composed, backward: keyof typeof composed): <T extends tf.Tensor>(x: T) => T {
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([x]);
    return {
      value: runSeamKernel(forward, composed[forward], { x })[0],
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        runSeamKernel(backward, composed[backward], { dy, x: saved[0] })[0],
    };
  });
  return <T extends tf.Tensor>(x: T): T => op(x) as T;
}

/**
 * `x · sigmoid(x)` (Ramachandran et al. 2017, arXiv:1710.05941), also called SiLU; forward and backward are one pass over
 * memory each where the engine has kernels for them.
 *
 * @param x float32, any shape
 * @returns shaped as `x`
 */
export const swish = unit(SWISH, SWISH_GRAD);

/**
 * `x · Φ(x)` (Hendrycks & Gimpel 2016, arXiv:1606.08415) in its exact form; forward and backward are one pass over memory
 * each where the engine has kernels for them.
 *
 * @param x float32, any shape
 * @returns shaped as `x`
 */
export const gelu = unit(GELU, GELU_GRAD);
