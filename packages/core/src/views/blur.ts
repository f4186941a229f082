import { mirrored } from './axisTaps.js';
import type { Planes } from './planes.js';
import { planeOf } from './planes.js';
import { scratch } from './scratch.js';

/**
 * Convolves a band with a symmetric kernel along each axis, mirrored at the edges, in place.
 *
 * @param planes the view
 * @param band index of the band
 * @param alongRows an odd number of weights
 * @param alongColumns an odd number of weights
 */
export function blurBand(
  planes: Planes,
  band: number,
  alongRows: readonly number[],
  alongColumns: readonly number[],
): void {
  if (alongRows.length === 1 && alongColumns.length === 1) return;
  const { height, width } = planes;
  const plane = planeOf(planes, band);
  const across = scratch('blur', height * width);
  blurRows(plane, height, width, halfOf(alongRows), across);
  blurColumns(across, height, width, halfOf(alongColumns), plane);
}

/** The middle of a kernel and what follows. */
function halfOf(kernel: readonly number[]): Float64Array {
  return Float64Array.from(kernel.slice((kernel.length - 1) / 2));
}

function blurRows(plane: Float32Array, height: number, width: number, half: Float64Array, across: Float32Array): void {
  const radius = half.length - 1;
  const line = scratch('blur line', width + 2 * radius);
  for (let y = 0; y < height; y++) {
    const from = y * width;
    line.set(plane.subarray(from, from + width), radius);
    for (let k = 1; k <= radius; k++) {
      line[radius - k] = plane[from + mirrored(-k, width)];
      line[radius + width - 1 + k] = plane[from + mirrored(width - 1 + k, width)];
    }
    blurLine(line, half, across, from, width);
  }
}

function blurColumns(
  across: Float32Array,
  height: number,
  width: number,
  half: Float64Array,
  plane: Float32Array,
): void {
  const radius = half.length - 1;
  for (let y = 0; y < height; y++) {
    const to = y * width;
    const own = half[0];
    for (let x = 0; x < width; x++) plane[to + x] = own * across[to + x];
    for (let k = 1; k <= radius; k++) {
      const above = mirrored(y - k, height) * width;
      const below = mirrored(y + k, height) * width;
      const weight = half[k];
      for (let x = 0; x < width; x++) plane[to + x] += weight * (across[above + x] + across[below + x]);
    }
  }
}

function blurLine(line: Float32Array, half: Float64Array, out: Float32Array, to: number, width: number): void {
  const radius = half.length - 1;
  for (let x = 0; x < width; x++) {
    const centre = x + radius;
    let sum = half[0] * line[centre];
    for (let k = 1; k <= radius; k++) sum += half[k] * (line[centre - k] + line[centre + k]);
    out[to + x] = sum;
  }
}
