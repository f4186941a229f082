import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from '../install/findAddon.js';
import { registerTorchBackend } from '../registerTorchBackend.js';
import { type Compute, count, expectAsOnCpu } from '../testing/asOnCpu.js';

/** Numbers of both signs. */
const waves = (shape: number[]) => tf.sin(tf.add(tf.mul(count(shape), 1.7), 0.3));

const cases: Readonly<Record<string, Compute>> = {
  'a product': () => tf.matMul(waves([3, 4]), waves([4, 5])),
  'transposed left': () => tf.matMul(waves([4, 3]), waves([4, 5]), true),
  'transposed right': () => tf.matMul(waves([3, 4]), waves([5, 4]), false, true),
  'transposed both': () => tf.matMul(waves([4, 3]), waves([5, 4]), true, true),
  'longer than a block of the reference': () => tf.matMul(waves([50, 130]), waves([130, 49])),
  batches: () => tf.matMul(waves([2, 3, 4]), waves([2, 4, 5])),
  'batches, transposed both': () => tf.matMul(waves([2, 4, 3]), waves([2, 5, 4]), true, true),
  'a batch and a matrix': () => tf.matMul(waves([2, 3, 4]), waves([4, 5])),
  'a transposed batch and a batch of one': () => tf.matMul(waves([2, 4, 3]), waves([1, 4, 5]), true),
  'a matrix and a batch': () => tf.matMul(waves([3, 4]), waves([2, 4, 5])),
  'batches of more axes': () => tf.matMul(waves([2, 2, 1, 3]), waves([2, 2, 3, 2])),
  'batches of one in more axes': () => tf.matMul(waves([1, 1, 3, 2]), waves([1, 2, 2])),
  'nothing to add up': () => tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])),
  'nothing to add up in batches': () => tf.matMul(tf.zeros([3, 2, 0]), tf.zeros([3, 0, 4])),
  'no rows': () => tf.matMul(tf.zeros([0, 2]), waves([2, 3])),
  integers: () => tf.matMul(count([2, 3], 'int32'), count([3, 2], 'int32')),
  'integers too large for floats': () =>
    tf.matMul(tf.tensor2d([[16777217, 1]], [1, 2], 'int32'), tf.tensor2d([[1], [1]], [2, 1], 'int32')),
  'integers and floats': () => tf.matMul(count([2, 3], 'int32'), waves([3, 2])),
  'sizes that do not fit': () => tf.matMul(waves([2, 3]), waves([2, 3])),
  'batches that do not fit': () => tf.matMul(waves([2, 3, 4]), waves([3, 4, 5])),
  'NaN and infinity': () =>
    tf.matMul(
      tf.tensor2d([
        [Number.NaN, 1],
        [Number.POSITIVE_INFINITY, 1],
      ]),
      tf.tensor2d([
        [1, 0],
        [1, 2],
      ]),
    ),
  'fused with a bias': () => tf.fused.matMul({ a: waves([3, 4]), b: waves([4, 5]), bias: waves([5]) }),
  'fused with a bias for all': () => tf.fused.matMul({ a: waves([2, 3, 4]), b: waves([2, 4, 5]), bias: waves([3, 5]) }),
  'fused with a scalar bias': () => tf.fused.matMul({ a: waves([3, 4]), b: waves([4, 5]), bias: tf.scalar(2) }),
  'fused and transposed': () =>
    tf.fused.matMul({ a: waves([4, 3]), b: waves([5, 4]), transposeA: true, transposeB: true, bias: waves([5]) }),
  ...Object.fromEntries(
    (['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const).map((activation) => [
      `fused with ${activation}`,
      () =>
        tf.fused.matMul({
          a: tf.mul(waves([3, 4]), 5),
          b: waves([4, 5]),
          bias: waves([5]),
          activation,
          leakyreluAlpha: 0.3,
          preluActivationWeights: activation === 'prelu' ? waves([1, 5]) : undefined,
        }),
    ]),
  ),
  'einsum as a product': () => tf.einsum('ij,jk->ik', waves([2, 3]), waves([3, 4])),
  'einsum with batches and blanks': () => tf.einsum('bij, bkj -> bki', waves([2, 3, 4]), waves([2, 5, 4])),
  'einsum of one, transposed': () => tf.einsum('abc->cab', waves([2, 3, 4])),
  'einsum of one, summed up': () => tf.einsum('ij->', waves([2, 3])),
  'einsum of one along an axis': () => tf.einsum('ijk->j', count([2, 3, 2], 'int32')),
  'einsum of truth values': () => tf.einsum('ij->i', count([2, 3], 'bool')),
  'einsum as an outer product': () => tf.einsum('i,j->ji', waves([3]), waves([2])),
  'einsum of integers': () => tf.einsum('ij,jk->ik', count([2, 3], 'int32'), count([3, 2], 'int32')),
  'einsum of sizes that do not fit': () => tf.einsum('ij,jk->ik', waves([2, 3]), waves([2, 3])),
  'einsum without an arrow': () => tf.einsum('ij,jk', waves([2, 3]), waves([3, 2])),
  'einsum of too few': () => tf.einsum('ij,jk->ik', waves([2, 3])),
  'einsum along a diagonal': () => tf.einsum('ii->i', waves([2, 2])),
};

describe.skipIf(findAddon() === undefined)('matrix kernels', () => {
  beforeAll(async () => {
    await registerTorchBackend();
  });

  it.each(Object.entries(cases))('%s', (_, compute) => expectAsOnCpu(compute));

  it('broadcasts batches on both sides, which TF.js mixes up', async () => {
    await tf.setBackend('torch');
    const a = tf.tensor([1, 2], [2, 1, 1, 1]);
    const b = tf.tensor([10, 20, 30], [1, 3, 1, 1]);
    const result = tf.matMul(a, b);
    expect(result.shape).toEqual([2, 3, 1, 1]);
    expect([...result.dataSync()]).toEqual([10, 20, 30, 20, 40, 60]);
  });

  it('refuses an activation that it does not know', async () => {
    await tf.setBackend('torch');
    const matrix = tf.ones([2, 2]) as tf.Tensor2D;
    expect(() => tf.fused.matMul({ a: matrix, b: matrix, activation: 'mish' as 'relu' })).toThrow(/'mish'/);
  });
});
