import { expect, it } from 'vitest';
import { dividedArray, ownRole, permuted, toOwnAxes, toOwnShape } from './layout.js';

const counted = (...shape: number[]) => ({
  dtype: 'float32' as const,
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
});

it('permutes by index', () => {
  const before = counted(2, 3, 4);
  const after = permuted(before, [2, 0, 1]);
  expect(after.shape).toEqual([4, 2, 3]);
  for (let a = 0; a < 2; a++) {
    for (let b = 0; b < 3; b++) {
      for (let c = 0; c < 4; c++) expect(after.data[c * 6 + a * 3 + b]).toBe(before.data[a * 12 + b * 4 + c]);
    }
  }
});

it('turns kernels of PyTorch, and nothing else', () => {
  expect(toOwnAxes(counted(5, 2, 3, 4), 'kernel', 'torch').shape).toEqual([3, 4, 2, 5]);
  expect(toOwnAxes(counted(5, 1, 3, 4), 'depthwise_kernel', 'torch').shape).toEqual([3, 4, 5, 1]);
  expect(Array.from(toOwnAxes(counted(2, 3), 'kernel', 'torch').data)).toEqual([0, 3, 1, 4, 2, 5]);
  expect(toOwnAxes(counted(1, 3, 4), 'embeddings', 'torch').shape).toEqual([1, 3, 4]);
  expect(toOwnAxes(counted(2, 3), 'kernel', 'keras')).toEqual(counted(2, 3));
});

it('joins and divides neighbouring axes only', () => {
  expect(toOwnShape(counted(1, 5, 6), [5, 6]).shape).toEqual([5, 6]);
  expect(toOwnShape(counted(6, 8), [6, 2, 4]).shape).toEqual([6, 2, 4]);
  expect(toOwnShape(counted(2, 4, 6), [8, 6]).shape).toEqual([8, 6]);
  expect(toOwnShape(counted(1, 1, 6, 3), [6, 3]).shape).toEqual([6, 3]);
  expect(toOwnShape(counted(4, 6), [6, 4]).shape).toEqual([4, 6]);
  expect(toOwnShape(counted(6, 4), [2, 4, 3]).shape).toEqual([6, 4]);
  // 3 bands there, 10 here: the bands are told apart later.
  expect(toOwnShape(counted(4, 4, 3, 7), [160, 7]).shape).toEqual([48, 7]);
});

it('divides queries, keys and values', () => {
  expect(dividedArray(counted(6, 2), 3)?.map(({ data }) => data[0])).toEqual([0, 4, 8]);
  expect(dividedArray(counted(5, 2), 3)).toBeUndefined();
});

it('finds the name of a weight by what its layer has', () => {
  const norm = new Set(['gamma', 'beta', 'moving_mean', 'moving_variance']);
  expect(ownRole('weight', norm, 'torch')).toBe('gamma');
  expect(ownRole('bias', norm, 'torch')).toBe('beta');
  expect(ownRole('weight', new Set(['depthwise_kernel']), 'torch')).toBe('depthwise_kernel');
  expect(['0', '1', '2', '3'].map((n) => ownRole(n, norm, 'keras'))).toEqual([...norm]);
  expect(ownRole('1', new Set(['kernel', 'bias']), 'keras')).toBe('bias');
  expect(ownRole('4', norm, 'keras')).toBeUndefined();
});
