import { ignoreLabel } from '@lulc/core/segmentation';

/**
 * A mask in which pixels near a border between cloud and clear count no more.
 *
 * @param cloud per pixel 1 (cloud), 0 (clear) or 255 (unknown), row-major
 * @param shape `[height, width]`
 * @param ring how many pixels on each side of a border, measured along rows, columns and diagonals alike; 0 changes nothing
 * @returns a copy with 255 where a pixel of the other class is within `ring` pixels; a border to the unknown is none
 */
export function withoutBorders(cloud: Uint8Array, shape: readonly [number, number], ring: number): Uint8Array {
  if (ring === 0) return cloud;
  const near = [0, 1].map((value) => grow(cloud, shape, ring, value));
  return cloud.map((value, i) => (near[0][i] === 1 && near[1][i] === 1 ? ignoreLabel : value));
}

/** 1 where a pixel of the value is in the square of `2 · ring + 1` pixels around. */
function grow(mask: Uint8Array, [height, width]: readonly [number, number], ring: number, value: number): Uint8Array {
  const here = mask.map((pixel) => Number(pixel === value));
  const along = anyWithin(here, { lines: height, step: width, length: width, stride: 1 }, ring);
  return anyWithin(along, { lines: width, step: 1, length: height, stride: width }, ring);
}

/** How the lines of a map lie in memory. */
interface Lines {
  readonly lines: number;
  readonly step: number;
  readonly length: number;
  readonly stride: number;
}

/** Per pixel of a line, whether one of its neighbours is set: a running count, whatever the ring. */
function anyWithin(set: Uint8Array, { lines, step, length, stride }: Lines, ring: number): Uint8Array {
  const out = new Uint8Array(set.length);
  for (let line = 0; line < lines; line++) {
    const at = (i: number): number => line * step + i * stride;
    let count = 0;
    for (let i = 0; i < Math.min(ring, length); i++) count += set[at(i)];
    for (let i = 0; i < length; i++) {
      if (i + ring < length) count += set[at(i + ring)];
      if (i - ring > 0) count -= set[at(i - ring - 1)];
      out[at(i)] = Number(count > 0);
    }
  }
  return out;
}
