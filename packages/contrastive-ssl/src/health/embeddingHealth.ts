import { LulcError } from '@lulc/core';
import { symmetricEigenvalues } from './eigenvalues.js';
import { columnMeans, dot, gram, type Matrix, rowOf, shifted, transposed, unitLength } from './matrix.js';

/** How embeddings of different images lie to each other. All but the effective rank are of rows scaled to length 1. */
export interface EmbeddingHealth {
  /**
   * Standard deviation of the channels over the images, times √channels: 0 when all images have one embedding, about 1
   * when they point everywhere alike.
   */
  readonly embeddingStd: number;
  /** Mean cosine of two different images, −1 to 1: 1 when all have one embedding. */
  readonly meanCosine: number;
  /**
   * Log of the mean of `e^(−2 d²)` over pairs of different images at distance d (Wang & Isola 2020, arXiv:2005.10242): 0 when
   * all have one embedding, −4 at the least where they spread over a sphere of many dimensions.
   */
  readonly uniformity: number;
  /**
   * Number of directions in which embeddings differ: the exponential of the entropy of the shares of the singular values
   * of the centred embeddings (Roy & Vetterli 2007), 1 to min(images − 1, channels); 0 when they do not differ.
   */
  readonly effectiveRank: number;
}

/**
 * Measures embeddings of different images.
 *
 * @param embeddings one row per image, at least two
 * @throws LulcError `invalid-argument` for fewer than two images, or values that are not finite
 * @example
 * ```ts
 * import { embeddingHealth } from '@lulc/contrastive-ssl';
 *
 * const values = Float64Array.of(1, 0, 0, 1, -1, 0, 0, -1); // four directions of a plane
 * const { meanCosine, effectiveRank } = embeddingHealth({ values, rows: 4, columns: 2 });
 * console.log(meanCosine.toFixed(3), effectiveRank.toFixed(3)); // -0.333 2.000
 * ```
 */
export function embeddingHealth(embeddings: Matrix): EmbeddingHealth {
  const { rows, columns } = embeddings;
  if (rows < 2 || embeddings.values.length !== rows * columns || !embeddings.values.every(Number.isFinite)) {
    throw new LulcError('invalid-argument', `${rows} x ${columns} embeddings cannot be measured`, {
      hint: 'Two images or more with finite embeddings are needed.',
    });
  }
  const unit = unitLength(embeddings);
  const deviations = shifted(unit, columnMeans(unit)).values;
  const ofChannel = new Float64Array(columns);
  deviations.forEach((value, i) => {
    ofChannel[i % columns] += value ** 2 / rows;
  });
  let [cosines, powers] = [0, 0];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) {
      const cosine = dot(rowOf(unit, i), rowOf(unit, j));
      cosines += cosine;
      powers += Math.exp(-4 * (1 - cosine));
    }
  }
  const pairs = (rows * (rows - 1)) / 2;
  return {
    embeddingStd: (ofChannel.reduce((sum, variance) => sum + Math.sqrt(variance), 0) / columns) * Math.sqrt(columns),
    meanCosine: cosines / pairs,
    uniformity: Math.log(powers / pairs),
    effectiveRank: effectiveRank(shifted(embeddings, columnMeans(embeddings))),
  };
}

/**
 * Mean squared distance of two views' embeddings of the same images, scaled to length 1 (Wang & Isola 2020): 0 when views do
 * not matter, 2 when they have nothing to do with each other.
 *
 * @param first one row per image
 * @param second the same images in another view
 */
export function alignment(first: Matrix, second: Matrix): number {
  const [a, b] = [unitLength(first), unitLength(second)];
  return a.values.reduce((sum, value, i) => sum + (value - b.values[i]) ** 2, 0) / a.rows;
}

/** Singular values below this share of the largest are rounding. */
const leastShare = 1e-6;

function effectiveRank(centred: Matrix): number {
  const smaller = gram(centred.rows <= centred.columns ? centred : transposed(centred));
  const singular = symmetricEigenvalues(smaller).map((value) => Math.sqrt(Math.max(0, value)));
  const largest = singular[singular.length - 1];
  const counted = singular.filter((value) => value > leastShare * largest);
  const total = counted.reduce((sum, value) => sum + value, 0);
  if (total === 0) return 0;
  return Math.exp(counted.reduce((entropy, value) => entropy - (value / total) * Math.log(value / total), 0));
}
