import * as tf from '@tensorflow/tfjs-core';
import { model } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { conv2d, image, pipe, shapeOf, useEngine } from '../index.js';
import { zeroPad } from './pad.js';

beforeAll(() => useEngine('cpu'));

it('puts zeros on all four sides', () => {
  const input = image({ shape: [2, 1, 1] });
  const padded = model({ inputs: input, outputs: zeroPad({ size: 1 })(input) });
  const values = tf.tidy(() => (padded.predict(tf.tensor4d([5, 7], [1, 2, 1, 1])) as tf.Tensor).dataSync());
  expect([...values]).toEqual([0, 0, 0, 0, 5, 0, 0, 7, 0, 0, 0, 0]);
});

it('puts zeros on two sides only', () => {
  expect(shapeOf(zeroPad({ size: [0, 2] })(image({ shape: [3, 4, 1] })))).toEqual([3, 8, 1]);
});

it('gives a convolution with a stride the same margin before and after', () => {
  const block = pipe(zeroPad({ size: 3 }), conv2d({ filters: 2, kernelSize: 7, stride: 2, padding: 'valid' }));
  expect(shapeOf(block(image({ shape: [120, 24, 3] })))).toEqual([60, 12, 2]);
});

it.each([-1, 1.5])('refuses the size %d', (size) => {
  expect(() => zeroPad({ size })(image({ shape: [4, 4, 1] }))).toThrow(
    expect.objectContaining({ code: 'invalid-argument' }),
  );
});
