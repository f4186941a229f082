import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { allocate, call, floats, free, start, type WasmKernelCall, withViews } from './heap.js';

type ConvInfo = tf.backend_util.Conv2DInfo;

/** Attributes of TF.js' `Conv2DBackpropFilter` that matter here. */
interface FilterAttributes {
  readonly strides: number | [number, number];
  readonly pad: number | 'same' | 'valid' | tf.backend_util.ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape: [number, number, number, number];
}

/** Positions whose products one matrix multiplication sums: both its operands stay in the cache (see docs/performance.md). */
const POSITIONS_PER_MATMUL = 2048;

/**
 * Gradient of a convolution with respect to its filter, as matrix products over positions.
 *
 * The input is split into its `stride x stride` phases, each laid on a grid with as many positions as the output plus
 * the reach of the filter, and transposed to `[phase and channel, position]`. On that grid a filter tap is a flat shift
 * of positions, so the rows of one product are plain copies of shifted runs; its columns are the channels of the output
 * gradient, and its result has the very layout of the filter. Positions are taken in pieces that fit the cache.
 */
export function conv2DBackpropFilter(
  args: WasmKernelCall<{ x: tf.TensorInfo; dy: tf.TensorInfo }, FilterAttributes>,
): tf.TensorInfo {
  const { backend, inputs, attrs } = args;
  const { x, dy } = inputs;
  const info = tf.backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    attrs.filterShape,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
    false,
    tf.backend_util.convertConv2DDataFormat(attrs.dataFormat),
  );
  requireChannelsLast(info);
  const { inChannels, outChannels, filterHeight, filterWidth } = info;
  const grid = gridOf(info);
  const rows = filterHeight * filterWidth * inChannels;

  const dw = allocate(backend, attrs.filterShape);
  const transposed = allocate(backend, [grid.phasesHigh * grid.phasesWide * inChannels, grid.rowLength]);
  const gridDy = grid.reach === 0 ? dy : allocate(backend, [grid.positions, outChannels]);
  const pieceLength = Math.min(POSITIONS_PER_MATMUL, grid.positions);
  const left = allocate(backend, [rows, pieceLength]);
  const heap = floats(backend);
  heap.fill(0, start(backend, dw), start(backend, dw) + rows * outChannels);
  transposePhases(heap, start(backend, x), start(backend, transposed), info, grid);
  if (grid.reach > 0) layOnGrid(heap, start(backend, dy), start(backend, gridDy), info, grid);

  for (let first = 0; first < grid.positions; first += pieceLength) {
    const length = Math.min(pieceLength, grid.positions - first);
    gatherTaps(floats(backend), start(backend, transposed) + first, start(backend, left), length, info, grid);
    const product = withViews(
      backend,
      [
        [start(backend, left), [rows, length]],
        [start(backend, gridDy) + first * outChannels, [length, outChannels]],
      ],
      ([a, b]) => call(backend, tf.BatchMatMul, { a, b }, { transposeA: false, transposeB: false }),
    );
    accumulate(floats(backend), start(backend, product), start(backend, dw), rows * outChannels);
    free(backend, product);
  }
  free(backend, left);
  if (grid.reach > 0) free(backend, gridDy);
  free(backend, transposed);
  return dw;
}

/** How the phases of an image lie on the grid of positions. */
interface Grid {
  readonly phasesHigh: number;
  readonly phasesWide: number;
  readonly height: number;
  readonly width: number;
  /** Grid positions of the whole batch. */
  readonly positions: number;
  /** Largest shift of a tap, in positions. */
  readonly reach: number;
  /** Positions and reach: what one transposed row holds. */
  readonly rowLength: number;
}

function gridOf(info: ConvInfo): Grid {
  const shiftsHigh = Math.ceil(info.filterHeight / info.strideHeight) - 1;
  const shiftsWide = Math.ceil(info.filterWidth / info.strideWidth) - 1;
  const height = info.outHeight + shiftsHigh;
  const width = info.outWidth + shiftsWide;
  const positions = info.batchSize * height * width;
  const reach = shiftsHigh * width + shiftsWide;
  return {
    phasesHigh: Math.min(info.strideHeight, info.filterHeight),
    phasesWide: Math.min(info.strideWidth, info.filterWidth),
    height,
    width,
    positions,
    reach,
    rowLength: positions + reach,
  };
}

