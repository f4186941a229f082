import * as tf from '@tensorflow/tfjs-core';
import { LulcError } from '../errors/lulcError.js';
import { type ComposedKernel, runSeamKernel } from './kernelSeam.js';

/**
 * Kernel an engine may register: inputs `x, gamma, beta`, attribute `epsilon`, outputs `[y, mean, inverse deviation]`, the
 * last two `[B, 1, 1, C]`.
 */
export const INSTANCE_NORM = 'InstanceNorm';

/** Kernel an engine may register: inputs `dy, x, gamma, mean, inverse`, outputs `[dx, dgamma, dbeta]`. */
export const INSTANCE_NORM_GRAD = 'InstanceNormGrad';

/** The axes of the pixels. */
const pixels = [1, 2];

const forward: ComposedKernel = ({ x, gamma, beta }, { epsilon }) => {
  const mean = tf.mean(x, pixels, true);
  const centred = tf.sub(x, mean);
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), pixels, true), epsilon));
  return [tf.add(tf.mul(centred, tf.mul(inverse, gamma)), beta), mean, inverse];
};

// With x^ = (x - mean) r: dx = gamma r (dy - mean(dy) - x^ mean(dy x^)), means over the pixels of an image.
const backward: ComposedKernel = ({ dy, x, gamma, mean, inverse }) => {
  const normal = tf.mul(tf.sub(x, mean), inverse);
  const [, height, width] = (x as tf.Tensor4D).shape;
  const count = height * width;
  const offsets = tf.sum(dy, pixels, true);
  const slopes = tf.sum(tf.mul(dy, normal), pixels, true);
  const inner = tf.add(tf.div(offsets, count), tf.mul(normal, tf.div(slopes, count)));
  const perChannel = (sums: tf.Tensor) => tf.sum(sums, [0, 1, 2]);
  return [tf.mul(tf.sub(dy, inner), tf.mul(inverse, gamma)), perChannel(slopes), perChannel(offsets)];
};

const gradient: tf.GradConfig = {
  kernelName: INSTANCE_NORM,
  inputsToSave: ['x', 'gamma'],
  outputsToSave: [false, true, true],
  gradFunc: (dy, saved) => {
    const [x, gamma, mean, inverse] = saved;
    const inputs = { dy: (dy as tf.Tensor[])[0], x, gamma, mean, inverse };
    // Called here, not in a closure below: each of those gets its own tidy scope, which would free the other outputs.
    const [dx, dgamma, dbeta] = runSeamKernel(INSTANCE_NORM_GRAD, backward, inputs);
    return { x: () => dx, gamma: () => dgamma, beta: () => dbeta };
  },
};

/**
 * Instance normalisation (Ulyanov et al. 2016, arXiv:1607.08022): `gamma (x - mean) / sqrt(variance + epsilon) + beta` with
 * the mean and the population variance of each image's every channel over its pixels. Differentiable in all three.
 *
 * @param x float32, `[B, H, W, C]`
 * @param gamma scale, `[C]`
 * @param beta offset, `[C]`
 * @param epsilon added to the variance, above 0
 * @returns shaped as `x`
 * @throws LulcError `shape-mismatch` when ranks or channel counts do not fit
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import { instanceNorm, useEngine } from '@lulc/core';
 *
 * await useEngine('cpu');
 * const y = instanceNorm(tf.tensor4d([1, 3], [1, 1, 2, 1]), tf.ones([1]), tf.zeros([1]));
 * console.log([...y.dataSync()].map((value) => value.toFixed(3))); // ['-1.000', '1.000']
 * ```
 */
export function instanceNorm(x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D, epsilon = 1e-5): tf.Tensor4D {
  const channels = x.shape[3];
  if (x.rank !== 4 || gamma.size !== channels || beta.size !== channels)
    throw new LulcError('shape-mismatch', 'instance normalisation needs images and one gamma and beta per channel', {
      where: { x: `[${x.shape}]`, gamma: `[${gamma.shape}]`, beta: `[${beta.shape}]` },
    });
  if (tf.getGradient(INSTANCE_NORM) === undefined) tf.registerGradient(gradient);
  const [y, ...forGradient] = runSeamKernel(INSTANCE_NORM, forward, { x, gamma, beta }, { epsilon });
  tf.dispose(forGradient); // the tape keeps copies of its own
  return y as tf.Tensor4D;
}
