import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useEngine } from '../index.js';
import { gelu, swish } from './smoothUnits.js';

const points = [-9, -3, -1.5, -0.7, -0.1, 0, 0.1, 0.4, 1, 2.5, 8];

/** Φ by its series around 0, which converges everywhere. */
function normalShare(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 400; n++) {
    term *= (x * x) / (2 * n + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

const functions = { swish: (x: number) => x / (1 + Math.exp(-x)), gelu: (x: number) => x * normalShare(x) };

describe.each(['cpu', 'wasm'] as const)('on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it.each([
    ['swish', swish],
    ['gelu', gelu],
  ] as const)('%s has the values of its definition, and the slopes of its finite differences', (name, unit) => {
    const f = functions[name];
    const [y, dx] = tf.tidy(() => {
      const x = tf.tensor1d(points);
      return [unit(x), tf.grad((t: tf.Tensor) => tf.mul(unit(t), 2))(x)].map((t) => [...t.dataSync()]);
    });
    for (const [i, x] of points.entries()) {
      expect(y[i]).toBeCloseTo(f(x), 5);
      expect(dx[i]).toBeCloseTo((f(x + 1e-5) - f(x - 1e-5)) / 1e-5, 4);
    }
  });
});
