/** For each position along an axis of a view, the positions of the source it is summed up from. */
export interface AxisTaps {
  /** Taps of each position. */
  readonly taps: number;
  /** `[length, taps]` positions in the source, all inside. */
  readonly positions: Int32Array;
  /** `[length, taps]`, summing up to 1 for each position. */
  readonly weights: Float64Array;
  /** First position of the view whose centre lies inside the source. */
  readonly from: number;
  /** One after the last such position. */
  readonly to: number;
}

/** How the source is read between its pixels. */
export type AxisKernel = 'nearest' | 'bilinear' | 'area';

/** The pixel that a position beyond an edge is mirrored to; the edge itself is the mirror. */
export function mirrored(position: number, length: number): number {
  if (position >= 0 && position < length) return position;
  const inside = ((position % (2 * length)) + 2 * length) % (2 * length);
  return inside < length ? inside : 2 * length - 1 - inside;
}

/** Integral of the triangle of bilinear interpolation, from its left end. */
function triangleUpTo(t: number): number {
  if (t <= -1) return 0;
  if (t < 0) return (t + 1) ** 2 / 2;
  return t < 1 ? 1 - (1 - t) ** 2 / 2 : 1;
}

/**
 * The taps of an axis along which the source coordinate is `slope · x + offset`.
 *
 * @param slope source pixels per view pixel; negative when mirrored
 * @param offset source coordinate of the view's edge
 * @param length positions of the view
 * @param sourceLength positions of the source
 * @param kernel `area` is the mean of the bilinear image over a pixel of the view
 */
export function axisTaps(
  slope: number,
  offset: number,
  length: number,
  sourceLength: number,
  kernel: AxisKernel,
): AxisTaps {
  const width = kernel === 'area' ? Math.abs(slope) : 0;
  const taps = kernel === 'nearest' ? 1 : Math.ceil(width) + 2;
  const weigh = {
    nearest: () => 1,
    bilinear: (t: number) => Math.max(0, 1 - Math.abs(t)),
    area: (t: number) => (triangleUpTo(t + width / 2) - triangleUpTo(t - width / 2)) / width,
  }[kernel];
  const positions = new Int32Array(length * taps);
  const weights = new Float64Array(length * taps);
  let [from, to] = [length, 0];
  for (let i = 0; i < length; i++) {
    const at = slope * (i + 0.5) + offset;
    if (at >= 0 && at < sourceLength) {
      from = Math.min(from, i);
      to = i + 1;
    }
    const centre = at - 0.5;
    const first = kernel === 'nearest' ? Math.floor(at) : Math.floor(centre - width / 2);
    for (let k = 0; k < taps; k++) {
      positions[i * taps + k] = mirrored(first + k, sourceLength);
      weights[i * taps + k] = weigh(first + k - centre);
    }
  }
  return { taps, positions, weights, from, to };
}
