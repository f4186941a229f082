import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers TF.js' gradients
import { beforeAll, describe, expect, it } from 'vitest';
import { isLulcError } from '../errors/lulcError.js';
import { drawNumbers, largestDifference, numericalGradient } from '../testing/numericalGradient.js';
import { dotProductAttention } from './attention.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Sizes of an attention. */
interface Sizes {
  /** Samples times heads, which are independent of each other. */
  readonly batch: number;
  readonly heads: number;
  readonly tokens: number;
  readonly keys: number;
  readonly channels: number;
  readonly width: number;
}

/** The definition, in double precision: every query gets the mean of the values, by how well their keys fit. */
function reference(
  { batch, heads, tokens, keys, channels, width }: Sizes,
  scale: number,
  q: readonly number[],
  k: readonly number[],
  v: readonly number[],
): number[] {
  const y: number[] = [];
  for (let head = 0; head < batch * heads; head++) {
    for (let token = 0; token < tokens; token++) {
      const weights = Array.from({ length: keys }, (_, key) => {
        let score = 0;
        for (let c = 0; c < channels; c++)
          score += q[(head * tokens + token) * channels + c] * k[(head * keys + key) * channels + c];
        return Math.exp(score * scale);
      });
      const sum = weights.reduce((a, b) => a + b, 0);
      for (let c = 0; c < width; c++)
        y.push(weights.reduce((total, weight, key) => total + (weight / sum) * v[(head * keys + key) * width + c], 0));
    }
  }
  return y;
}

const cases: readonly Sizes[] = [
  { batch: 1, heads: 1, tokens: 1, keys: 1, channels: 1, width: 1 },
  { batch: 1, heads: 1, tokens: 3, keys: 3, channels: 4, width: 4 },
  { batch: 2, heads: 3, tokens: 5, keys: 5, channels: 2, width: 2 },
  { batch: 2, heads: 1, tokens: 2, keys: 6, channels: 3, width: 5 },
  { batch: 1, heads: 2, tokens: 4, keys: 1, channels: 7, width: 3 },
];

function draw({ batch, heads, tokens, keys, channels, width }: Sizes) {
  const of = (seed: number, ...sizes: [number, number]) => {
    const shape: [number, number, number, number] = [batch, heads, ...sizes];
    const values = drawNumbers(
      shape.reduce((a, b) => a * b, 1),
      seed,
    );
    return { values, tensor: tf.tensor4d(values, shape) };
  };
  return { q: of(1, tokens, channels), k: of(2, keys, channels), v: of(3, keys, width), dy: of(4, tokens, width) };
}

const attended = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, scale?: number): tf.Tensor =>
  dotProductAttention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D, scale);

