import * as tf from '@tensorflow/tfjs-core';
import { inputGradient, requireChannelsLast } from './convGradients.js';
import { allocate, floats, start, type WasmKernelCall } from './heap.js';

interface Attributes {
  readonly strides: number | [number, number];
  readonly pad: number | 'same' | 'valid' | tf.backend_util.ExplicitPadding;
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type Shape4 = [number, number, number, number];

function describe(inputShape: number[], filterShape: number[], attrs: Attributes): tf.backend_util.Conv2DInfo {
  const info = tf.backend_util.computeConv2DInfo(
    inputShape as Shape4,
    filterShape as Shape4,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    true,
  );
  requireChannelsLast(info);
  return info;
}

/**
 * Visits every run of outputs that one filter tap connects to inputs inside the image: `visit(tap, input, output, run)`
 * with pixel indices of the first of `run` neighbouring outputs.
 */
function forEachTapRun(
  info: tf.backend_util.Conv2DInfo,
  visit: (tap: number, inputPixel: number, outputPixel: number, run: number) => void,
): void {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth, padInfo } = info;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  for (let n = 0; n < batchSize; n++) {
    for (let y = 0; y < outHeight; y++) {
      for (let i = 0; i < filterHeight; i++) {
        const inY = y * strideHeight + i * dilationHeight - padInfo.top;
        if (inY < 0 || inY >= inHeight) continue;
        for (let j = 0; j < filterWidth; j++) {
          const shift = j * dilationWidth - padInfo.left;
          const low = Math.max(0, Math.ceil(-shift / strideWidth));
          const high = Math.min(outWidth, Math.floor((inWidth - 1 - shift) / strideWidth) + 1);
          if (high <= low) continue;
          const inputPixel = (n * inHeight + inY) * inWidth + low * strideWidth + shift;
          visit(i * filterWidth + j, inputPixel, (n * outHeight + y) * outWidth + low, high - low);
        }
      }
    }
  }
}

/** Gradient of a depthwise convolution with respect to its filter: one pass over the products each tap sums. */
export function depthwiseBackpropFilter(
  args: WasmKernelCall<{ x: tf.TensorInfo; dy: tf.TensorInfo }, Attributes & { readonly filterShape: number[] }>,
): tf.TensorInfo {
  const { backend, inputs, attrs } = args;
  const info = describe(inputs.x.shape, attrs.filterShape, attrs);
  const { inChannels: c, outChannels: o, strideWidth } = info;
  const multiplier = o / c;
  const dw = allocate(backend, attrs.filterShape);
  const sums = new Float64Array(tf.util.sizeFromShape(attrs.filterShape));
  const heap = floats(backend);
  const x0 = start(backend, inputs.x);
  const dy0 = start(backend, inputs.dy);
  forEachTapRun(info, (tap, inputPixel, outputPixel, run) => {
    const base = tap * o;
    for (let p = 0; p < run; p++) {
      const x = x0 + (inputPixel + p * strideWidth) * c;
      const dy = dy0 + (outputPixel + p) * o;
      if (multiplier === 1) {
        for (let k = 0; k < c; k++) sums[base + k] += heap[x + k] * heap[dy + k];
      } else {
        for (let k = 0; k < o; k++) sums[base + k] += heap[x + Math.floor(k / multiplier)] * heap[dy + k];
      }
    }
  });
  heap.set(sums, start(backend, dw));
  return dw;
}

/**
 * Gradient of a depthwise convolution with respect to its input: a depthwise convolution of `dy` with the flipped
 * filter; with a channel multiplier or dilation, the products are scattered directly.
 */
export function depthwiseBackpropInput(
  args: WasmKernelCall<{ dy: tf.TensorInfo; filter: tf.TensorInfo }, Attributes & { readonly inputShape: number[] }>,
): tf.TensorInfo {
  const { backend, inputs, attrs } = args;
  const { dy, filter } = inputs;
  const info = describe(attrs.inputShape, filter.shape, attrs);
  const { inChannels: c, outChannels: o, strideWidth, filterWidth, dilationHeight, dilationWidth } = info;
  const multiplier = o / c;
  if (multiplier === 1 && dilationHeight === 1 && dilationWidth === 1)
    return inputGradient(backend, dy, info, tf.DepthwiseConv2dNative, (taps) => {
      const flipped = allocate(backend, [taps.high.count, taps.wide.count, c, 1]);
      const heap = floats(backend);
      let to = start(backend, flipped);
      for (let p = taps.high.count - 1; p >= 0; p--) {
        for (let q = taps.wide.count - 1; q >= 0; q--, to += c) {
          const tap = start(backend, filter) + (taps.high.at(p) * filterWidth + taps.wide.at(q)) * c;
          heap.copyWithin(to, tap, tap + c);
        }
      }
      return flipped;
    });
  const dx = allocate(backend, attrs.inputShape);
  const heap = floats(backend);
  const [dx0, dy0, w0] = [start(backend, dx), start(backend, dy), start(backend, filter)];
  heap.fill(0, dx0, dx0 + tf.util.sizeFromShape(attrs.inputShape));
  forEachTapRun(info, (tap, inputPixel, outputPixel, run) => {
    for (let p = 0; p < run; p++) {
      const to = dx0 + (inputPixel + p * strideWidth) * c;
      const from = dy0 + (outputPixel + p) * o;
      for (let k = 0; k < o; k++) heap[to + Math.floor(k / multiplier)] += heap[w0 + tap * o + k] * heap[from + k];
    }
  });
  return dx;
}
