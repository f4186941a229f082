import * as tf from '@tensorflow/tfjs-core';

/**
 * Means over a grid of windows that cover a map, whatever its size: window `i` of `n` on an axis of length `s` goes from
 * `⌊i s / n⌋` to `⌈(i + 1) s / n⌉`. Differentiable.
 *
 * @param map `[B, h, w, C]`
 * @param grid windows along each axis, at most `h` and `w`
 * @returns `[B, grid, grid, C]`
 */
export function adaptiveMeans(map: tf.Tensor4D, grid: number): tf.Tensor4D {
  return tf.tidy(() => {
    const along = (x: tf.Tensor4D, axis: 1 | 2): tf.Tensor4D => {
      const size = x.shape[axis];
      if (size === grid) return x;
      const windows = Array.from({ length: grid }, (_, i) => {
        const from = Math.floor((i * size) / grid);
        const count = Math.ceil(((i + 1) * size) / grid) - from;
        const [begin, extent] = [[0, 0, 0, 0], [...x.shape]];
        begin[axis] = from;
        extent[axis] = count;
        return tf.mean(tf.slice(x, begin, extent), axis, true);
      });
      return tf.concat(windows, axis) as tf.Tensor4D;
    };
    return along(along(map, 1), 2);
  });
}
