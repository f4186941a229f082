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

/** Positions whose products one matrix multiplication sums: its right side stays in the cache (see docs/performance.md). */
const POSITIONS_PER_MATMUL = 4096;

/**
 * Gradient of a convolution with respect to its filter, as matrix products over positions.
 *
 * The input is split into its `stride x stride` phases, each laid on a grid with as many positions as the output plus
 * the reach of the filter, and transposed to `[phase and channel, position]`. On that grid a filter tap is a flat shift
 * of positions, so for each shift the gradient is one product with the output gradient, whose rows are already laid out
 * and only start elsewhere. Positions are taken in pieces that fit the cache.
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
  const { batchSize, inChannels, outChannels, filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const shiftsHigh = Math.ceil(filterHeight / strideHeight);
  const shiftsWide = Math.ceil(filterWidth / strideWidth);
  const gridHeight = info.outHeight + shiftsHigh - 1;
  const gridWidth = info.outWidth + shiftsWide - 1;
  const positions = batchSize * gridHeight * gridWidth;
  const lead = (shiftsHigh - 1) * gridWidth + shiftsWide - 1;
  const phasesHigh = Math.min(strideHeight, filterHeight);
  const phasesWide = Math.min(strideWidth, filterWidth);
  const rows = phasesHigh * phasesWide * inChannels;

  const dw = allocate(backend, attrs.filterShape);
  const transposed = allocate(backend, [rows, positions]);
  const gridDy = lead === 0 ? dy : allocate(backend, [lead + positions, outChannels]);
  const heap = floats(backend);
  heap.fill(0, start(backend, dw), start(backend, dw) + filterHeight * filterWidth * inChannels * outChannels);
  const layout = { phasesHigh, phasesWide, gridHeight, gridWidth };
  transposePhases(heap, start(backend, x), start(backend, transposed), info, layout);
  if (lead > 0) layOnGrid(heap, start(backend, dy), start(backend, gridDy), info, layout, lead);

  for (let first = 0; first < positions; first += POSITIONS_PER_MATMUL) {
    const length = Math.min(POSITIONS_PER_MATMUL, positions - first);
    for (let u = 0; u < shiftsHigh; u++) {
      for (let v = 0; v < shiftsWide; v++) {
        const right = start(backend, gridDy) + (lead - u * gridWidth - v + first) * outChannels;
        const tapsHigh = Math.min(strideHeight, filterHeight - u * strideHeight);
        const tapsWide = Math.min(strideWidth, filterWidth - v * strideWidth);
        // Phases are ordered row by row; a product can take several rows of phases at once when it takes whole rows.
        const whole = tapsWide === phasesWide;
        for (let a = 0; a < (whole ? 1 : tapsHigh); a++) {
          const phases = whole ? tapsHigh * phasesWide : tapsWide;
          const left = start(backend, transposed) + first * rows + a * phasesWide * inChannels * length;
          const product = withViews(
            backend,
            [
              [left, [phases * inChannels, length]],
              [right, [length, outChannels]],
            ],
            ([l, r]) => call(backend, tf.BatchMatMul, { a: l, b: r }, { transposeA: false, transposeB: false }),
          );
          const memory = floats(backend);
          const block = inChannels * outChannels;
          for (let p = 0; p < phases; p++) {
            const i = u * strideHeight + a + Math.floor(p / phasesWide);
            const j = v * strideWidth + (p % phasesWide);
            accumulate(
              memory,
              start(backend, product) + p * block,
              start(backend, dw) + (i * filterWidth + j) * block,
              block,
            );
          }
          free(backend, product);
        }
      }
    }
  }
  if (lead > 0) free(backend, gridDy);
  free(backend, transposed);
  return dw;
}

/** How the phases of an image lie on the grid. */
interface GridLayout {
  readonly phasesHigh: number;
  readonly phasesWide: number;
  readonly gridHeight: number;
  readonly gridWidth: number;
}

/** Writes the phases of the padded input as `[piece of positions][phase and channel][position]`, zeros outside. */
function transposePhases(heap: Float32Array, from: number, to: number, info: ConvInfo, layout: GridLayout): void {
  const { batchSize, inHeight, inWidth, inChannels, strideHeight, strideWidth, padInfo } = info;
  const { phasesHigh, phasesWide, gridHeight, gridWidth } = layout;
  const positions = batchSize * gridHeight * gridWidth;
  const rows = phasesHigh * phasesWide * inChannels;
  let position = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let y = 0; y < gridHeight; y++) {
      // One grid row at a time, cut where a piece of positions ends.
      for (let x0 = 0; x0 < gridWidth; ) {
        const piece = Math.floor(position / POSITIONS_PER_MATMUL) * POSITIONS_PER_MATMUL;
        const length = Math.min(POSITIONS_PER_MATMUL, positions - piece);
        const run = Math.min(gridWidth - x0, piece + length - position);
        const base = to + piece * rows + (position - piece);
        for (let a = 0; a < phasesHigh; a++) {
          const inY = y * strideHeight + a - padInfo.top;
          for (let b = 0; b < phasesWide; b++) {
            const inX0 = x0 * strideWidth + b - padInfo.left;
            let target = base + (a * phasesWide + b) * inChannels * length;
            const outside = inY < 0 || inY >= inHeight;
            const low = outside ? run : Math.min(run, Math.max(0, Math.ceil(-inX0 / strideWidth)));
            const high = outside ? run : Math.max(low, Math.min(run, Math.ceil((inWidth - inX0) / strideWidth)));
            const step = strideWidth * inChannels;
            const source0 = from + ((n * inHeight + inY) * inWidth + inX0) * inChannels;
            for (let c = 0; c < inChannels; c++, target += length) {
              for (let k = 0; k < low; k++) heap[target + k] = 0;
              for (let k = low, s = source0 + low * step + c; k < high; k++, s += step) heap[target + k] = heap[s];
              for (let k = high; k < run; k++) heap[target + k] = 0;
            }
          }
        }
        position += run;
        x0 += run;
      }
    }
  }
}

/** Copies the output gradient onto the grid, behind `lead` zero rows, with zeros where the grid is larger. */
function layOnGrid(
  heap: Float32Array,
  from: number,
  to: number,
  info: ConvInfo,
  layout: GridLayout,
  lead: number,
): void {
  const { batchSize, outHeight, outWidth, outChannels } = info;
  const { gridHeight, gridWidth } = layout;
  heap.fill(0, to, to + lead * outChannels);
  const row = outWidth * outChannels;
  for (let n = 0; n < batchSize; n++) {
    for (let y = 0; y < gridHeight; y++) {
      const target = to + (lead + (n * gridHeight + y) * gridWidth) * outChannels;
      const end = target + gridWidth * outChannels;
      if (y >= outHeight) {
        heap.fill(0, target, end);
        continue;
      }
      const source = from + (n * outHeight + y) * row;
      heap.copyWithin(target, source, source + row);
      heap.fill(0, target + row, end);
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
