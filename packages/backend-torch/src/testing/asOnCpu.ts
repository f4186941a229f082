import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** A computation that makes its own inputs. */
export type Compute = () => tf.Tensor | readonly tf.Tensor[];

/** 0, 1, 2 … in a shape; truth values in turn. */
export function count(shape: number[], dtype: tf.NumericDataType = 'float32'): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  const values = Array.from({ length: size }, (_, i) => (dtype === 'bool' ? i % 2 : i));
  return tf.tensor(values, shape, dtype);
}

/** A result with its values in JavaScript, or that there was an error. */
type Outcome = { readonly dtype: string; readonly shape: readonly number[]; readonly values: unknown[] } | 'error';

/**
 * Expects that a computation gives on the torch engine what it gives on TF.js' cpu backend: the same shapes, types and
 * values, or an error on both.
 *
 * @param compute makes its own inputs
 * @param tolerance relative to the largest value, for floats
 */
export async function expectAsOnCpu(compute: Compute, tolerance = 1e-5): Promise<void> {
  const wanted = await outcomes('cpu', compute);
  const found = await outcomes('torch', compute);
  expect(found.map(description)).toEqual(wanted.map(description));
  wanted.forEach((outcome, i) => {
    if (outcome !== 'error') expectClose(found[i] as typeof outcome, outcome, tolerance);
  });
}

async function outcomes(backend: string, compute: Compute): Promise<Outcome[]> {
  await tf.setBackend(backend);
  tf.engine().startScope();
  try {
    const results = compute();
    return (results instanceof tf.Tensor ? [results] : results).map((result) => ({
      dtype: result.dtype,
      shape: result.shape,
      values: [...result.dataSync()] as unknown[],
    }));
  } catch {
    return ['error'];
  } finally {
    tf.engine().endScope();
  }
}

function description(outcome: Outcome): string {
  return outcome === 'error' ? outcome : `${outcome.dtype}[${outcome.shape}] of ${outcome.values.length}`;
}

function expectClose(found: Exclude<Outcome, 'error'>, wanted: Exclude<Outcome, 'error'>, tolerance: number): void {
  if (wanted.dtype !== 'float32' && wanted.dtype !== 'complex64') {
    expect(found.values).toEqual(wanted.values);
    return;
  }
  const finite = (wanted.values as number[]).filter(Number.isFinite).map(Math.abs);
  const margin = tolerance * Math.max(1, ...finite);
  const off = (wanted.values as number[]).findIndex((value, i) => !isClose(found.values[i] as number, value, margin));
  expect(off < 0 ? 'close' : `${found.values[off]} at ${off}`).toBe(
    off < 0 ? 'close' : `${wanted.values[off]} at ${off}`,
  );
}

function isClose(found: number, wanted: number, margin: number): boolean {
  return Object.is(found, wanted) || found === wanted || Math.abs(found - wanted) <= margin;
}
