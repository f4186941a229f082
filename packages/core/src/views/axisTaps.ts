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

/**
 * The taps of an axis along which the source coordinate is `slope · x + offset`.
 *
 * @param slope source pixels per view pixel; negative when mirrored
 * @param offset source coordinate of the view's edge
 * @param length positions of the view
 * @param sourceLength positions of the source
 * @param kernel `area` is a triangle as wide as two pixels of the view
 */
export function axisTaps(
  slope: number,
  offset: number,
  length: number,
  sourceLength: number,
  kernel: AxisKernel,
): AxisTaps {
  const radius = kernel === 'area' ? Math.max(1, Math.abs(slope)) : 1;
  const taps = kernel === 'nearest' ? 1 : 2 * Math.ceil(radius);
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
    const first = kernel === 'nearest' ? Math.floor(at) : Math.floor(centre) - taps / 2 + 1;
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const weight = kernel === 'nearest' ? 1 : Math.max(0, 1 - Math.abs(first + k - centre) / radius);
      positions[i * taps + k] = mirrored(first + k, sourceLength);
      weights[i * taps + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < taps; k++) weights[i * taps + k] /= sum;
  }
  return { taps, positions, weights, from, to };
}
