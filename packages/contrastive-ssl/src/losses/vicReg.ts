import { LulcError, requireAtLeast } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';

/** Weights of the terms of {@link vicReg}. */
export interface VicRegOptions {
  /** Of the mean squared distance of pairs; default 25. */
  readonly invariance?: number;
  /** Of the hinge that keeps the standard deviation of every dimension at 1; default 25. */
  readonly variance?: number;
  /** Of the squared covariances of different dimensions; default 1. */
  readonly covariance?: number;
}

/** Added to variances under the root, as in the published code. */
const epsilon = 1e-4;

/**
 * Variance-invariance-covariance regularisation (VICReg, Bardes et al. 2022, arXiv:2105.04906), in the scaling of VICRegL's code
 * (arXiv:2210.01571): pairs agree, every dimension varies over the batch, and no two dimensions vary together. It needs
 * neither negatives nor a second network, and works with small batches.
 *
 * Variances and covariances are unbiased and taken for each group by itself, over the batch; halves of both sides are added.
 * With all embeddings the same only the variance term stays: `variance · (1 − √1e-4)` = 24.75.
 *
 * @param x `[N, groups, D]`: N ≥ 2 rows of the batch; groups are positions in a map, 1 for vectors of whole images
 * @param y `[N, groups, D]`: the partner of each
 * @param options weights of the terms
 * @returns scalar, at least 0, differentiable in both
 * @throws LulcError `shape-mismatch` when shapes do not fit or there is one row only, `invalid-argument` for a weight
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import { useEngine } from '@lulc/core';
 * import { vicReg } from '@lulc/contrastive-ssl';
 *
 * await useEngine('cpu');
 * const same = tf.ones([4, 1, 8]) as tf.Tensor3D;
 * console.log(vicReg(same, same).dataSync()[0].toFixed(2)); // 24.75
 * ```
 */
export function vicReg(x: tf.Tensor3D, y: tf.Tensor3D, options: VicRegOptions = {}): tf.Scalar {
  const { invariance = 25, variance = 25, covariance = 1 } = options;
  requireAtLeast(0, { invariance, variance, covariance });
  if (x.rank !== 3 || !tf.util.arraysEqual(x.shape, y.shape) || x.shape[0] < 2) {
    throw new LulcError('shape-mismatch', `the embeddings are [${x.shape}] and [${y.shape}]`, {
      hint: 'Both must be [N, groups, D] with at least 2 rows.',
    });
  }
  return tf.tidy(() => {
    const sides = [x, y].map(spreadOf);
    const both = (term: 'hinge' | 'covariances') => tf.mul(0.5, tf.add(sides[0][term], sides[1][term]));
    return tf.addN([
      tf.mul(invariance, tf.mean(tf.square(tf.sub(x, y)))),
      tf.mul(variance, both('hinge')),
      tf.mul(covariance, both('covariances')),
    ]) as tf.Scalar;
  });
}

/** Mean hinge of the standard deviations, and mean over groups of the squared covariances of different dimensions over D. */
function spreadOf(x: tf.Tensor3D): { readonly hinge: tf.Tensor; readonly covariances: tf.Tensor } {
  const [rows, groups, dimensions] = x.shape;
  const centred = tf.transpose(tf.sub(x, tf.mean(x, 0, true)), [1, 0, 2]) as tf.Tensor3D;
  const variances = tf.div(tf.sum(tf.square(centred), 1), rows - 1);
  const hinge = tf.mean(tf.relu(tf.sub(1, tf.sqrt(tf.add(variances, epsilon)))));
  // |XᵀX|² = |XXᵀ|²: of the two products the smaller is made.
  const product = tf.matMul(centred, centred, rows >= dimensions, rows < dimensions);
  const all = tf.div(tf.sum(tf.square(product)), (rows - 1) ** 2);
  return { hinge, covariances: tf.div(tf.sub(all, tf.sum(tf.square(variances))), groups * dimensions) };
}
