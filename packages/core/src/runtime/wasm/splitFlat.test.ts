import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // registers TF.js' gradients
import { expect, it } from 'vitest';
import { flatVariables } from '../../training/flatVariables.js';
import { useEngine } from '../useEngine.js';

it('writes every part of a flat vector into its variable, without leaking', async () => {
  await useEngine('wasm');
  const shapes = [[2, 3], [], [4], [1, 1, 5]];
  const entries = shapes.map((shape, i) => ({ name: `v${i}`, variable: tf.variable(tf.zeros(shape)) }));
  const flat = flatVariables(entries);
  const before = tf.memory().numTensors;
  tf.tidy(() => flat.scatter(tf.range(0, 16) as tf.Tensor1D));
  expect(entries.map(({ variable }) => Array.from(variable.dataSync()))).toEqual([
    [0, 1, 2, 3, 4, 5],
    [6],
    [7, 8, 9, 10],
    [11, 12, 13, 14, 15],
  ]);
  expect(tf.memory().numTensors).toBe(before);
});