/** Writes the phases of the padded input as `[phase and channel, position]`, with zeros outside the image. */
function transposePhases(heap: Float32Array, from: number, to: number, info: ConvInfo, grid: Grid): void {
  const { batchSize, inHeight, inWidth, inChannels, strideHeight, strideWidth, padInfo } = info;
  const { phasesHigh, phasesWide, height, width, positions, rowLength } = grid;
  const step = strideWidth * inChannels;
  for (let n = 0; n < batchSize; n++) {
    for (let y = 0; y < height; y++) {
      for (let a = 0; a < phasesHigh; a++) {
        const inY = y * strideHeight + a - padInfo.top;
        const inside = inY >= 0 && inY < inHeight;
        for (let b = 0; b < phasesWide; b++) {
          const inX = b - padInfo.left;
          const low = inside ? Math.min(width, Math.max(0, Math.ceil(-inX / strideWidth))) : width;
          const high = inside ? Math.max(low, Math.min(width, Math.ceil((inWidth - inX) / strideWidth))) : width;
          const source = from + ((n * inHeight + inY) * inWidth + inX + low * strideWidth) * inChannels;
          let target = to + (a * phasesWide + b) * inChannels * rowLength + (n * height + y) * width;
          for (let c = 0; c < inChannels; c++, target += rowLength) {
            for (let k = 0; k < low; k++) heap[target + k] = 0;
            for (let k = low, s = source + c; k < high; k++, s += step) heap[target + k] = heap[s];
            for (let k = high; k < width; k++) heap[target + k] = 0;
          }
        }
      }
    }
  }
  for (let row = 0; row < phasesHigh * phasesWide * inChannels; row++)
    heap.fill(0, to + row * rowLength + positions, to + (row + 1) * rowLength);
}

/** Copies the output gradient onto the grid, with zeros where the grid is larger. */
function layOnGrid(heap: Float32Array, from: number, to: number, info: ConvInfo, { height, width }: Grid): void {
  const { batchSize, outHeight, outWidth, outChannels } = info;
  const row = outWidth * outChannels;
  let target = to;
  for (let n = 0; n < batchSize; n++) {
    for (let y = 0; y < height; y++, target += width * outChannels) {
      const copied = y < outHeight ? row : 0;
      const source = from + (n * outHeight + y) * row;
      heap.copyWithin(target, source, source + copied);
      heap.fill(0, target + copied, target + width * outChannels);
    }
  }
}

/** One piece of positions for every tap and channel, in the order of the filter: `[tap and channel, position]`. */
function gatherTaps(heap: Float32Array, from: number, to: number, length: number, info: ConvInfo, grid: Grid): void {
  const { inChannels, filterHeight, filterWidth, strideHeight, strideWidth } = info;
  let target = to;
  for (let i = 0; i < filterHeight; i++) {
    for (let j = 0; j < filterWidth; j++) {
      const phase = (i % strideHeight) * grid.phasesWide + (j % strideWidth);
      const shift = Math.floor(i / strideHeight) * grid.width + Math.floor(j / strideWidth);
      for (let c = 0; c < inChannels; c++, target += length) {
        const source = from + (phase * inChannels + c) * grid.rowLength + shift;
        heap.copyWithin(target, source, source + length);
      }
    }
  }
}

function accumulate(heap: Float32Array, from: number, to: number, length: number): void {
  for (let k = 0; k < length; k++) heap[to + k] += heap[from + k];
}

/** Attributes of TF.js' `Conv2DBackpropInput` that matter here. */
interface InputAttributes {
  readonly strides: number | [number, number];
  readonly pad: number | 'same' | 'valid' | tf.backend_util.ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly inputShape: [number, number, number, number];
}

/**
 * Gradient of a convolution with respect to its input: a forward convolution of `dy` with the flipped filter, once per
 * phase of the stride (so that no multiplication by an inserted zero is ever done).
 */
export function conv2DBackpropInput(
  args: WasmKernelCall<{ dy: tf.TensorInfo; filter: tf.TensorInfo }, InputAttributes>,
): tf.TensorInfo {
  const { backend, inputs, attrs } = args;
  const { dy, filter } = inputs;
  const info = tf.backend_util.computeConv2DInfo(
    attrs.inputShape,
    filter.shape as [number, number, number, number],
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
    false,
    tf.backend_util.convertConv2DDataFormat(attrs.dataFormat),
  );
  requireChannelsLast(info);
  const { inChannels: c, outChannels: o, filterWidth } = info;
  return inputGradient(backend, dy, info, tf.Conv2D, (taps) => {
    const flipped = allocate(backend, [taps.high.count, taps.wide.count, o, c]);
    const heap = floats(backend);
    const from = start(backend, filter);
    let to = start(backend, flipped);
    for (let p = taps.high.count - 1; p >= 0; p--) {
      for (let q = taps.wide.count - 1; q >= 0; q--) {
        const tap = from + (taps.high.at(p) * filterWidth + taps.wide.at(q)) * c * o;
        for (let k = 0; k < o; k++) {
          for (let l = 0; l < c; l++) heap[to++] = heap[tap + l * o + k];
        }
      }
    }
    return flipped;
  });
}

