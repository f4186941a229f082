import * as tf from '@tensorflow/tfjs-core';
import { model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { useEngine } from '../index.js';
import { dropout, dropPath } from './dropout.js';
import { image } from './graph.js';
import { withStepRandom } from './randomStream.js';
import type { Block } from './sym.js';

beforeAll(() => useEngine('cpu'));

function run(block: Block<4>, training: boolean, step?: number): Float32Array {
  const x = image({ shape: [10, 10, 10] });
  const model = tfModel({ inputs: x, outputs: block(x) });
  const forward = () =>
    tf.tidy(() => (model.apply(tf.ones([64, 10, 10, 10]), { training }) as tf.Tensor).dataSync() as Float32Array);
  return step === undefined ? forward() : withStepRandom(1, step, forward);
}

describe.each([
  ['dropout', dropout<4>(0.25)],
  ['dropPath', dropPath<4>(0.25)],
] as const)('%s', (_, block) => {
  it('does nothing outside training', () => expect(run(block, false).every((value) => value === 1)).toBe(true));
  it('depends on seed and step only', () => {
    expect(run(block, true, 5)).toEqual(run(block, true, 5));
    expect(run(block, true, 5)).not.toEqual(run(block, true, 6));
  });
});

it('dropout drops the share it is told and keeps the mean', () => {
  const values = run(dropout<4>(0.25), true, 1);
  const kept = values.filter((value) => value !== 0);
  const error = 4 * Math.sqrt((0.25 * 0.75) / values.length);
  expect(Math.abs(kept.length / values.length - 0.75)).toBeLessThan(error);
  expect(Math.max(...kept)).toBeCloseTo(4 / 3, 5);
  expect(Math.min(...kept)).toBeCloseTo(4 / 3, 5);
});

it('drop-path drops whole samples', () => {
  const values = run(dropPath<4>(0.25), true, 1);
  for (let sample = 0; sample < 64; sample++) {
    expect(new Set(values.subarray(sample * 1000, (sample + 1) * 1000)).size).toBe(1);
  }
  expect(new Set(values).size).toBe(2);
});

it('refuses a rate outside [0, 1)', () => {
  expect(() => dropout(1)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  expect(() => dropPath(-0.1)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
});
