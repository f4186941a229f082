import { mirrored } from './axisTaps.js';
import type { Planes } from './planes.js';
import { planeOf } from './planes.js';
import { scratch } from './scratch.js';

/**
 * Convolves a band with a symmetric kernel along both axes, mirrored at the edges, in place.
 *
 * @param planes the view
 * @param band index of the band
 * @param kernel an odd number of weights
 */
export function blurBand(planes: Planes, band: number, kernel: readonly number[]): void {
  const { height, width } = planes;
  const plane = planeOf(planes, band);
  const radius = (kernel.length - 1) / 2;
  if (radius === 0) return;
  const half = Float64Array.from(kernel.slice(radius));
  const across = scratch('blur', height * width);
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
