import * as tf from '@tensorflow/tfjs-core';
import { type ComposedKernel, runSeamKernel } from './kernelSeam.js';

/**
 * Kernel an engine may register: the gradient of a dilated convolution of stride 1 for its image. Inputs `dy, filter`
 * (`[kh, kw, in, out]`), attributes `dilation` and `same` (1 with zeros around the image, 0 without); output `[dx]`.
 */
export const DILATED_CONV_INPUT_GRAD = 'DilatedConv2DInputGrad';
/**
 * Kernel an engine may register: the same for its filter. Inputs `x, dy`, attributes `dilation`, `same`, and `height` and
 * `width` of the filter; output `[dFilter]`.
 */
export const DILATED_CONV_FILTER_GRAD = 'DilatedConv2DFilterGrad';

/** How far a dilated convolution reaches. */
export interface DilatedConvOptions {
  /** Spacing of the taps. */
  readonly dilation: number;
  /** TensorFlow's rules. */
  readonly padding: 'same' | 'valid';
}

/** Rows or columns of zeros before and after the image, along an axis with so many taps. */
function zeros(taps: number, dilation: number, same: number): [before: number, after: number] {
  const reach = same * (taps - 1) * dilation;
  return [Math.floor(reach / 2), Math.ceil(reach / 2)];
}

const inputGrad: ComposedKernel = ({ dy, filter }, { dilation, same }) => {
  const [height, width] = filter.shape;
  // The transposed convolution is a convolution with the filter turned round, and with what the padding left of the reach.
  const [rows, columns] = [height, width].map((taps): [number, number] => {
    const [before, after] = zeros(taps, dilation, same);
    return [(taps - 1) * dilation - before, (taps - 1) * dilation - after];
  });
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D;
  const padded = tf.pad(dy, [[0, 0], rows, columns, [0, 0]]) as tf.Tensor4D;
  return [tf.conv2d(padded, turned, 1, 'valid', 'NHWC', dilation)];
};

const filterGrad: ComposedKernel = ({ x, dy }, { dilation, same, height, width }) => {
  const [batch, rows, columns, out] = dy.shape;
  const channels = x.shape[3] as number;
  const padded = tf.pad(x, [[0, 0], zeros(height, dilation, same), zeros(width, dilation, same), [0, 0]]);
  const gradients = tf.reshape(dy, [-1, out]) as tf.Tensor2D;
  const taps = Array.from({ length: height * width }, (_, tap) => {
    const begin = [0, Math.floor(tap / width) * dilation, (tap % width) * dilation, 0];
    const seen = tf.slice(padded, begin, [batch, rows, columns, channels]);
    return tf.matMul(tf.reshape(seen, [-1, channels]) as tf.Tensor2D, gradients, true);
  });
  return [tf.reshape(tf.stack(taps), [height, width, channels, out])];
};

/**
 * Convolution with spaces between its taps, of stride 1. TF.js computes it too, but has no gradient for it.
 *
 * @param x image `[B, H, W, in]`
 * @param filter `[kh, kw, in, out]`
 * @param options dilation and padding
 */
export function dilatedConv2d(x: tf.Tensor4D, filter: tf.Tensor4D, options: DilatedConvOptions): tf.Tensor4D {
  const { dilation, padding } = options;
  const [height, width] = filter.shape;
  const reach = { dilation, same: padding === 'same' ? 1 : 0 };
  const op = tf.customGrad((...args) => {
    const [image, taps, save] = args as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
    save([image, taps]);
    return {
      value: tf.conv2d(image, taps, 1, padding, 'NHWC', dilation),
      gradFunc: (dy: tf.Tensor, [saved, kernel]: tf.Tensor[]) => [
        runSeamKernel(DILATED_CONV_INPUT_GRAD, inputGrad, { dy, filter: kernel }, reach)[0],
        runSeamKernel(DILATED_CONV_FILTER_GRAD, filterGrad, { x: saved, dy }, { ...reach, height, width })[0],
      ],
    };
  });
  return op(x, filter) as tf.Tensor4D;
}
