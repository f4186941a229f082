import type * as tf from '@tensorflow/tfjs-core';
import { allocate, floats, integers, start, type WasmKernelCall } from './heap.js';

function positionsAndChannels(x: tf.TensorInfo): [positions: number, channels: number, size: number] {
  const channels = x.shape[x.shape.length - 1];
  const size = x.shape.reduce((a, b) => a * b, 1);
  return [size / Math.max(1, channels), channels, size];
}

/** Positions that are gone through channel by channel, so that a channel's sums and factors stay in registers. */
const BLOCK = 16;

/** Train-mode batch normalisation in two passes over memory; the sums are taken in double precision. */
export function batchNormTrainForward(
  args: WasmKernelCall<{ x: tf.TensorInfo; gamma: tf.TensorInfo; beta: tf.TensorInfo }, { epsilon: number }>,
): tf.TensorInfo[] {
  const { backend, inputs, attrs } = args;
  const [positions, channels, size] = positionsAndChannels(inputs.x);
  const y = allocate(backend, inputs.x.shape);
  const mean = allocate(backend, [channels]);
  const variance = allocate(backend, [channels]);
  const heap = floats(backend);
  const x0 = start(backend, inputs.x);
  const sum = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let block = 0; block < size; block += BLOCK * channels) {
    const end = Math.min(size, block + BLOCK * channels);
    for (let c = 0; c < channels; c++) {
      let s = 0;
      let q = 0;
      for (let at = block + c; at < end; at += channels) {
        const value = heap[x0 + at];
        s += value;
        q += value * value;
      }
      sum[c] += s;
      squares[c] += q;
    }
  }
  const slope = new Float32Array(channels);
  const offset = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    const m = sum[c] / positions;
    const v = Math.max(0, squares[c] / positions - m * m);
    heap[start(backend, mean) + c] = m;
    heap[start(backend, variance) + c] = v;
    const s = heap[start(backend, inputs.gamma) + c] / Math.sqrt(v + attrs.epsilon);
    slope[c] = s;
    offset[c] = heap[start(backend, inputs.beta) + c] - s * m;
  }
  const y0 = start(backend, y);
  for (let block = 0; block < size; block += BLOCK * channels) {
    const end = Math.min(size, block + BLOCK * channels);
    for (let c = 0; c < channels; c++) {
      const [s, o] = [slope[c], offset[c]];
      for (let at = block + c; at < end; at += channels) heap[y0 + at] = heap[x0 + at] * s + o;
    }
  }
  return [y, mean, variance];
}

/** Its gradients, in two passes as well. */
export function batchNormTrainBackward(
  args: WasmKernelCall<
    { dy: tf.TensorInfo; x: tf.TensorInfo; gamma: tf.TensorInfo; mean: tf.TensorInfo; variance: tf.TensorInfo },
    { epsilon: number }
  >,
): tf.TensorInfo[] {
  const { backend, inputs, attrs } = args;
  const [positions, channels, size] = positionsAndChannels(inputs.x);
  const dx = allocate(backend, inputs.x.shape);
  const dgamma = allocate(backend, [channels]);
  const dbeta = allocate(backend, [channels]);
  const heap = floats(backend);
  const x0 = start(backend, inputs.x);
  const dy0 = start(backend, inputs.dy);
  const sum = new Float64Array(channels);
  const products = new Float64Array(channels);
  for (let block = 0; block < size; block += BLOCK * channels) {
    const end = Math.min(size, block + BLOCK * channels);
    for (let c = 0; c < channels; c++) {
      let s = 0;
      let q = 0;
      for (let at = block + c; at < end; at += channels) {
        const d = heap[dy0 + at];
        s += d;
        q += d * heap[x0 + at];
      }
      sum[c] += s;
      products[c] += q;
    }
  }
  // dx = slope (dy - sum / n - (x - mean) r dgamma / n), written as fromDy dy + fromX x + constant.
  const fromDy = new Float32Array(channels);
  const fromX = new Float32Array(channels);
  const constant = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    const m = heap[start(backend, inputs.mean) + c];
    const r = 1 / Math.sqrt(heap[start(backend, inputs.variance) + c] + attrs.epsilon);
    const dg = r * (products[c] - m * sum[c]);
    const slope = heap[start(backend, inputs.gamma) + c] * r;
    heap[start(backend, dgamma) + c] = dg;
    heap[start(backend, dbeta) + c] = sum[c];
    fromDy[c] = slope;
    fromX[c] = (-slope * r * dg) / positions;
    constant[c] = (slope * (m * r * dg - sum[c])) / positions;
  }
  const to = start(backend, dx);
  for (let block = 0; block < size; block += BLOCK * channels) {
    const end = Math.min(size, block + BLOCK * channels);
    for (let c = 0; c < channels; c++) {
      const [d, x, k] = [fromDy[c], fromX[c], constant[c]];
      for (let at = block + c; at < end; at += channels) heap[to + at] = d * heap[dy0 + at] + x * heap[x0 + at] + k;
    }
  }
  return [dx, dgamma, dbeta];
}

/** Passes `dy` where `y` is above 0, by a bit mask: signs of activations are random, so a branch would be mispredicted. */
export function reluGrad(args: WasmKernelCall<{ dy: tf.TensorInfo; y: tf.TensorInfo }, object>): tf.TensorInfo {
  const { backend, inputs } = args;
  const dx = allocate(backend, inputs.y.shape);
  const bits = integers(backend);
  const size = inputs.y.shape.reduce((a, b) => a * b, 1);
  const [y, dy, to] = [start(backend, inputs.y), start(backend, inputs.dy), start(backend, dx)];
  for (let k = 0; k < size; k++) bits[to + k] = bits[dy + k] & (-(bits[y + k] & 0x7fffffff) >> 31);
  return dx;
}
