import { random, useEngine } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type NtXentOptions, ntXent } from './ntXent.js';

beforeAll(() => useEngine('cpu'));

type Matrix = readonly (readonly number[])[];

const draw = (rows: number, columns: number, seed: number): number[][] => {
  const { normal } = random(seed);
  return Array.from({ length: rows }, () => Array.from({ length: columns }, normal));
};

/** The definition, pair by pair, in double precision. */
function byDefinition(
  zi: Matrix,
  zj: Matrix,
  { temperature = 0.5, denominator = 'all' }: NtXentOptions,
  valid: readonly number[] = zi.map(() => 1),
  isExcluded: (a: number, b: number) => boolean = () => false,
): number {
  const pairs = zi.length;
  const pool = [...zi, ...zj];
  const cosine = (a: readonly number[], b: readonly number[]): number => {
    const dot = (u: readonly number[], v: readonly number[]) => u.reduce((sum, value, k) => sum + value * v[k], 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };
  const losses = pool.flatMap((anchor, i) => {
    if (valid[i % pairs] === 0) return [];
    const partner = (i + pairs) % (2 * pairs);
    let sum = denominator === 'negatives' ? 1e-8 : 0;
    for (const [k, other] of pool.entries()) {
      if (k === i || valid[k % pairs] === 0) continue;
      if (k === partner ? denominator === 'negatives' : isExcluded(i, k)) continue;
      sum += Math.exp(cosine(anchor, other) / temperature);
    }
    return [Math.log(sum) - cosine(anchor, pool[partner]) / temperature];
  });
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}

const valueAndGradients = (zi: Matrix, zj: Matrix, options: NtXentOptions) => {
  const f = (a: tf.Tensor, b: tf.Tensor) => ntXent(a as tf.Tensor2D, b as tf.Tensor2D, options);
  const { value, grads } = tf.valueAndGrads(f)([tf.tensor2d(zi as number[][]), tf.tensor2d(zj as number[][])]);
  return { value: value.dataSync()[0], grads: grads.map((grad) => grad.arraySync() as number[][]) };
};

const differences = (f: (zi: Matrix, zj: Matrix) => number, zi: number[][], zj: number[][]): number[][][] => {
  const step = 1e-5;
  return [zi, zj].map((matrix, which) =>
    matrix.map((row, i) =>
      row.map((value, k) => {
        const at = (moved: number) => {
          const changed = matrix.map((old, j) => (j === i ? old.map((x, l) => (l === k ? moved : x)) : old));
          return which === 0 ? f(changed, zj) : f(zi, changed);
        };
        return (at(value + step) - at(value - step)) / (2 * step);
      }),
    ),
  );
};

const largestGap = (a: readonly Matrix[], b: readonly Matrix[]): number =>
  Math.max(...a.flatMap((matrix, m) => matrix.flatMap((row, i) => row.map((x, k) => Math.abs(x - b[m][i][k])))));

const zi = draw(5, 4, 1);
const zj = draw(5, 4, 2);

describe.each(['all', 'negatives'] as const)('ntXent with the denominator %s', (denominator) => {
  it.each([0.5, 0.07])('has the value and gradient of its definition at temperature %d', (temperature) => {
    const options = { temperature, denominator };
    const { value, grads } = valueAndGradients(zi, zj, options);
    expect(value).toBeCloseTo(byDefinition(zi, zj, options), 4);
    const expected = differences((a, b) => byDefinition(a, b, options), zi, zj);
    expect(largestGap(grads, expected)).toBeLessThan(1e-4);
  });

  it('does not depend on the chunk', () => {
    const whole = valueAndGradients(zi, zj, { denominator });
    for (const chunk of [1, 3, 4, 10]) {
      const parts = valueAndGradients(zi, zj, { denominator, chunk });
      expect(parts.value).toBeCloseTo(whole.value, 6);
      expect(largestGap(parts.grads, whole.grads)).toBeLessThan(1e-6);
    }
  });

  it('leaves out pairs that do not count, and ground that both show', () => {
    const valid = [1, 1, 0, 1, 1];
    // Rows of both views; pairs 0 and 1 lie in one image and meet, 3 is elsewhere in it, 4 at the same place in another.
    const places = [
      [0, 0],
      [0, 2],
      [0, 0],
      [0, 9],
      [1, 0],
    ];
    const rows = [...places, ...places].map(([image, x]) => [
      [image, image + 1],
      [x, x + 3],
    ]);
    const meets = (a: number, b: number): boolean =>
      places[a % 5][0] === places[b % 5][0] && Math.abs(places[a % 5][1] - places[b % 5][1]) < 3;
    const expectedLoss = (a: Matrix, b: Matrix) => byDefinition(a, b, { denominator }, valid, meets);
    for (const chunk of [3, 10]) {
      const options = { denominator, chunk, valid: tf.tensor1d(valid), footprints: tf.tensor3d(rows) };
      const { value, grads } = valueAndGradients(zi, zj, options);
      expect(value).toBeCloseTo(expectedLoss(zi, zj), 5);
      expect(largestGap(grads, differences(expectedLoss, zi, zj))).toBeLessThan(1e-4);
      expect(grads.map((grad) => grad[2])).toEqual([
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ]);
    }
  });

  it('stays finite where powers overflow or vanish, and for rows of zeros', () => {
    const opposite = [
      [1, 0],
      [-1, 0],
      [0, 0],
    ];
    for (const [a, b] of [
      [opposite, opposite],
      [opposite, opposite.map((row) => row.map((x) => -x))],
    ]) {
      const { value, grads } = valueAndGradients(a, b, { denominator, temperature: 0.002 });
      expect(Number.isFinite(value)).toBe(true);
      expect(grads.flat(2).every(Number.isFinite)).toBe(true);
    }
  });
});

it('takes a batch of which nothing counts as no loss', () => {
  const { value, grads } = valueAndGradients(zi, zj, { valid: tf.zeros([5]) });
  expect(value).toBeCloseTo(0, 12);
  expect(grads.flat(2).every((slope) => Math.abs(slope) === 0)).toBe(true);
});

it('holds few similarities at a time, and frees everything', () => {
  const [a, b] = [tf.randomNormal([600, 8]) as tf.Tensor2D, tf.randomNormal([600, 8]) as tf.Tensor2D];
  const before = tf.memory();
  const all = 4 * 1200 * 1200;
  const peak = (chunk: number): number => {
    let bytes = 0;
    tf.tidy(() => {
      const profile = tf.engine().runKernel;
      const engine = tf.engine();
      engine.runKernel = function runKernel(this: unknown, ...args: Parameters<typeof profile>) {
        const result = profile.apply(engine, args);
        bytes = Math.max(bytes, tf.memory().numBytes - before.numBytes);
        return result;
      } as typeof profile;
      try {
        tf.valueAndGrads((x, y) => ntXent(x as tf.Tensor2D, y as tf.Tensor2D, { chunk }))([a, b]);
      } finally {
        engine.runKernel = profile;
      }
    });
    return bytes;
  };
  expect(peak(1200)).toBeLessThan(7 * all);
  expect(peak(60)).toBeLessThan((7 * all) / 20 + 12 * 4 * 1200 * 8);
  expect(tf.memory().numTensors).toBe(before.numTensors);
});

it.each([
  [{ temperature: 0 }, 'invalid-argument'],
  [{ denominator: 'positives' as 'all' }, 'unknown-name'],
  [{ chunk: 0.5 }, 'invalid-argument'],
  [{ valid: [1] as unknown as tf.Tensor1D }, 'shape-mismatch'],
])('refuses %j', (options, code) => {
  const given = 'valid' in options ? { valid: tf.tensor1d([1]) } : options;
  expect(() => valueAndGradients(zi, zj, given)).toThrow(expect.objectContaining({ code }));
});

it('refuses views of different sizes', () => {
  expect(() => valueAndGradients(zi, zj.slice(1), {})).toThrow(expect.objectContaining({ code: 'shape-mismatch' }));
});
