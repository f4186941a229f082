import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { useEngine } from '../../index.js';
import { deepSupervisionLoss, deepSupervisionWeights, shrinkMasks } from './deepSupervision.js';
import { segmentationLoss } from './spec.js';

beforeAll(() => useEngine('cpu'));

it("has nnU-Net's weights", () => {
  expect(deepSupervisionWeights(1)).toEqual([1]);
  expect(deepSupervisionWeights(4)).toEqual([4 / 7, 2 / 7, 1 / 7, 0]);
});

it('takes the class at the centre of a larger pixel', () => {
  const masks = tf.tensor3d(
    Array.from({ length: 36 }, (_, i) => i),
    [1, 6, 6],
    'int32',
  );
  expect([...shrinkMasks(masks, [3, 3]).dataSync()]).toEqual([7, 9, 11, 19, 21, 23, 31, 33, 35]);
  expect([...shrinkMasks(masks, [2, 2]).dataSync()]).toEqual([7, 10, 25, 28]);
  expect(shrinkMasks(masks, [6, 6])).toBe(masks);
});

it('refuses weights that are not one per output', () => {
  const loss = segmentationLoss();
  const masks = tf.zeros<tf.Rank.R3>([1, 4, 4], 'int32');
  const attempt = () => deepSupervisionLoss(loss, [tf.zeros([1, 4, 4, 2])], masks, [0.5, 0.5]);
  expect(attempt).toThrow(/2 weights for 1 outputs/);
});
