import * as tf from '@tensorflow/tfjs-core';
import { type ComposedKernel, runSeamKernel } from './kernelSeam.js';

/** Kernel an engine may register: inputs `dy, y` (the output of the forward pass), output `[dx]`. */
export const RELU_GRAD = 'ReluGrad';

const composed: ComposedKernel = ({ dy, y }) => [tf.mul(dy, tf.step(y))];

const op = tf.customGrad((...args) => {
  const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
  const y = tf.relu(x);
  save([y]);
  const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => runSeamKernel(RELU_GRAD, composed, { dy, y: saved[0] })[0];
  return { value: y, gradFunc };
});

/**
 * `max(x, 0)` whose gradient is one pass over memory where the engine has a kernel for it. It keeps the output, not the
 * input, for the backward pass: the next layer keeps it anyway.
 *
 * @param x float32, any shape
 * @returns shaped as `x`; the gradient at 0 is 0
 */
export function relu<T extends tf.Tensor>(x: T): T {
  return op(x) as T;
}
