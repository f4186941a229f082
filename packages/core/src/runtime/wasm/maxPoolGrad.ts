import * as tf from '@tensorflow/tfjs-core';
import { allocate, floats, start, type WasmKernelCall } from './heap.js';

interface Attributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: number | 'same' | 'valid' | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * Passes each output's gradient to the first largest input of its window. TF.js' own kernel takes padding for zeros and
 * drops the gradient of windows at the border whose values are all negative.
 */
export function maxPoolGrad(
  args: WasmKernelCall<{ dy: tf.TensorInfo; input: tf.TensorInfo }, Attributes>,
): tf.TensorInfo {
  const { backend, inputs, attrs } = args;
  const { dy, input } = inputs;
  const shape = input.shape as [number, number, number, number];
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { batchSize, inHeight, inWidth, outHeight, outWidth, inChannels, padInfo } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const dx = allocate(backend, shape);
  const heap = floats(backend);
  const [x0, dx0] = [start(backend, input), start(backend, dx)];
  heap.fill(0, dx0, dx0 + tf.util.sizeFromShape(shape));
  let from = start(backend, dy);
  for (let n = 0; n < batchSize; n++) {
    for (let y = 0; y < outHeight; y++) {
      const top = Math.max(0, y * strideHeight - padInfo.top);
      const bottom = Math.min(inHeight, y * strideHeight - padInfo.top + filterHeight);
      for (let x = 0; x < outWidth; x++) {
        const left = Math.max(0, x * strideWidth - padInfo.left);
        const right = Math.min(inWidth, x * strideWidth - padInfo.left + filterWidth);
        for (let c = 0; c < inChannels; c++, from++) {
          let largest = Number.NEGATIVE_INFINITY;
          let place = -1;
          for (let inY = top; inY < bottom; inY++) {
            for (let inX = left; inX < right; inX++) {
              const at = ((n * inHeight + inY) * inWidth + inX) * inChannels + c;
              const value = heap[x0 + at];
              if (value > largest) {
                largest = value;
                place = at;
              }
            }
          }
          if (place >= 0) heap[dx0 + place] += heap[from];
        }
      }
    }
  }
  return dx;
}
