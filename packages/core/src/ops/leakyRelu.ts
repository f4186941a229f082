import * as tf from '@tensorflow/tfjs-core';
import { type ComposedKernel, runSeamKernel } from './kernelSeam.js';

/**
 * Kernel an engine may register: inputs `dy, y` (the output of the forward pass), attribute `slope`, output `[dx]`, which is
 * `dy` where `y` is above 0 and `slope · dy` elsewhere.
 */
export const LEAKY_RELU_GRAD = 'LeakyReluGrad';

const composed: ComposedKernel = ({ dy, y }, { slope }) => [tf.mul(dy, tf.step(y, slope))];

/**
 * `x` above 0 and `slope · x` below, whose gradient is one pass over memory where the engine has a kernel for it. It keeps
 * the output, not the input, for the backward pass: the next layer keeps it anyway.
 *
 * @param x float32, any shape
 * @param slope at least 0
 * @returns shaped as `x`; the gradient at 0 is `slope`
 */
export function leakyRelu<T extends tf.Tensor>(x: T, slope: number): T {
  const op = tf.customGrad((...args) => {
    const [input, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const y = tf.leakyRelu(input, slope);
    save([y]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) =>
      runSeamKernel(LEAKY_RELU_GRAD, composed, { dy, y: saved[0] }, { slope })[0];
    return { value: y, gradFunc };
  });
  return op(x) as T;
}
