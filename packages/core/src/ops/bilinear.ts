import * as tf from '@tensorflow/tfjs-core';
import { type ComposedKernel, runSeamKernel } from './kernelSeam.js';
import { resampled } from './resample.js';

/**
 * Kernel an engine may register: inputs `dy` `[B, H', W', C]` and `images` (its shape only), attribute `alignCorners` (1, or
 * 0 for half-pixel centres); output `[dImages]`. TF.js' own gradient does not know half-pixel centres.
 */
export const BILINEAR_RESIZE_GRAD = 'BilinearResizeGrad';

/**
 * A bilinear resize along one axis as a dense matrix `[to, from]`, row-major: `out = matrix · in`.
 *
 * @param from input size in pixels
 * @param to output size in pixels
 * @param alignCorners whether the centres of the outermost pixels stay where they are; else the edges do
 */
export function bilinearMatrix(from: number, to: number, alignCorners: boolean): Float32Array {
  const matrix = new Float32Array(to * from);
  const step = alignCorners ? (to > 1 ? (from - 1) / (to - 1) : 0) : from / to;
  for (let i = 0; i < to; i++) {
    const position = alignCorners ? i * step : (i + 0.5) * step - 0.5;
    const inside = Math.min(Math.max(position, 0), from - 1);
    const low = Math.floor(inside);
    matrix[i * from + low] += 1 - (inside - low);
    matrix[i * from + Math.min(low + 1, from - 1)] += inside - low;
  }
  return matrix;
}

/** `[rows, columns]` of the transpose of a row-major matrix. */
function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(matrix, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]);
}

const composed: ComposedKernel = ({ dy, images }, { alignCorners }) => {
  const back = (axis: 1 | 2) => {
    const [from, to] = [images.shape[axis] as number, dy.shape[axis] as number];
    return transposed(bilinearMatrix(from, to, alignCorners === 1), to, from);
  };
  return [resampled(dy as tf.Tensor4D, [images.shape[1] as number, images.shape[2] as number], back(1), back(2))];
};

/**
 * Bilinear resize with a gradient for both conventions on every engine.
 *
 * @param x images `[B, H, W, C]`
 * @param size `[height, width]` of the result
 * @param alignCorners see {@link bilinearMatrix}
 */
export function bilinear(x: tf.Tensor4D, size: readonly [number, number], alignCorners: boolean): tf.Tensor4D {
  const op = tf.customGrad((...args) => {
    const [images, save] = args as [tf.Tensor4D, tf.GradSaveFunc];
    save([images]);
    return {
      value: tf.image.resizeBilinear(images, [...size], alignCorners, !alignCorners),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        runSeamKernel(
          BILINEAR_RESIZE_GRAD,
          composed,
          { dy, images: saved[0] },
          { alignCorners: alignCorners ? 1 : 0 },
        )[0],
    };
  });
  return op(x) as tf.Tensor4D;
}
