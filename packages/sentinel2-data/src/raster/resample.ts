import { bicubicTaps, LulcError, type Taps } from '@lulc/core';
import type { PixelWindow } from './pixelWindow.js';

/**
 * How an image is brought to another grid. All use half-pixel centres and no anti-aliasing, as TensorFlow 2's
 * `image.resize` does (spec 1.1).
 */
export type ResampleMethod = 'bicubic' | 'bilinear' | 'nearest';

/** What there is. */
export const resampleMethods: readonly ResampleMethod[] = ['bicubic', 'bilinear', 'nearest'];

/** A raster of interleaved values. */
export interface Raster {
  /** `height · width · bands` values, row-major, bands interleaved. */
  readonly data: ArrayLike<number>;
  /** `[height, width, bands]`. */
  readonly shape: readonly [number, number, number];
}

/** Input positions that make an output position; kernels that need fewer have weights of 0. */
const taps = 4;

/** The input positions and weights that make each output position of one axis. */
interface AxisWeights {
  readonly positions: Int32Array;
  readonly weights: Float64Array;
}

/** The taps of one axis, per output position. */
const tapsOf: Readonly<Record<ResampleMethod, (from: number, to: number) => readonly Taps[]>> = {
  bicubic: bicubicTaps,
  bilinear: (from, to) =>
    centres(from, to).map((centre) => {
      const inside = Math.min(Math.max(centre, 0), from - 1);
      const base = Math.floor(inside);
      return { index: [base, Math.min(base + 1, from - 1)], weight: [1 - (inside - base), inside - base] };
    }),
  nearest: (from, to) =>
    centres(from, to).map((centre) => ({
      index: [Math.min(Math.max(Math.floor(centre + 0.5), 0), from - 1)],
      weight: [1],
    })),
};

/** Where the centre of each output pixel lies on the input axis. */
function centres(from: number, to: number): number[] {
  return Array.from({ length: to }, (_, i) => (i + 0.5) * (from / to) - 0.5);
}

const axisCache = new Map<string, AxisWeights>();

function axisWeights(method: ResampleMethod, from: number, to: number): AxisWeights {
  const key = `${method} ${from} ${to}`;
  const cached = axisCache.get(key);
  if (cached !== undefined) return cached;
  const lists = tapsOf[method](from, to);
  const axis = { positions: new Int32Array(to * taps), weights: new Float64Array(to * taps) };
  lists.forEach((list, i) => {
    axis.positions.set(list.index, i * taps);
    axis.weights.set(list.weight, i * taps);
  });
  if (axisCache.size >= 64) axisCache.clear();
  axisCache.set(key, axis);
  return axis;
}

/**
 * An image on another grid of the same extent.
 *
 * Bicubic follows TensorFlow 2: Keys' kernel with a = −0.5 tabulated in 1/1024 pixel steps; taps outside the image
 * count nothing and the rest are rescaled to sum to 1. It may overshoot the range of the input.
 *
 * @param image `[height, width, bands]`
 * @param size `[height, width]` wanted
 * @param method the kernel
 * @param out where to write, `size[0] · size[1] · bands` values; made when not given
 * @returns `out`
 * @throws LulcError `invalid-argument` for an empty size
 */
export function resample(
  image: Raster,
  size: readonly [number, number],
  method: ResampleMethod,
  out: Float32Array = new Float32Array(size[0] * size[1] * image.shape[2]),
): Float32Array {
  const [height, width, bands] = image.shape;
  const [toHeight, toWidth] = size;
  if (Math.min(height, width, bands, toHeight, toWidth) < 1) {
    throw new LulcError('invalid-argument', `cannot resize ${height}x${width} to ${toHeight}x${toWidth}`);
  }
  return weightedSums(image, axisWeights(method, height, toHeight), axisWeights(method, width, toWidth), out);
}

