import * as tf from '@tensorflow/tfjs-core';
import { LulcError } from '../errors/lulcError.js';
import { type ComposedKernel, runSeamKernel } from './kernelSeam.js';

/** Kernel an engine may register: inputs `x, gamma, beta`, attribute `epsilon`, outputs `[y, mean, variance]`. */
export const BATCH_NORM_TRAIN = 'BatchNormTrain';

/** Kernel an engine may register: inputs `dy, x, gamma, mean, variance`, attribute `epsilon`, outputs `[dx, dgamma, dbeta]`. */
export const BATCH_NORM_TRAIN_GRAD = 'BatchNormTrainGrad';

/** Sums a `[positions, channels]` matrix over its positions. Engines differ in what is fast here. */
export type ChannelSum = (x: tf.Tensor2D) => tf.Tensor1D;

/**
 * Batch normalisation in training mode over the last axis: `y = gamma (x - mean) / sqrt(variance + epsilon) + beta` with
 * the batch's own mean and population variance (division by n). Differentiable in `x`, `gamma` and `beta`; `mean` and
 * `variance` carry no gradient, they feed the moving averages.
 *
 * @param x float32, rank 2 to 4, channels last
 * @param gamma scale, `[channels]`
 * @param beta offset, `[channels]`
 * @param epsilon added to the variance, above 0
 * @returns `[y, mean, variance]`, `y` shaped as `x`, the others `[channels]`
 * @throws LulcError `shape-mismatch` when the ranks or channel counts do not fit
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import { batchNormTrain, useEngine } from '@lulc/core';
 *
 * await useEngine('cpu');
 * const [y, mean, variance] = batchNormTrain(tf.tensor2d([[1], [3]]), tf.ones([1]), tf.zeros([1]), 1e-5);
 * console.log(mean.dataSync()[0], variance.dataSync()[0]); // 2 1
 * console.log([...y.dataSync()].map((value) => value.toFixed(3))); // ['-1.000', '1.000']
 * ```
 */
export function batchNormTrain(
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): [y: tf.Tensor, mean: tf.Tensor1D, variance: tf.Tensor1D] {
  const channels = x.shape[x.rank - 1];
  if (
    x.rank < 2 ||
    x.rank > 4 ||
    gamma.rank !== 1 ||
    gamma.size !== channels ||
    beta.rank !== 1 ||
    beta.size !== channels
  )
    throw new LulcError(
      'shape-mismatch',
      'batch normalisation needs x of rank 2 to 4 and one gamma and beta per channel',
      {
        where: { x: `[${x.shape}]`, gamma: `[${gamma.shape}]`, beta: `[${beta.shape}]` },
      },
    );
  if (tf.getGradient(BATCH_NORM_TRAIN) === undefined) tf.registerGradient(gradient);
  const [y, mean, variance] = runSeamKernel(BATCH_NORM_TRAIN, composed.forward, { x, gamma, beta }, { epsilon });
  return [y, mean as tf.Tensor1D, variance as tf.Tensor1D];
}

/** The kernel pair composed of TF.js ops, for the summation over positions that is fast on an engine. */
export function composedBatchNorm(channelSum: ChannelSum): { forward: ComposedKernel; backward: ComposedKernel } {
  return {
    forward: ({ x, gamma, beta }, { epsilon }) => {
      const flat = asMatrix(x);
      const [positions] = flat.shape;
      const mean = tf.div(channelSum(flat), positions) as tf.Tensor1D;
      const centred = tf.sub(flat, mean) as tf.Tensor2D;
      const variance = tf.div(channelSum(tf.square(centred)), positions) as tf.Tensor1D;
      const y = tf.batchNorm2d(flat, mean, variance, beta as tf.Tensor1D, gamma as tf.Tensor1D, epsilon);
      return [tf.reshape(y, x.shape), mean, variance];
    },
    // With x^ = (x - mean) r, r = 1 / sqrt(variance + epsilon), n positions:
    // dbeta = sum dy, dgamma = r sum dy (x - mean), dx = gamma r (dy - dbeta / n - x^ dgamma / n).
    backward: ({ dy, x, gamma, mean, variance }, { epsilon }) => {
      const flatDy = asMatrix(dy);
      const [positions] = flatDy.shape;
      const r = tf.rsqrt(tf.add(variance, epsilon));
      const centred = tf.sub(asMatrix(x), mean);
      const dbeta = channelSum(flatDy);
      const dgamma = tf.mul(channelSum(tf.mul(flatDy, centred)), r);
      const slope = tf.mul(gamma, r);
      const fromVariance = tf.div(tf.mul(tf.mul(slope, r), dgamma), -positions);
      const fromMean = tf.div(dbeta, positions);
      const dx = tf.add(tf.mul(tf.sub(flatDy, fromMean), slope), tf.mul(centred, fromVariance));
      return [tf.reshape(dx, x.shape), dgamma, dbeta];
    },
  };
}

const composed = composedBatchNorm((x) => tf.sum(x, 0));

const gradient: tf.GradConfig = {
  kernelName: BATCH_NORM_TRAIN,
  inputsToSave: ['x', 'gamma'],
  outputsToSave: [false, true, true],
  gradFunc: (dy, saved, attributes) => {
    const [x, gamma, mean, variance] = saved;
    const { epsilon } = attributes as unknown as { epsilon: number };
    // One kernel yields all three, so it runs here: each closure below gets its own tidy scope, which would free the rest.
    const [dx, dgamma, dbeta] = runSeamKernel(
      BATCH_NORM_TRAIN_GRAD,
      composed.backward,
      { dy: (dy as tf.Tensor[])[0], x, gamma, mean, variance },
      { epsilon },
    );
    return { x: () => dx, gamma: () => dgamma, beta: () => dbeta };
  },
};

function asMatrix(x: tf.Tensor): tf.Tensor2D {
  const channels = x.shape[x.rank - 1];
  return tf.reshape(x, [x.size / Math.max(1, channels), channels]);
}
