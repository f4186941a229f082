/** OpenCV's kernels for a standard deviation that is not given, by size. */
const automatic: Readonly<Record<number, readonly number[]>> = {
  3: [1, 2, 1].map((weight) => weight / 4),
  5: [1, 4, 6, 4, 1].map((weight) => weight / 16),
  7: [2, 7, 14, 18, 14, 7, 2].map((weight) => weight / 64),
};

/** Sizes for which there is an automatic kernel. */
export const automaticSizes: readonly number[] = Object.keys(automatic).map(Number);

/** The kernel of a size. */
export function automaticKernel(size: number): readonly number[] {
  return automatic[size];
}

/** Samples of a Gaussian up to three standard deviations, summing up to 1. */
export function gaussianKernel(sigma: number): readonly number[] {
  const radius = Math.ceil(3 * sigma);
  if (radius === 0) return [1];
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-(((i - radius) / sigma) ** 2) / 2));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
