import { LulcError } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from '../momentum/withoutGradient.js';
import { infoNce } from './infoNce.js';
import { unitRows } from './unitRows.js';

/** Backbone features and embeddings of the cells of a batch of maps. */
export interface DenseFeatures {
  /** What cells are matched by, `[B, cells, C]`. */
  readonly features: tf.Tensor3D;
  /** What is contrasted, `[B, cells, D]`. */
  readonly embeddings: tf.Tensor3D;
}

/**
 * The dense loss of DenseCL (Wang et al. 2021, arXiv:2011.09157): each cell of the query view takes as its positive the cell of the
 * same image in the key view whose backbone features have the highest cosine, and must tell it from a queue. No gradient
 * flows through the choice.
 *
 * @param query cells of the trained network
 * @param key cells of its copy
 * @param negatives `[K, D]`
 * @param temperature divisor of the similarities, > 0
 * @returns scalar, at least 0
 * @throws LulcError `shape-mismatch` when shapes do not fit, `invalid-argument` for the temperature
 */
export function denseInfoNce(
  query: DenseFeatures,
  key: DenseFeatures,
  negatives: tf.Tensor2D,
  temperature: number,
): tf.Scalar {
  const [images, , dimensions] = key.embeddings.shape;
  if (query.features.shape[0] !== images || query.features.shape[1] !== query.embeddings.shape[1]) {
    throw new LulcError(
      'shape-mismatch',
      `features are [${query.features.shape}], embeddings [${query.embeddings.shape}]`,
    );
  }
  return tf.tidy(() => {
    const [positives] = withoutGradient(() => [
      tf.reshape(tf.matMul(mostAlike(query.features, key.features), key.embeddings), [-1, dimensions]) as tf.Tensor2D,
    ]);
    return infoNce(tf.reshape(query.embeddings, [-1, dimensions]), positives, negatives, temperature);
  });
}

/** `[B, cells, cells]`: 1 at the key cell that is most alike each query cell, else 0. */
export function mostAlike(query: tf.Tensor3D, key: tf.Tensor3D): tf.Tensor3D {
  return tf.tidy(() => {
    const unit = (cells: tf.Tensor3D): tf.Tensor3D =>
      tf.reshape(unitRows(tf.reshape(cells, [-1, cells.shape[2]])), cells.shape);
    const nearest = tf.argMax(tf.matMul(unit(query), unit(key), false, true), 2);
    return tf.cast(tf.oneHot(nearest, key.shape[1]), 'float32') as tf.Tensor3D;
  });
}
