/** The deterministic fill of the golden vectors (golden/README.md): the same numbers in any language. */

const mix32 = (value: number): number => {
  let h = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
};

/** 32-bit hash of element `j` of tensor number `k`. */
export function hash32(k: number, j: number, seed: number): number {
  const tensor = mix32((Math.imul(k, 0x9e3779b1) + Math.imul(seed, 0x85ebca77) + 0x165667b1) | 0);
  return mix32(tensor ^ Math.imul(j, 0xc2b2ae3d));
}

/** Uniform in [−1, 1). */
export function uniform(k: number, j: number, seed: number): number {
  return (hash32(k, j, seed) / 4294967296) * 2 - 1;
}

/** A tensor, input or label of a golden file. */
export interface Filled {
  readonly kind: string;
  readonly shape: readonly number[];
  readonly k: number;
  readonly fanIn?: number;
  readonly scale?: number;
  readonly classes?: number;
}

/** The value of one element by kind, in double precision before rounding to float32. */
function elementOf(u: number, { kind, fanIn = 1, scale = 1, classes = 1 }: Filled, gain: number): number {
  switch (kind) {
    case 'kernel':
      return u * (gain * Math.sqrt(3 / fanIn));
    case 'bias':
    case 'beta':
    case 'moving_mean':
    case 'embedding':
      return 0.1 * u;
    case 'gamma':
      return 1 + 0.1 * u;
    case 'moving_variance':
      return 1 + 0.5 * Math.abs(u);
    case 'input':
      return scale * u;
    case 'label':
      return u > 0 ? 1 : 0;
    case 'class':
      return Math.floor((u + 1) * 0.5 * classes);
    default:
      throw new Error(`golden vectors have no kind '${kind}'`);
  }
}

/** All values of a tensor, row-major, rounded once to float32. */
export function fill(spec: Filled, seed: number, gain = 1): Float32Array {
  const size = spec.shape.reduce((product, n) => product * n, 1);
  return Float32Array.from({ length: size }, (_, j) => elementOf(uniform(spec.k, j, seed), spec, gain));
}
