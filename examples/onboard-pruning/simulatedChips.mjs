// SIMULATED chips: land of several kinds, some of it as bright as cloud in one band but not in all, under clouds with soft
// edges. They say nothing about real imagery; they let the program run anywhere.
import { random } from '@lulc/core';

export const bands = ['B04', 'B03', 'B02', 'B08'];

/** Reflectance x 10000 of each band. */
const lands = [
  [900, 850, 700, 3200], // vegetation
  [2600, 2100, 1500, 3300], // bare, bright in red
  [400, 550, 600, 250], // water
];
const cloud = [7200, 7000, 7100, 7400];

/** Smooth noise in 0 … 1: random values on coarse grids, interpolated and added. */
function noise(size, draw, coarsest) {
  const out = new Float32Array(size * size);
  let total = 0;
  for (let cells = coarsest, weight = 1; cells <= 16; cells *= 2, weight /= 2) {
    const grid = Array.from({ length: (cells + 1) ** 2 }, () => draw.next());
    for (let i = 0; i < out.length; i++) {
      const [y, x] = [Math.floor(i / size), i % size].map((at) => (at * cells) / size);
      const [top, left] = [Math.floor(y), Math.floor(x)];
      const at = (row, column) => grid[(top + row) * (cells + 1) + left + column];
      const upper = at(0, 0) + (at(0, 1) - at(0, 0)) * (x - left);
      const lower = at(1, 0) + (at(1, 1) - at(1, 0)) * (x - left);
      out[i] += weight * (upper + (lower - upper) * (y - top));
    }
    total += weight;
  }
  return out.map((value) => value / total);
}

/**
 * A chip with its mask: 0 clear, 1 cloud.
 *
 * @param index which; the same index gives the same chip
 * @param size height and width in pixels
 */
export function simulatedChip(index, size) {
  const draw = random(2021, index);
  const [kind, hills, thickness] = [noise(size, draw, 2), noise(size, draw, 4), noise(size, draw, 2)];
  const sky = 0.25 + 0.5 * draw.next(); // from clear to overcast
  const image = new Uint16Array(size * size * bands.length);
  const mask = new Uint8Array(size * size);
  for (let i = 0; i < mask.length; i++) {
    const land = lands[Math.min(lands.length - 1, Math.floor(Math.max(0, kind[i] * 4.2 - 0.6)))];
    const opacity = Math.min(1, Math.max(0, (thickness[i] - sky) * 8));
    mask[i] = opacity > 0.3 ? 1 : 0;
    for (const [band, reflectance] of land.entries()) {
      const ground = reflectance * (0.7 + 0.6 * hills[i]);
      const value = ground + (cloud[band] - ground) * opacity + 60 * (draw.next() - 0.5);
      image[i * bands.length + band] = Math.round(Math.max(1, value));
    }
  }
  return { image: { data: image, shape: [size, size, bands.length] }, mask: { data: mask, shape: [size, size] } };
}
