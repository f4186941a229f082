import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { Random } from '../random/random.js';

/** Uniform random numbers in −1 … 1. */
export function values(r: Random, shape: readonly number[]): Float32Array {
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * r.next() - 1);
}

/** Functions of tensors whose results two engines should agree on. */
export interface Case {
  name: string;
  inputs: [Float32Array, number[]][];
  run: (...inputs: tf.Tensor[]) => tf.Tensor[];
}

/**
 * Runs the case on an engine and on the plain JavaScript one, which is the truth: shapes and values (relative to the
 * largest) must agree, and nothing may be left behind. Both engines must have been started.
 */
export function compareWithCpu(engineName: string, { name, inputs, run }: Case, tolerance = 1e-5): void {
  const on = (engine: string) => {
    tf.engine().setBackend(engine);
    return tf
      .tidy(() => run(...inputs.map(([data, shape]) => tf.tensor(data, shape))))
      .map((t) => {
        const result = { shape: t.shape, data: t.dataSync() };
        t.dispose();
        return result;
      });
  };
  const truth = on('cpu');
  const before = tf.memory().numTensors;
  const got = on(engineName);
  expect(tf.memory().numTensors, name).toBe(before);
  truth.forEach((expected, k) => {
    expect(got[k].shape, name).toEqual(expected.shape);
    const scale = Array.from(expected.data).reduce((m, v) => Math.max(m, Math.abs(v)), 1);
    let worst = 0;
    for (let i = 0; i < expected.data.length; i++) worst = Math.max(worst, Math.abs(expected.data[i] - got[k].data[i]));
    expect(worst / scale, `${name}, output ${k}`).toBeLessThan(tolerance);
  });
}
