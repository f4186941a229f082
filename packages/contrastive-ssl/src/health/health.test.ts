import { random } from '@lulc/core';
import { describe, expect, it } from 'vitest';
import { collapseOf } from './collapse.js';
import { symmetricEigenvalues } from './eigenvalues.js';
import { alignment, embeddingHealth } from './embeddingHealth.js';
import type { Matrix } from './matrix.js';
import { linearProbe, nearestNeighbours, probeScore } from './probes.js';

const matrix = (rows: readonly (readonly number[])[]): Matrix => ({
  values: Float64Array.from(rows.flat()),
  rows: rows.length,
  columns: rows[0].length,
});
const rowsOf = ({ values, rows, columns }: Matrix): number[][] =>
  Array.from({ length: rows }, (_, i) => [...values.subarray(i * columns, (i + 1) * columns)]);

/** Numbers in [−1, 1) of the generator that the scikit-learn script below uses, too. */
function congruential(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = Number((1664525n * BigInt(state) + 1013904223n) % 4294967296n);
    return (state / 4294967296) * 2 - 1;
  });
}

/** Three classes in turn; the class's column is raised by 0.9. */
function classes(count: number, dimensions: number, seed: number): { embeddings: Matrix; labels: Matrix } {
  const draws = congruential(count * dimensions, seed);
  const rows = Array.from({ length: count }, (_, i) =>
    Array.from({ length: dimensions }, (_, k) => draws[i * dimensions + k] + (k === i % 3 ? 0.9 : 0)),
  );
  return { embeddings: matrix(rows), labels: matrix(rows.map((_, i) => [0, 1, 2].map((c) => Number(c === i % 3)))) };
}

const expectRows = (got: number[][], expected: readonly (readonly number[])[], digits = 9): void => {
  for (const [i, row] of expected.entries()) {
    for (const [k, value] of row.entries()) expect(got[i][k]).toBeCloseTo(value, digits);
  }
};

/*
 * Expected numbers of NumPy 2 and scikit-learn 1.9 in double precision, on the data above:
 * KNeighborsClassifier(5, metric='cosine'), Ridge(alpha=0.1 * 30) on StandardScaler, numpy.linalg.svd and eigvalsh.
 */
describe('eigenvalues', () => {
  it('are those of a symmetric matrix', () => {
    const a = congruential(49, 9);
    const symmetric = Array.from({ length: 7 }, (_, i) =>
      Array.from({ length: 7 }, (_, j) => a[i * 7 + j] + a[j * 7 + i]),
    );
    const expected = [
      -3.5928610183448826, -3.355296484357189, -1.4508396255701994, -0.902777779238262, -0.44258642311440205,
      1.486637889949012, 3.515030750333258,
    ];
    expectRows([[...symmetricEigenvalues(matrix(symmetric))]], [expected], 12);
  });

  it('are right where they repeat, are 0, or stand alone', () => {
    const identity = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => Number(i === j)));
    expectRows([[...symmetricEigenvalues(matrix(identity))]], [[1, 1, 1, 1]], 12);
    const ones = [1, 2, 3].map(() => [1, 1, 1]);
    expectRows([[...symmetricEigenvalues(matrix(ones))]], [[0, 0, 3]], 12);
    expect([...symmetricEigenvalues(matrix([[0]]))]).toEqual([0]);
    expect(symmetricEigenvalues(matrix([[5]]))[0]).toBeCloseTo(5, 12);
  });

  it('have the trace and the squares of a large matrix', () => {
    const n = 60;
    const draws = congruential(n * n, 3);
    const rows = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => draws[i * n + j] + draws[j * n + i]),
    );
    const values = symmetricEigenvalues(matrix(rows));
    const trace = rows.reduce((sum, row, i) => sum + row[i], 0);
    const squares = rows.flat().reduce((sum, x) => sum + x * x, 0);
    expect(values.reduce((a, b) => a + b)).toBeCloseTo(trace, 8);
    expect(values.reduce((a, b) => a + b * b, 0)).toBeCloseTo(squares, 7);
  });
});

