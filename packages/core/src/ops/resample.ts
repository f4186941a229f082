import { matMul, reshape, type Tensor4D, tensor, tile } from '@tensorflow/tfjs-core';

/**
 * Multiplies every column and every row of images by a matrix.
 *
 * @param x images `[B, H, W, C]`
 * @param size `[H', W']`
 * @param rows `[H', H]`, row-major
 * @param columns `[W', W]`, row-major
 * @returns `[B, H', W', C]`
 */
export function resampled(
  x: Tensor4D,
  size: readonly [number, number],
  rows: Float32Array,
  columns: Float32Array,
): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const [newHeight, newWidth] = size;
  const down = tile(tensor(rows, [1, newHeight, height]), [batch, 1, 1]);
  const across = tile(tensor(columns, [1, newWidth, width]), [batch * newHeight, 1, 1]);
  const tall = matMul(down, reshape(x, [batch, height, width * channels]));
  const wide = matMul(across, reshape(tall, [batch * newHeight, width, channels]));
  return reshape(wide, [batch, newHeight, newWidth, channels]);
}
