import { LulcError } from '@lulc/core';

/**
 * How an image is brought to another grid. All use half-pixel centres and no anti-aliasing, as TensorFlow 2's
 * `image.resize` does (spec 1.1).
 */
export type ResampleMethod = 'bicubic' | 'bilinear' | 'nearest';

/** A raster of interleaved values. */
export interface Raster {
  /** `height · width · bands` values, row-major, bands interleaved. */
  readonly data: ArrayLike<number>;
  /** `[height, width, bands]`. */
  readonly shape: readonly [number, number, number];
}

/** The input positions and weights that make each output position of one axis; `taps` per output. */
interface AxisWeights {
  readonly taps: number;
  readonly positions: Int32Array;
  readonly weights: Float64Array;
}

/** TensorFlow evaluates the cubic kernel from a table with so many steps per pixel. */
const tableSteps = 1024;

/** Keys' cubic kernel with a = −0.5 at distance `x`. */
function cubic(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}

const kernels: Readonly<
  Record<ResampleMethod, (centre: number, length: number) => readonly (readonly [position: number, weight: number])[]>
> = {
  bicubic: (centre, length) => {
    const base = Math.floor(centre);
    const offset = Math.round((centre - base) * tableSteps) / tableSteps;
    const taps = [-1, 0, 1, 2].map((k) => [base + k, cubic(k - offset)] as const);
    const inside = taps.filter(([position]) => position >= 0 && position < length);
    const sum = inside.reduce((total, [, weight]) => total + weight, 0);
    return inside.map(([position, weight]) => [position, weight / sum] as const);
  },
  bilinear: (centre, length) => {
    const inside = Math.min(Math.max(centre, 0), length - 1);
    const base = Math.floor(inside);
    return [
      [base, 1 - (inside - base)],
      [Math.min(base + 1, length - 1), inside - base],
    ];
  },
  nearest: (centre, length) => [[Math.min(Math.max(Math.floor(centre + 0.5), 0), length - 1), 1]],
};

const axisCache = new Map<string, AxisWeights>();

function axisWeights(method: ResampleMethod, from: number, to: number): AxisWeights {
  const key = `${method} ${from} ${to}`;
  const cached = axisCache.get(key);
  if (cached !== undefined) return cached;
  const lists = Array.from({ length: to }, (_, i) => kernels[method]((i + 0.5) * (from / to) - 0.5, from));
  const taps = Math.max(...lists.map((list) => list.length));
  const axis = { taps, positions: new Int32Array(to * taps), weights: new Float64Array(to * taps) };
  lists.forEach((list, i) => {
    list.forEach(([position, weight], k) => {
      axis.positions[i * taps + k] = position;
      axis.weights[i * taps + k] = weight;
    });
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
  const horizontal = axisWeights(method, width, toWidth);
  const vertical = axisWeights(method, height, toHeight);
  // down the columns first: whole rows are added up, which is fast whatever the number of bands
  const stride = width * bands;
  const { data } = image;
  const row = new Float64Array(stride);
  for (let y = 0, to = 0; y < toHeight; y++) {
    row.fill(0);
    for (let k = y * vertical.taps; k < (y + 1) * vertical.taps; k++)
      addRow(row, data, vertical.positions[k] * stride, vertical.weights[k]);
    for (let x = 0; x < toWidth; x++) {
      const first = x * horizontal.taps;
      for (let band = 0; band < bands; band++, to++) {
        let sum = 0;
        for (let k = first; k < first + horizontal.taps; k++) {
          sum += horizontal.weights[k] * row[horizontal.positions[k] * bands + band];
        }
        out[to] = sum;
      }
    }
  }
  return out;
}

function addRow(row: Float64Array, data: ArrayLike<number>, from: number, weight: number): void {
  if (weight === 0) return;
  for (let i = 0; i < row.length; i++) row[i] += weight * data[from + i];
}
