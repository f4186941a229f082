import { type ClassificationTask, multiLabelMetrics } from '@lulc/core';
import { columnMeans, dot, gram, type Matrix, rowOf, shifted, transposed, unitLength } from './matrix.js';

/** Embeddings of labelled images. */
export interface LabelledEmbeddings {
  /** One row per image. */
  readonly embeddings: Matrix;
  /** One row per image, one column per class: 1 where the class holds, else 0. */
  readonly labels: Matrix;
}

/**
 * Shares of the classes among the nearest embeddings by cosine.
 *
 * @param known images whose labels are used
 * @param asked embeddings of the images that are asked for
 * @param neighbours how many are taken; all when there are fewer
 * @returns one row per image, one column per class
 */
export function nearestNeighbours(known: LabelledEmbeddings, asked: Matrix, neighbours: number): Matrix {
  const [near, far] = [unitLength(known.embeddings), unitLength(asked)];
  const { columns } = known.labels;
  const values = new Float64Array(asked.rows * columns);
  const count = Math.min(neighbours, near.rows);
  for (let row = 0; row < far.rows; row++) {
    const cosines = Float64Array.from({ length: near.rows }, (_, i) => dot(rowOf(near, i), rowOf(far, row)));
    const order = Array.from(cosines.keys()).sort((a, b) => cosines[b] - cosines[a]);
    for (const i of order.slice(0, count)) {
      for (let c = 0; c < columns; c++) values[row * columns + c] += known.labels.values[i * columns + c] / count;
    }
  }
  return { values, rows: asked.rows, columns };
}

/**
 * Scores of the classes by a linear map of the embeddings: ridge regression on the labels, solved exactly. Columns are
 * brought to mean 0 and standard deviation 1 first.
 *
 * @param known images whose labels are learnt
 * @param asked embeddings of the images that are asked for
 * @param ridge penalty on the squared weights, > 0, per image
 * @returns one row per image, one column per class, about 1 where the class holds and 0 where not
 */
export function linearProbe(known: LabelledEmbeddings, asked: Matrix, ridge: number): Matrix {
  const { embeddings, labels } = known;
  const means = columnMeans(embeddings);
  const centred = shifted(embeddings, means);
  const deviations = columnMeans({ ...centred, values: Float64Array.from(centred.values, (x) => x * x) }).map(
    Math.sqrt,
  );
  const scaled = (matrix: Matrix): Matrix => ({
    ...matrix,
    values: Float64Array.from(matrix.values, (x, i) => {
      const deviation = deviations[i % matrix.columns];
      return deviation === 0 ? 0 : x / deviation;
    }),
  });
  const [x, queries] = [scaled(centred), scaled(shifted(asked, means))];
  const labelMeans = columnMeans(labels);
  const y = shifted(labels, labelMeans);
  const penalty = ridge * x.rows;
  // Xᵀ(XXᵀ + λ)⁻¹Y and (XᵀX + λ)⁻¹XᵀY are the same; the smaller system is solved.
  const turned = transposed(x);
  const weights =
    x.rows <= x.columns
      ? product(turned, solve(withDiagonal(gram(x), penalty), y))
      : solve(withDiagonal(gram(turned), penalty), product(turned, y));
  return shifted(
    product(queries, weights),
    labelMeans.map((mean) => -mean),
  );
}

/**
 * How often scores name the right classes: the share of images whose best class holds (single-label), or the micro F1 of
 * classes with scores of 0.5 and more (multi-label).
 *
 * @param scores one row per image, one column per class
 * @param labels the truth
 * @param task how many classes an image has
 */
export function probeScore(scores: Matrix, labels: Matrix, task: ClassificationTask): number {
  if (task === 'multi-label') {
    const metrics = multiLabelMetrics({ classes: Array.from({ length: labels.columns }, (_, c) => `${c}`) });
    metrics.update(
      Float32Array.from(scores.values, (score) => Math.min(1, Math.max(0, score))),
      Float32Array.from(labels.values),
    );
    return metrics.report().micro.f1;
  }
  let right = 0;
  for (let row = 0; row < labels.rows; row++) {
    const own = rowOf(scores, row);
    const best = own.reduce((most, score, c) => (score > own[most] ? c : most), 0);
    right += labels.values[row * labels.columns + best];
  }
  return right / labels.rows;
}

function product(a: Matrix, b: Matrix): Matrix {
  const turned = transposed(b);
  const values = new Float64Array(a.rows * b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.columns; j++) values[i * b.columns + j] = dot(rowOf(a, i), rowOf(turned, j));
  }
  return { values, rows: a.rows, columns: b.columns };
}

function withDiagonal({ values, rows, columns }: Matrix, added: number): Matrix {
  const sum = Float64Array.from(values);
  for (let i = 0; i < rows; i++) sum[i * columns + i] += added;
  return { values: sum, rows, columns };
}

/** Solves `a x = b` for a symmetric positive definite matrix (Cholesky). */
function solve(a: Matrix, b: Matrix): Matrix {
  const n = a.rows;
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const rest = a.values[i * n + j] - dot(l.subarray(i * n, i * n + j), l.subarray(j * n, j * n + j));
      l[i * n + j] = i === j ? Math.sqrt(rest) : rest / l[j * n + j];
    }
  }
  const x = Float64Array.from(b.values);
  const { columns } = b;
  const eliminate = (i: number, k: number, factor: number): void => {
    for (let c = 0; c < columns; c++) x[i * columns + c] -= factor * x[k * columns + c];
  };
  const divide = (i: number): void => {
    for (let c = 0; c < columns; c++) x[i * columns + c] /= l[i * n + i];
  };
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) eliminate(i, k, l[i * n + k]);
    divide(i);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) eliminate(i, k, l[k * n + i]);
    divide(i);
  }
  return { values: x, rows: n, columns };
}
