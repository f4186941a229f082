import type { Matrix } from './matrix.js';

/**
 * Eigenvalues of a symmetric matrix: Householder's reduction to three diagonals, then bisection on the number of
 * eigenvalues below a value (Givens 1954), which cannot fail to converge.
 *
 * @param matrix symmetric
 * @returns in ascending order
 */
export function symmetricEigenvalues(matrix: Matrix): Float64Array {
  const { diagonal, beside } = tridiagonal(matrix);
  const n = diagonal.length;
  const reach = (i: number): number => Math.abs(beside[i - 1] ?? 0) + Math.abs(beside[i] ?? 0);
  const low = diagonal.reduce((least, value, i) => Math.min(least, value - reach(i)), Number.POSITIVE_INFINITY);
  const high = diagonal.reduce((most, value, i) => Math.max(most, value + reach(i)), Number.NEGATIVE_INFINITY);
  const precision = Number.EPSILON * Math.max(Math.abs(low), Math.abs(high));
  return Float64Array.from({ length: n }, (_, k) => {
    let [from, to] = [low, high];
    while (to - from > 2 * precision) {
      const middle = (from + to) / 2;
      if (middle <= from || middle >= to) break;
      if (countBelow(diagonal, beside, middle) > k) to = middle;
      else from = middle;
    }
    return (from + to) / 2;
  });
}

/** Number of eigenvalues below a value: the negative pivots of the shifted matrix. */
function countBelow(diagonal: Float64Array, beside: Float64Array, value: number): number {
  let count = 0;
  let pivot = 1;
  for (let i = 0; i < diagonal.length; i++) {
    const coupling = i === 0 ? 0 : beside[i - 1] ** 2;
    pivot = diagonal[i] - value - (coupling === 0 ? 0 : coupling / pivot);
    if (pivot === 0) pivot = Number.MIN_VALUE / Number.EPSILON;
    if (pivot < 0) count++;
  }
  return count;
}

/** A matrix with the same eigenvalues of which only the diagonal and its neighbours are not 0. */
function tridiagonal({ values, rows: n }: Matrix): { diagonal: Float64Array; beside: Float64Array } {
  const a = Float64Array.from(values);
  const beside = new Float64Array(Math.max(0, n - 1));
  for (let k = 0; k < n - 1; k++) {
    const v = new Float64Array(n);
    for (let i = k + 1; i < n; i++) v[i] = a[i * n + k];
    const length = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
    const target = v[k + 1] > 0 ? -length : length;
    beside[k] = target;
    v[k + 1] -= target;
    const square = v.reduce((sum, x) => sum + x * x, 0);
    if (square === 0) continue;
    reflect(a, v, 2 / square, n, k + 1);
  }
  return { diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i]), beside };
}

/** `a ← (1 − c v vᵀ) a (1 − c v vᵀ)` for the part of `a` from a row on. */
function reflect(a: Float64Array, v: Float64Array, c: number, n: number, from: number): void {
  const p = new Float64Array(n);
  for (let i = from; i < n; i++) {
    let sum = 0;
    for (let j = from; j < n; j++) sum += a[i * n + j] * v[j];
    p[i] = c * sum;
  }
  const half = (c / 2) * p.reduce((sum, x, i) => sum + x * v[i], 0);
  for (let i = from; i < n; i++) p[i] -= half * v[i];
  for (let i = from; i < n; i++) {
    for (let j = from; j < n; j++) a[i * n + j] -= v[i] * p[j] + p[i] * v[j];
  }
}