describe('dotProductAttention', () => {
  it.each(cases)('is its definition for %j', (sizes) => {
    const { q, k, v } = draw(sizes);
    const y = attended(q.tensor, k.tensor, v.tensor);
    expect(y.shape).toEqual([sizes.batch, sizes.heads, sizes.tokens, sizes.width]);
    const wanted = reference(sizes, 1 / Math.sqrt(sizes.channels), q.values, k.values, v.values);
    expect(largestDifference(y.dataSync(), wanted)).toBeLessThan(1e-6);
    const hot = attended(q.tensor, k.tensor, v.tensor, 3);
    const hotWanted = reference(sizes, 3, q.values, k.values, v.values);
    expect(largestDifference(hot.dataSync(), hotWanted)).toBeLessThan(2e-6);
  });

  it.each(cases)('has the gradients that finite differences give for %j', (sizes) => {
    const { q, k, v, dy } = draw(sizes);
    const scale = 0.8;
    const loss = (...args: readonly number[][]) =>
      reference(sizes, scale, args[0], args[1], args[2]).reduce((sum, y, i) => sum + y * dy.values[i], 0);
    const wanted = numericalGradient(loss, [q.values, k.values, v.values]);
    const inputs = [q.tensor, k.tensor, v.tensor];
    const found = tf.grads((a, b, c) => attended(a, b, c, scale))(inputs, dy.tensor);
    found.forEach((gradient, i) => {
      expect(gradient.shape).toEqual(inputs[i].shape);
      expect(largestDifference(gradient.dataSync(), wanted[i])).toBeLessThan(2e-6);
    });
  });

  it('with dropout takes what a mask leaves, in the gradients too', () => {
    const sizes = { batch: 2, heads: 1, tokens: 4, keys: 5, channels: 3, width: 2 };
    const { q, k, v, dy } = draw(sizes);
    const [scale, rate] = [0.7, 0.4];
    const dropping = { rate, stepKey: 5, draw: 1 };
    const op = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
      dotProductAttention(a as tf.Tensor4D, b as tf.Tensor4D, c as tf.Tensor4D, scale, dropping) as tf.Tensor;
    // The mask itself, from keys that all fit as well and values that tell them apart.
    const apart = tf.tile(tf.reshape(tf.eye(sizes.keys), [1, 1, sizes.keys, sizes.keys]), [2, 1, 1, 1]);
    const mask = [...op(tf.zerosLike(q.tensor), k.tensor, apart).dataSync()].map(
      (share) => Math.round(share * 1e4) / 1e4,
    );
    const kept = 1 / (1 - rate);
    for (const share of mask) expect([0, Math.round((kept / sizes.keys) * 1e4) / 1e4]).toContain(share);
    const factors = mask.map((share) => (share === 0 ? 0 : kept));
    expect(new Set(factors).size).toBe(2);

    const masked = (...[a, b, c]: readonly number[][]) => {
      const y: number[] = [];
      for (let row = 0; row < sizes.batch * sizes.tokens; row++) {
        const sample = Math.floor(row / sizes.tokens);
        const weights = Array.from({ length: sizes.keys }, (_, key) => {
          let score = 0;
          for (let i = 0; i < sizes.channels; i++)
            score += a[row * sizes.channels + i] * b[(sample * sizes.keys + key) * sizes.channels + i];
          return Math.exp(score * scale);
        });
        const sum = weights.reduce((total, weight) => total + weight, 0);
        for (let i = 0; i < sizes.width; i++)
          y.push(
            weights.reduce(
              (total, weight, key) =>
                total +
                (weight / sum) * factors[row * sizes.keys + key] * c[(sample * sizes.keys + key) * sizes.width + i],
              0,
            ),
          );
      }
      return y;
    };
    const values = [q.values, k.values, v.values];
    const inputs = [q.tensor, k.tensor, v.tensor];
    expect(largestDifference(op(q.tensor, k.tensor, v.tensor).dataSync(), masked(...values))).toBeLessThan(1e-6);
    const wanted = numericalGradient(
      (...args) => masked(...args).reduce((sum, y, i) => sum + y * dy.values[i], 0),
      values,
    );
    const found = tf.grads(op)(inputs, dy.tensor);
    found.forEach((gradient, i) => {
      expect(largestDifference(gradient.dataSync(), wanted[i])).toBeLessThan(2e-6);
    });
  });

  it('takes the mean of the values where every key fits as well', () => {
    const v = tf.tensor4d([1, 2, 3, 4, 5, 9], [1, 1, 3, 2]);
    const y = attended(tf.ones([1, 1, 2, 4]), tf.ones([1, 1, 3, 4]), v);
    expect([...y.dataSync()].map((value) => value.toFixed(5))).toEqual(['3.00000', '5.00000', '3.00000', '5.00000']);
  });

  it('takes the value of the key that fits far best, without overflow', () => {
    const k = tf.tensor4d([0, 1, 1, 0], [1, 1, 2, 2]);
    const y = attended(tf.tensor4d([500, 0], [1, 1, 1, 2]), k, tf.tensor4d([7, 8], [1, 1, 2, 1]), 1);
    expect(y.dataSync()[0]).toBe(8);
  });

  it('frees everything it made', () => {
    const inputs = [tf.ones([1, 2, 3, 4]), tf.ones([1, 2, 5, 4]), tf.ones([1, 2, 5, 6])];
    const step = () => tf.dispose(tf.grads((q, k, v) => attended(tf.square(q), k, v))(inputs));
    step();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) step();
    for (let i = 0; i < 5; i++) attended(inputs[0], inputs[1], inputs[2]).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ['channels', [1, 1, 2, 3], [1, 1, 2, 4], [1, 1, 2, 4]],
    ['keys and values', [1, 1, 2, 3], [1, 1, 5, 3], [1, 1, 4, 3]],
    ['heads', [1, 2, 2, 3], [1, 1, 2, 3], [1, 1, 2, 3]],
    ['samples', [2, 1, 2, 3], [1, 1, 2, 3], [1, 1, 2, 3]],
  ])('refuses %s that do not fit, naming the shapes', (_, q, k, v) => {
    try {
      attended(tf.ones(q), tf.ones(k), tf.ones(v));
      expect.unreachable();
    } catch (error) {
      expect(isLulcError(error, 'shape-mismatch')).toBe(true);
      expect(String(error)).toContain(`q: [${q}]`);
    }
  });
});