/**
 * The pixels of an image that a window of it on another grid is made of.
 *
 * @param window a part of the other grid
 * @param grid `[height, width]` of the other grid
 * @param size `[height, width]` of the image
 * @param method the kernel
 * @returns the smallest part of the image that holds them
 */
export function windowBeneath(
  window: PixelWindow,
  grid: readonly [number, number],
  size: readonly [number, number],
  method: ResampleMethod,
): PixelWindow {
  const [top, height] = beneath(partOfAxis(method, size[0], grid[0], window.top, window.height));
  const [left, width] = beneath(partOfAxis(method, size[1], grid[1], window.left, window.width));
  return { top, left, height, width };
}

/**
 * A window of an image on another grid: what {@link resample} makes of the whole image, cut to the window.
 *
 * @param part the pixels of the image that {@link windowBeneath} names
 * @param window a part of the other grid
 * @param grid `[height, width]` of the other grid
 * @param size `[height, width]` of the image
 * @param method the kernel
 */
export function resampleWindow(
  part: Raster,
  window: PixelWindow,
  grid: readonly [number, number],
  size: readonly [number, number],
  method: ResampleMethod,
): Float32Array {
  const vertical = partOfAxis(method, size[0], grid[0], window.top, window.height);
  const horizontal = partOfAxis(method, size[1], grid[1], window.left, window.width);
  const out = new Float32Array(window.height * window.width * part.shape[2]);
  return weightedSums(part, fromItsStart(vertical), fromItsStart(horizontal), out);
}

/** The output positions of a part of an axis. */
function partOfAxis(method: ResampleMethod, from: number, to: number, start: number, length: number): AxisWeights {
  const { positions, weights } = axisWeights(method, from, to);
  const [first, last] = [start * taps, (start + length) * taps];
  return { positions: positions.subarray(first, last), weights: weights.subarray(first, last) };
}

/** First input position that counts, and how many there are from it to the last. */
function beneath({ positions, weights }: AxisWeights): readonly [start: number, length: number] {
  const used = positions.filter((_, i) => weights[i] !== 0);
  const start = used.reduce((least, position) => Math.min(least, position));
  return [start, used.reduce((most, position) => Math.max(most, position)) - start + 1];
}

/** The same weights for an input that begins with the first position that counts. */
function fromItsStart({ positions, weights }: AxisWeights): AxisWeights {
  const [start] = beneath({ positions, weights });
  return { positions: positions.map((position, i) => (weights[i] === 0 ? 0 : position - start)), weights };
}

/** What the weights of both axes make of an image. */
function weightedSums(image: Raster, vertical: AxisWeights, horizontal: AxisWeights, out: Float32Array): Float32Array {
  const [, width, bands] = image.shape;
  const { positions, weights } = horizontal;
  const toHeight = vertical.positions.length / taps;
  const toWidth = positions.length / taps;
  // down the columns first: whole rows are added up, which is fast whatever the number of bands
  const stride = width * bands;
  const { data } = image;
  const row = new Float64Array(stride);
  for (let y = 0, to = 0; y < toHeight; y++) {
    row.fill(0);
    for (let k = y * taps; k < (y + 1) * taps; k++) {
      addRow(row, data, vertical.positions[k] * stride, vertical.weights[k]);
    }
    for (let k = 0; k < toWidth * taps; k += taps) {
      const [w0, w1, w2, w3] = [weights[k], weights[k + 1], weights[k + 2], weights[k + 3]];
      const p0 = positions[k] * bands;
      const p1 = positions[k + 1] * bands;
      const p2 = positions[k + 2] * bands;
      const p3 = positions[k + 3] * bands;
      for (let band = 0; band < bands; band++, to++) {
        out[to] = w0 * row[p0 + band] + w1 * row[p1 + band] + w2 * row[p2 + band] + w3 * row[p3 + band];
      }
    }
  }
  return out;
}

function addRow(row: Float64Array, data: ArrayLike<number>, from: number, weight: number): void {
  if (weight === 0) return;
  for (let i = 0; i < row.length; i++) row[i] += weight * data[from + i];
}
