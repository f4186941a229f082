import { useEngine } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { styleVector } from './styleVector.js';

beforeAll(() => useEngine('cpu'));

it('is the mean and the unbiased variance of each channel', () => {
  const map = tf.tensor4d([1, 10, 2, 20, 3, 30, 4, 40], [1, 2, 2, 2]);
  const got = styleVector(map).dataSync();
  for (const [i, value] of [2.5, 25, 5 / 3, 500 / 3].entries()) expect(got[i]).toBeCloseTo(value, 3);
});

it('has the gradient 1/n of means and 2 (x − mean) / (n − 1) of variances', () => {
  const map = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
  const slopes = tf
    .grad((x) => tf.sum(tf.mul(styleVector(x as tf.Tensor4D), tf.tensor2d([[8, 3]]))))(map)
    .dataSync();
  for (const [i, value] of [-1, 1, 3, 5].entries()) expect(slopes[i]).toBeCloseTo(value, 5);
});

it('refuses a map of one pixel', () => {
  expect(() => styleVector(tf.zeros([1, 1, 1, 4]))).toThrow(expect.objectContaining({ code: 'shape-mismatch' }));
});
