import { roundHalfToEven } from '../numbers/roundHalfToEven.js';
import { axisTaps } from './axisTaps.js';
import { blurBand } from './blur.js';
import { shiftHsv } from './hsv.js';
import { addNoise, replacePixels } from './noise.js';
import type { DrawnOperation } from './operations.js';
import { type Planes, planeOf } from './planes.js';

interface PlaneStatistics {
  readonly mean: number;
  readonly deviation: number;
  readonly min: number;
  readonly max: number;
}

function statisticsOf(plane: Float32Array): PlaneStatistics {
  let [sum, min, max] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < plane.length; i++) {
    const value = plane[i];
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const mean = sum / plane.length;
  let squares = 0;
  for (let i = 0; i < plane.length; i++) squares += (plane[i] - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / plane.length), min, max };
}

/** `value · gain + offset`, cut off at both ends. */
function applyLine(plane: Float32Array, gain: number, offset: number, low = -Infinity, high = Infinity): void {
  for (let i = 0; i < plane.length; i++) {
    plane[i] = Math.max(low, Math.min(high, plane[i] * gain + offset));
  }
}

function applyGamma(plane: Float32Array, gamma: number, invert: boolean, keepStatistics: boolean): void {
  const before = statisticsOf(plane);
  const range = before.max - before.min;
  if (range === 0) return;
  const [from, sign] = invert ? [before.max, -1] : [before.min, 1];
  for (let i = 0; i < plane.length; i++) {
    // as a power, but in a third of the time; nothing is below 0 but by rounding
    plane[i] = from + sign * range * Math.exp(gamma * Math.log(Math.max(0, (sign * (plane[i] - from)) / range)));
  }
  if (!keepStatistics) return;
  const after = statisticsOf(plane);
  const gain = after.deviation === 0 ? 1 : before.deviation / after.deviation;
  applyLine(plane, gain, before.mean - after.mean * gain);
}

function scaleSaturation(planes: Planes, factor: number, bands: readonly number[]): void {
  const size = planes.height * planes.width;
  const { data } = planes;
  const share = (1 - factor) / bands.length;
  for (let i = 0; i < size; i++) {
    let grey = 0;
    for (const band of bands) grey += data[band * size + i];
    for (const band of bands) data[band * size + i] = factor * data[band * size + i] + share * grey;
  }
}

/** Nearest pixels of a coarser grid, read bilinearly. */
function coarsen(planes: Planes, band: number, zoom: number): void {
  const { height, width } = planes;
  const plane = planeOf(planes, band);
  const axis = (length: number) => {
    const coarse = Math.max(1, roundHalfToEven(length * zoom));
    const down = axisTaps(length / coarse, 0, coarse, length, 'nearest');
    const up = axisTaps(coarse / length, 0, length, coarse, 'bilinear');
    return { positions: up.positions.map((at) => down.positions[at]), weights: up.weights };
  };
  const [rows, columns] = [axis(height), axis(width)];
  const source = plane.slice();
  for (let y = 0, to = 0; y < height; y++) {
    const [above, below] = [rows.positions[2 * y] * width, rows.positions[2 * y + 1] * width];
    const [upper, lower] = [rows.weights[2 * y], rows.weights[2 * y + 1]];
    for (let x = 0; x < width; x++, to++) {
      const [left, right] = [columns.positions[2 * x], columns.positions[2 * x + 1]];
      plane[to] =
        columns.weights[2 * x] * (upper * source[above + left] + lower * source[below + left]) +
        columns.weights[2 * x + 1] * (upper * source[above + right] + lower * source[below + right]);
    }
  }
}

/** What each operation does to a view in levels; `mean` is what a dropped band is set to. */
const effects: {
  readonly [Name in DrawnOperation['name']]: (
    operation: Extract<DrawnOperation, { name: Name }>,
    planes: Planes,
    mean: readonly number[],
  ) => void;
} = {
  linear: ({ gain, offset, about }, planes, mean) =>
    gain.forEach((factor, band) => {
      if (factor === 1 && offset[band] === 0) return;
      const fixed = about === 'mean' ? mean[band] : 0;
      applyLine(planeOf(planes, band), factor, offset[band] + fixed * (1 - factor));
    }),
  contrast: ({ factor, clip }, planes) =>
    factor.forEach((gain, band) => {
      if (gain === 1) return;
      const plane = planeOf(planes, band);
      const { mean, min, max } = statisticsOf(plane);
      const [low, high] = { none: [], levels: [0, 1], view: [min, max] }[clip];
      applyLine(plane, gain, mean * (1 - gain), low, high);
    }),
  gamma: ({ gamma, invert, keepStatistics }, planes) =>
    gamma.forEach((exponent, band) => {
      if (exponent !== 1) applyGamma(planeOf(planes, band), exponent, invert, keepStatistics);
    }),
  hsv: (operation, planes) => {
    const [red, green, blue] = operation.channels.map((band) => planeOf(planes, band));
    shiftHsv(red, green, blue, operation);
  },
  saturation: ({ factor, bands }, planes) => scaleSaturation(planes, factor, bands),
  'copy-band': ({ from, bands }, planes) => {
    for (const band of bands) if (band !== from) planeOf(planes, band).set(planeOf(planes, from));
  },
  blur: ({ kernels }, planes) => {
    kernels.forEach(([across, down], band) => {
      blurBand(planes, band, across, down);
    });
  },
  noise: ({ sigma, seed }, planes) => addNoise(planes, sigma, seed),
  'pixel-noise': ({ share, bands, seed }, planes) => replacePixels(planes, share, bands, seed),
  'drop-bands': ({ bands }, planes, mean) => {
    for (const band of bands) planeOf(planes, band).fill(mean[band]);
  },
  'low-resolution': ({ zoom }, planes) =>
    zoom.forEach((share, band) => {
      if (share !== 1) coarsen(planes, band, share);
    }),
};

/**
 * Does one thing to a view, in place.
 *
 * @param operation what
 * @param planes the view, 0 being each band's black and 1 its white
 * @param mean per band, what is 0 after scaling
 */
export function applyOperation(operation: DrawnOperation, planes: Planes, mean: readonly number[]): void {
  const effect = effects[operation.name] as (
    operation: DrawnOperation,
    planes: Planes,
    mean: readonly number[],
  ) => void;
  effect(operation, planes, mean);
}
