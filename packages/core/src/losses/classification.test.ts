import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers TF.js' gradients
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { random } from '../random/random.js';
import { bceFromLogits, focalFromLogits, softmaxCrossEntropy } from './classification.js';
import { createLoss, type LossSpec } from './spec.js';

type Matrix = readonly (readonly number[])[];

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** The textbook formulas, in doubles, on probabilities. */
const textbook: { readonly [Name in LossSpec['name']]: (z: Matrix, y: Matrix, o: LossSpec) => number } = {
  bce: (z, y, o) => {
    const { labelSmoothing: s = 0, classWeights } = o as Extract<LossSpec, { name: 'bce' }>;
    return mean(
      z.map((row, i) =>
        mean(
          row.map((v, c) => {
            const target = y[i][c] * (1 - s) + 0.5 * s;
            const p = sigmoid(v);
            return -(classWeights?.[c] ?? 1) * (target * Math.log(p) + (1 - target) * Math.log(1 - p));
          }),
        ),
      ),
    );
  },
  focal: (z, y, o) => {
    const { alpha = 0.25, gamma = 2, classWeights } = o as Extract<LossSpec, { name: 'focal' }>;
    return mean(
      z.map((row, i) =>
        mean(
          row.map((v, c) => {
            const right = y[i][c] === 1 ? sigmoid(v) : 1 - sigmoid(v);
            const weight = y[i][c] === 1 ? alpha : 1 - alpha;
            return -(classWeights?.[c] ?? 1) * weight * (1 - right) ** gamma * Math.log(right);
          }),
        ),
      ),
    );
  },
  'softmax-cross-entropy': (z, y, o) => {
    const { labelSmoothing: s = 0, classWeights } = o as Extract<LossSpec, { name: 'softmax-cross-entropy' }>;
    return mean(
      z.map((row, i) => {
        const total = row.reduce((sum, v) => sum + Math.exp(v), 0);
        return -row.reduce(
          (sum, v, c) =>
            sum + (classWeights?.[c] ?? 1) * (y[i][c] * (1 - s) + s / row.length) * Math.log(Math.exp(v) / total),
          0,
        );
      }),
    );
  },
};

const draws = random(7);
const logits: Matrix = Array.from({ length: 5 }, () => Array.from({ length: 4 }, () => 2.5 * draws.normal()));
const multiHot: Matrix = logits.map((row) => row.map(() => draws.integer(2)));
const oneHot: Matrix = logits.map((row) => {
  const hot = draws.integer(row.length);
  return row.map((_, c) => (c === hot ? 1 : 0));
});
const classWeights = [0.5, 2, 0, 1.25];

const cases: readonly LossSpec[] = [
  { name: 'bce' },
  { name: 'bce', labelSmoothing: 0.1 },
  { name: 'bce', labelSmoothing: 0.2, classWeights },
  { name: 'focal' },
  { name: 'focal', alpha: 0.6, gamma: 0 },
  { name: 'focal', alpha: 0.4, gamma: 1.5, classWeights },
  { name: 'softmax-cross-entropy' },
  { name: 'softmax-cross-entropy', labelSmoothing: 0.1 },
  { name: 'softmax-cross-entropy', labelSmoothing: 0.1, classWeights },
];

describe.each(cases)('%o', (spec) => {
  const task = spec.name === 'softmax-cross-entropy' ? 'single-label' : 'multi-label';
  const labels = task === 'single-label' ? oneHot : multiHot;
  const loss = createLoss(spec, task);
  const value = (z: Matrix): number => textbook[spec.name](z, labels, spec);

  it('equals the textbook formula in doubles', () => {
    const got = tf.tidy(() => loss(tf.tensor2d(logits as number[][]), tf.tensor2d(labels as number[][])).dataSync()[0]);
    expect(got).toBeCloseTo(value(logits), 5);
  });

  it('has the gradient of finite differences, scaled by what comes from above', () => {
    const gradient = tf.tidy(() => {
      const y = tf.tensor2d(labels as number[][]);
      return tf
        .grad((z) => tf.mul(loss(z as tf.Tensor2D, y), 3))(tf.tensor2d(logits as number[][]))
        .arraySync() as number[][];
    });
    const h = 1e-5;
    logits.forEach((row, i) => {
      row.forEach((_, c) => {
        const moved = (d: number): Matrix => logits.map((r, k) => r.map((v, j) => (k === i && j === c ? v + d : v)));
        expect(gradient[i][c]).toBeCloseTo((3 * (value(moved(h)) - value(moved(-h)))) / (2 * h), 5);
      });
    });
  });

  it('stays finite for huge logits and leaves no tensors behind', () => {
    const before = tf.memory().numTensors;
    const [worst, slope] = tf.tidy(() => {
      const y = tf.tensor2d([[1, 0, 0, 0]]);
      const z = tf.tensor2d([[-300, 300, -300, 300]]);
      const { value: v, grad } = tf.valueAndGrad((x) => loss(x as tf.Tensor2D, y))(z);
      return [v.dataSync()[0], Array.from(grad.dataSync())];
    });
    expect(Number.isFinite(worst)).toBe(true);
    expect(worst).toBeGreaterThan(10);
    expect(slope.every(Number.isFinite)).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('precision', () => {
  it('keeps a small loss that the naive form would lose', () => {
    const loss = tf.tidy(() => bceFromLogits(tf.tensor2d([[20]]), tf.tensor2d([[1]])).dataSync()[0]);
    expect(loss / Math.log1p(Math.exp(-20))).toBeCloseTo(1, 5);
  });
});

describe('errors', () => {
  const z = tf.tensor2d([[1, 2]]);
  const y = tf.tensor2d([[1, 0]]);

  it('names shapes that differ', () => {
    expect(() => bceFromLogits(z, tf.tensor2d([[1, 0, 1]]))).toThrow(/\[1,2\].*\[1,3\]/);
  });

  it.each([
    () => bceFromLogits(z, y, { labelSmoothing: 1 }),
    () => bceFromLogits(z, y, { classWeights: [1] }),
    () => bceFromLogits(z, y, { classWeights: [1, -1] }),
    () => focalFromLogits(z, y, { alpha: 1.5 }),
    () => focalFromLogits(z, y, { gamma: Number.NaN }),
    () => softmaxCrossEntropy(z, y, { labelSmoothing: -0.1 }),
  ])('refuses an option outside its range: %s', (call) => {
    expect(call).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  it('refuses an unknown loss with a suggestion, and one for the other task', () => {
    expect(() => createLoss('focl' as 'focal', 'multi-label')).toThrow(/Did you mean 'focal'/);
    expect(() => createLoss('bce', 'single-label')).toThrow(expect.objectContaining({ code: 'incompatible' }));
  });
});
