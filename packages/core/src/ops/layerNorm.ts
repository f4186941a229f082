import * as tf from '@tensorflow/tfjs-core';
import { LulcError } from '../errors/lulcError.js';
import { type ComposedKernel, runSeamKernel } from './kernelSeam.js';

/** Kernel an engine may register: inputs `x, gamma, beta`, attribute `epsilon`, outputs `[y, mean, inverse deviation]`. */
export const LAYER_NORM = 'LayerNorm';

/** Kernel an engine may register: inputs `dy, x, gamma, mean, inverse`, outputs `[dx, dgamma, dbeta]`. */
export const LAYER_NORM_GRAD = 'LayerNormGrad';

const forward: ComposedKernel = ({ x, gamma, beta }, { epsilon }) => {
  const { mean, variance } = tf.moments(x, -1, true);
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  return [tf.add(tf.mul(tf.mul(tf.sub(x, mean), inverse), gamma), beta), mean, inverse];
};

// With x^ = (x - mean) r: dx = r (g - mean(g) - x^ mean(g x^)), g = dy gamma, means over the normalised axis.
const backward: ComposedKernel = ({ dy, x, gamma, mean, inverse }) => {
  const normal = tf.mul(tf.sub(x, mean), inverse);
  const g = tf.mul(dy, gamma);
  const inner = tf.add(tf.mean(g, -1, true), tf.mul(normal, tf.mean(tf.mul(g, normal), -1, true)));
  const rows = Array.from({ length: x.rank - 1 }, (_, axis) => axis);
  return [tf.mul(inverse, tf.sub(g, inner)), tf.sum(tf.mul(dy, normal), rows), tf.sum(dy, rows)];
};

const gradient: tf.GradConfig = {
  kernelName: LAYER_NORM,
  inputsToSave: ['x', 'gamma'],
  outputsToSave: [false, true, true],
  gradFunc: (dy, saved) => {
    const [x, gamma, mean, inverse] = saved;
    const inputs = { dy: (dy as tf.Tensor[])[0], x, gamma, mean, inverse };
    // Called here, not in a closure below: each of those gets its own tidy scope, which would free the other outputs.
    const [dx, dgamma, dbeta] = runSeamKernel(LAYER_NORM_GRAD, backward, inputs);
    return { x: () => dx, gamma: () => dgamma, beta: () => dbeta };
  },
};

/**
 * Layer normalisation over the last axis (Ba et al. 2016, arXiv:1607.06450):
 * `gamma (x - mean) / sqrt(variance + epsilon) + beta`. Differentiable in all three.
 *
 * @param x float32, rank at least 2, channels last
 * @param gamma scale, `[channels]`
 * @param beta offset, `[channels]`
 * @param epsilon added to the variance, above 0
 * @returns shaped as `x`
 * @throws LulcError `shape-mismatch` when ranks or channel counts do not fit
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import { layerNorm, useEngine } from '@lulc/core';
 *
 * await useEngine('cpu');
 * const y = layerNorm(tf.tensor2d([[1, 3]]), tf.ones([2]), tf.zeros([2]), 1e-6);
 * console.log([...y.dataSync()].map((value) => value.toFixed(3))); // ['-1.000', '1.000']
 * ```
 */
export function layerNorm<T extends tf.Tensor>(x: T, gamma: tf.Tensor1D, beta: tf.Tensor1D, epsilon = 1e-6): T {
  const channels = x.shape[x.rank - 1];
  if (x.rank < 2 || gamma.size !== channels || beta.size !== channels)
    throw new LulcError('shape-mismatch', 'layer normalisation needs one gamma and beta per channel', {
      where: { x: `[${x.shape}]`, gamma: `[${gamma.shape}]`, beta: `[${beta.shape}]` },
    });
  if (tf.getGradient(LAYER_NORM) === undefined) tf.registerGradient(gradient);
  const [y, ...forGradient] = runSeamKernel(LAYER_NORM, forward, { x, gamma, beta }, { epsilon });
  tf.dispose(forGradient); // the tape keeps copies of its own
  return y as T;
}