describe('embeddingHealth', () => {
  it('equals NumPy', () => {
    const { embeddings } = classes(12, 5, 5);
    const got = embeddingHealth(embeddings);
    const expected = {
      embeddingStd: 0.9490844157361231,
      meanCosine: -0.0062362034227409794,
      uniformity: -2.8503481876603143,
      effectiveRank: 4.6828036634720105,
    };
    for (const [name, value] of Object.entries(expected))
      expect(got[name as keyof typeof expected]).toBeCloseTo(value, 9);
  });

  it('of the corners of a simplex has closed forms', () => {
    // n unit vectors with cosines −1/(n−1): squared distance 2n/(n−1), n−1 equal directions.
    const n = 5;
    const corners = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, k) => Number(i === k) - 1 / n));
    const { meanCosine, uniformity, effectiveRank, embeddingStd } = embeddingHealth(matrix(corners));
    expect(meanCosine).toBeCloseTo(-1 / (n - 1), 9);
    expect(uniformity).toBeCloseTo((-4 * n) / (n - 1), 9);
    expect(effectiveRank).toBeCloseTo(n - 1, 6);
    expect(embeddingStd).toBeCloseTo(1, 9);
  });

  it('of one embedding for all is that of a collapse', () => {
    const { next } = random(1);
    const one = Array.from({ length: 8 }, next);
    const same = embeddingHealth(matrix([one, one, one.map((x) => 3 * x), one]));
    expect(same.embeddingStd).toBeCloseTo(0, 6);
    expect(same.meanCosine).toBeCloseTo(1, 9);
    expect(same.uniformity).toBeCloseTo(0, 9);
    expect(embeddingHealth(matrix([one, one, one])).effectiveRank).toBe(0);
  });

  it('refuses too few images and values that are none', () => {
    for (const rows of [
      [[1, 2]],
      [
        [1, Number.NaN],
        [1, 2],
      ],
    ]) {
      expect(() => embeddingHealth(matrix(rows))).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    }
  });
});

it('alignment is 0 for the same directions, 2 for right angles, 4 for opposite ones', () => {
  const a = [
    [1, 0],
    [0, 2],
  ];
  expect(
    alignment(
      matrix(a),
      matrix([
        [3, 0],
        [0, 1],
      ]),
    ),
  ).toBeCloseTo(0, 12);
  expect(
    alignment(
      matrix(a),
      matrix([
        [0, 1],
        [5, 0],
      ]),
    ),
  ).toBeCloseTo(2, 12);
  expect(
    alignment(
      matrix(a),
      matrix([
        [-1, 0],
        [0, -7],
      ]),
    ),
  ).toBeCloseTo(4, 12);
});

describe('probes', () => {
  const known = classes(30, 6, 1);
  const asked = classes(21, 6, 2);

  it('nearest neighbours are those of scikit-learn', () => {
    const shares = nearestNeighbours(known, asked.embeddings, 5);
    expectRows(rowsOf(shares), [
      [0.6, 0.2, 0.2],
      [0, 0.8, 0.2],
      [0.4, 0.2, 0.4],
      [0.6, 0, 0.4],
    ]);
    expect(probeScore(shares, asked.labels, 'single-label')).toBeCloseTo(0.7619047619047619, 12);
  });

  it.each([
    [
      6,
      0.7142857142857143,
      [0.4132765832470713, 0.2936186728550153, 0.29310474389791347],
      [-0.0849527288681729, 0.645483009024874, 0.4394697198432989],
    ],
    [
      40,
      0.47619047619047616,
      [0.27129184264152306, 0.6335736449504417, 0.09513451240803525],
      [0.2136491387875705, 1.3174792395581776, -0.5311283783457486],
    ],
  ])('the linear probe of %i dimensions is scikit-learn’s ridge regression', (dimensions, accuracy, ...rows) => {
    const [train, test] = [classes(30, dimensions, 3), classes(21, dimensions, 4)];
    const scores = linearProbe(train, test.embeddings, 0.1);
    expectRows(rowsOf(scores), rows);
    expect(probeScore(scores, test.labels, 'single-label')).toBeCloseTo(accuracy, 12);
  });

  it('score several classes per image by their micro F1', () => {
    const scores = matrix([
      [0.9, 0.4, 0.5],
      [-0.2, 1.3, 0.1],
    ]);
    const labels = matrix([
      [1, 1, 0],
      [0, 1, 0],
    ]);
    expect(probeScore(scores, labels, 'multi-label')).toBeCloseTo((2 * 2) / (2 * 2 + 1 + 1), 12);
  });

  it('bear channels that do not change and more neighbours than there are', () => {
    const flat = {
      embeddings: matrix([
        [1, 0],
        [1, 2],
        [1, 4],
      ]),
      labels: matrix([
        [1, 0],
        [1, 0],
        [0, 1],
      ]),
    };
    expectRows(rowsOf(nearestNeighbours(flat, matrix([[1, 1]]), 50)), [[2 / 3, 1 / 3]]);
    for (const [score] of [rowsOf(linearProbe(flat, matrix([[1, 2]]), 1))[0]]) expect(score).toBeCloseTo(2 / 3, 9);
  });
});

describe('collapseOf', () => {
  const healthy = { embeddingStd: 0.8, meanCosine: 0.2, uniformity: -2, effectiveRank: 12 };

  it('tells a point and a line from what spreads', () => {
    expect(collapseOf(healthy)).toBeUndefined();
    expect(collapseOf({ ...healthy, meanCosine: 0.9995 })).toMatch(/nearly the same/);
    expect(collapseOf({ ...healthy, effectiveRank: 1.2 })).toMatch(/one line/);
  });

  it('follows other limits', () => {
    expect(collapseOf(healthy, { meanCosine: 0.1 })).toBeDefined();
    expect(collapseOf(healthy, { effectiveRank: 13 })).toBeDefined();
  });
});