/** The filter taps that reach one phase of the input along one axis, and where their convolution with `dy` lies. */
interface Phase {
  /** First input index of the phase. */
  readonly first: number;
  /** How many input indices it has. */
  readonly length: number;
  /** How many taps reach it. */
  readonly count: number;
  /** The filter index of tap `u`. */
  at(u: number): number;
  /** Zeros in front of and behind `dy`. */
  readonly before: number;
  readonly after: number;
  /** Outputs of the convolution to skip, and how many it has. */
  readonly skip: number;
  readonly outputs: number;
}

function phasesOf(inSize: number, outSize: number, filterSize: number, stride: number, padBefore: number): Phase[] {
  const phases: Phase[] = [];
  for (let a = 0; a < stride; a++) {
    // Input index h = m stride + a - padBefore; dx[m] = sum over u of filter[a + stride u] dy[m - u].
    const low = Math.ceil((padBefore - a) / stride);
    const high = Math.floor((inSize - 1 + padBefore - a) / stride);
    const length = high - low + 1;
    if (length <= 0) continue;
    const count = Math.max(0, Math.ceil((filterSize - a) / stride));
    const before = Math.max(0, count - 1 - low);
    const skip = Math.max(0, low - (count - 1));
    const after = Math.max(0, skip + length - outSize - before + count - 1);
    const outputs = outSize + before + after - count + 1;
    phases.push({
      first: low * stride + a - padBefore,
      length,
      count,
      at: (u) => a + stride * u,
      before,
      after,
      skip,
      outputs,
    });
  }
  return phases;
}

/** The common frame of both input gradients: convolve `dy` per phase, put the phases together. */
export function inputGradient(
  backend: BackendWasm,
  dy: tf.TensorInfo,
  info: ConvInfo,
  kernelName: string,
  flippedFilter: (taps: { high: Phase; wide: Phase }) => tf.TensorInfo,
): tf.TensorInfo {
  const { batchSize, inHeight, inWidth, inChannels: c, strideHeight, strideWidth, padInfo } = info;
  const rows = phasesOf(inHeight, info.outHeight, info.filterHeight, strideHeight, padInfo.top);
  const columns = phasesOf(inWidth, info.outWidth, info.filterWidth, strideWidth, padInfo.left);
  const convolve = (high: Phase, wide: Phase): tf.TensorInfo => {
    const filter = flippedFilter({ high, wide });
    const pad: tf.backend_util.ExplicitPadding = [
      [0, 0],
      [high.before, high.after],
      [wide.before, wide.after],
      [0, 0],
    ];
    const result = call(
      backend,
      kernelName,
      { x: dy, filter },
      { strides: [1, 1], pad, dataFormat: 'NHWC', dilations: [1, 1] },
    );
    free(backend, filter);
    return result;
  };
  const exact = (phase: Phase) => phase.count > 0 && phase.skip === 0 && phase.outputs === phase.length;
  if (strideHeight === 1 && strideWidth === 1 && exact(rows[0]) && exact(columns[0]))
    return convolve(rows[0], columns[0]);

  const dx = allocate(backend, info.inShape);
  floats(backend).fill(0, start(backend, dx), start(backend, dx) + tf.util.sizeFromShape(info.inShape));
  for (const high of rows) {
    for (const wide of columns) {
      if (high.count === 0 || wide.count === 0) continue;
      const part = convolve(high, wide);
      const heap = floats(backend);
      for (let n = 0; n < batchSize; n++) {
        for (let y = 0; y < high.length; y++) {
          let from = start(backend, part) + ((n * high.outputs + y + high.skip) * wide.outputs + wide.skip) * c;
          let to = start(backend, dx) + ((n * inHeight + high.first + y * strideHeight) * inWidth + wide.first) * c;
          for (let x = 0; x < wide.length; x++, from += c, to += strideWidth * c) {
            for (let k = 0; k < c; k++) heap[to + k] = heap[from + k];
          }
        }
      }
      free(backend, part);
    }
  }
  return dx;
}

/** TF.js' own WebAssembly kernels are channels-last only, too. */
export function requireChannelsLast(info: ConvInfo): void {
  if (info.dataFormat !== 'channelsLast') throw new Error('the wasm engine needs channels-last (NHWC) tensors');
}
