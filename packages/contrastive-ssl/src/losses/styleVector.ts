import { LulcError } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Mean and unbiased variance of each channel of a map: GLCNet's "style" of an image (arXiv:2106.10605). Differentiable.
 *
 * @param map `[B, h, w, C]`, at least two pixels
 * @returns `[B, 2C]`: all means, then all variances (division by pixels − 1)
 * @throws LulcError `shape-mismatch` for another rank or a map of one pixel
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import { useEngine } from '@lulc/core';
 * import { styleVector } from '@lulc/contrastive-ssl';
 *
 * await useEngine('cpu');
 * const [mean, variance] = styleVector(tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1])).dataSync();
 * console.log(mean, variance.toFixed(4)); // 2.5 1.6667
 * ```
 */
export function styleVector(map: tf.Tensor4D): tf.Tensor2D {
  const [, height, width] = map.shape;
  if (map.rank !== 4 || height * width < 2) {
    throw new LulcError('shape-mismatch', `a style needs a map [B, h, w, C] of two pixels or more, got [${map.shape}]`);
  }
  return tf.tidy(() => {
    const mean = tf.mean(map, [1, 2], true);
    const squares = tf.sum(tf.square(tf.sub(map, mean)), [1, 2]);
    return tf.concat([tf.squeeze(mean, [1, 2]), tf.div(squares, height * width - 1)], 1) as tf.Tensor2D;
  });
}
