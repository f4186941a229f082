/** Steps of TensorFlow's coefficient table: a fractional offset is rounded to 1/1024 before the kernel is evaluated. */
const TABLE_STEPS = 1024;
/** Parameter of the Keys kernel (Keys 1981): TensorFlow 2 uses −0.5, TensorFlow 1 used −0.75. */
const A = -0.5;

/** Keys' cubic convolution kernel at distance `t ≥ 0`. */
function keys(t: number): number {
  if (t <= 1) return ((A + 2) * t - (A + 3)) * t * t + 1;
  if (t < 2) return ((A * t - 5 * A) * t + 8 * A) * t - 4 * A;
  return 0;
}

/** One output sample: which input samples it takes and with what weights (up to 4, summing to 1). */
export interface Taps {
  /** Input indices, ascending. */
  readonly index: readonly number[];
  /** Weight of each. */
  readonly weight: readonly number[];
}

/**
 * The taps of a one-dimensional bicubic resize with TensorFlow 2 semantics (`tf.image.resize`, BICUBIC, no antialias):
 * `in = (out + 0.5) · from/to − 0.5`, four taps around it; those outside the image are dropped and the rest divided by
 * their sum.
 *
 * @param from input size in pixels
 * @param to output size in pixels
 * @returns `to` entries
 */
export function bicubicTaps(from: number, to: number): Taps[] {
  return Array.from({ length: to }, (_, out) => {
    const position = (out + 0.5) * (from / to) - 0.5;
    const base = Math.floor(position);
    const fraction = Math.round((position - base) * TABLE_STEPS) / TABLE_STEPS;
    const taps = [-1, 0, 1, 2]
      .map((offset) => ({ index: base + offset, weight: keys(Math.abs(offset - fraction)) }))
      .filter(({ index, weight }) => index >= 0 && index < from && weight !== 0);
    const sum = taps.reduce((total, { weight }) => total + weight, 0);
    return { index: taps.map((tap) => tap.index), weight: taps.map((tap) => tap.weight / sum) };
  });
}

/**
 * {@link bicubicTaps} as a dense matrix `[to, from]`, row-major: `out = matrix · in`.
 *
 * @param from input size in pixels
 * @param to output size in pixels
 */
export function bicubicMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  for (const [row, taps] of bicubicTaps(from, to).entries()) {
    for (const [k, index] of taps.index.entries()) matrix[row * from + index] = taps.weight[k];
  }
  return matrix;
}
