import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from '../install/findAddon.js';
import { registerTorchBackend } from '../registerTorchBackend.js';
import { type Compute, count, expectAsOnCpu } from '../testing/asOnCpu.js';

const ints = (values: number[], shape = [values.length]) => tf.tensor(values, shape, 'int32');

const cases: Readonly<Record<string, Compute>> = {
  'gather rows': () => tf.gather(count([4, 3]), ints([3, 0, 3])),
  'gather by a scalar': () => tf.gather(count([4, 3]), tf.scalar(2, 'int32')),
  'gather by a matrix on the last axis': () => tf.gather(count([2, 4], 'int32'), ints([3, 0, 1, 1], [2, 2]), -1),
  'gather truth values': () => tf.gather(count([4], 'bool'), ints([1, 2])),
  'gather nothing': () => tf.gather(count([4, 3]), ints([], [0])),
  'gather rows of no elements': () => tf.gather(count([4, 0]), ints([1, 1])),
  'gather from five axes': () => tf.gather(count([2, 1, 3, 2, 2]), ints([2, 0]), 2),
  'gather in batches': () => tf.gather(count([2, 4, 3]), ints([3, 0, 1, 2], [2, 2]), 1, 1),
  'gather in batches on a later axis': () => tf.gather(count([2, 3, 4]), ints([3, 0, 1, 2], [2, 2]), 2, 1),
  'gather in batches counted from the end': () => tf.gather(count([2, 3, 4]), ints([2, 0, 1, 1], [2, 2]), 1, -1),
  'gather in other batches': () => tf.gather(count([2, 3]), ints([0, 1, 2], [3, 1]), 1, 1),
  'gather below zero': () => tf.gather(count([4]), ints([-1])),
  'gather beyond the end': () => tf.gather(count([4]), ints([4])),
  'gather from nothing': () => tf.gather(count([0, 3]), ints([0])),
  'gather strings': () => tf.gather(tf.tensor1d(['a', 'b', 'c']), ints([2, 0])),
  'gather elements': () => tf.gatherND(count([3, 4]), ints([0, 1, 2, 3], [2, 2])),
  'gather slices': () => tf.gatherND(count([3, 4, 2], 'int32'), ints([2, 0], [2, 1])),
  'gather slices by a matrix of indices': () =>
    tf.gatherND(count([3, 4, 2]), ints([2, 1, 0, 0, 1, 3, 2, 2], [2, 2, 2])),
  'gather no slices': () => tf.gatherND(count([3, 4]), ints([], [0, 1])),
  'gather everything, several times': () => tf.gatherND(count([3]), ints([], [2, 0])),
  'gather slices beyond the end': () => tf.gatherND(count([3, 4]), ints([3], [1, 1])),
  'gather slices below zero': () => tf.gatherND(count([3, 4]), ints([-1, 0], [1, 2])),
  'gather elements from nothing': () => tf.gatherND(count([0, 4]), ints([0], [1, 1])),
  'scatter elements, adding up duplicates': () => tf.scatterND(ints([4, 1, 4], [3, 1]), count([3]), [6]),
  'scatter rows': () => tf.scatterND(ints([2, 0, 2], [3, 1]), count([3, 2], 'int32'), [4, 2]),
  'scatter into three axes': () => tf.scatterND(ints([0, 1, 1, 0], [2, 2]), count([2, 3]), [2, 2, 3]),
  'scatter nothing': () => tf.scatterND(ints([], [0, 1]), count([0, 2]), [3, 2]),
  'scatter into nothing': () => tf.scatterND(ints([], [0, 1]), count([0, 2]), [0, 2]),
  'scatter rows of no elements': () => tf.scatterND(ints([1], [1, 1]), count([1, 0]), [3, 0]),
  'scatter beyond the end': () => tf.scatterND(ints([3], [1, 1]), count([1]), [3]),
  'scatter below zero': () => tf.scatterND(ints([-1], [1, 1]), count([1]), [3]),
  'update elements, the last of several stays': () =>
    tf.tensorScatterUpdate(count([5]), ints([4, 1, 4], [3, 1]), tf.tensor1d([-1, -2, -3])),
  'update rows': () => tf.tensorScatterUpdate(count([3, 2], 'int32'), ints([2], [1, 1]), ints([7, 8], [1, 2])),
  'update nothing': () => tf.tensorScatterUpdate(count([3, 2]), ints([], [0, 1]), count([0, 2])),
  'update beyond the end': () => tf.tensorScatterUpdate(count([3]), ints([3], [1, 1]), count([1])),
  'dense from sparse': () => tf.sparseToDense(ints([0, 3, 3]), tf.tensor1d([1, 2, 3]), [5], tf.scalar(-1)),
  'dense from one sparse value': () =>
    tf.sparseToDense(ints([0, 1, 2, 3], [2, 2]), tf.scalar(9, 'int32'), [3, 4], tf.scalar(0, 'int32')),
  'dense from sparse truth values': () =>
    tf.sparseToDense(ints([1]), tf.tensor1d([true], 'bool'), [3], tf.scalar(false, 'bool')),
  'dense from sparse strings': () => tf.sparseToDense(ints([1]), tf.tensor1d(['a']), [2], tf.scalar('-')),
  'dense from nothing': () => tf.sparseToDense(ints([], [0]), tf.tensor1d([], 'float32'), [2], tf.scalar(4)),
  'dense beyond the end': () => tf.sparseToDense(ints([2]), tf.tensor1d([1]), [2], tf.scalar(0)),
  'sum segments': () => tf.unsortedSegmentSum(count([4, 2]), tf.tensor1d([2, 0, 2, 1], 'int32'), 4),
  'sum segments of integers': () => tf.unsortedSegmentSum(count([3], 'int32'), tf.tensor1d([1, 1, 0], 'int32'), 2),
  'sum segments that do not exist': () => tf.unsortedSegmentSum(count([4]), tf.tensor1d([-1, 0, 5, 0], 'int32'), 2),
  'sum segments of three axes': () => tf.unsortedSegmentSum(count([2, 3, 2]), tf.tensor1d([1, 1], 'int32'), 3),
};

describe.skipIf(findAddon() === undefined)('indexing kernels', () => {
  beforeAll(async () => {
    await registerTorchBackend();
  });

  it.each(Object.entries(cases))('%s', (_, compute) => expectAsOnCpu(compute));

  it('says which index is outside', async () => {
    await tf.setBackend('torch');
    expect(() => tf.gather(count([2, 3]), ints([1, 100]))).toThrow(/GatherV2: the index value 100 is not in \[0, 1\]/);
    expect(() => tf.scatterND(ints([7], [1, 1]), count([1]), [3])).toThrow(/ScatterNd: .*7 is not in \[0, 2\]/);
  });

  it('leaves the tensor that it updates as it was', async () => {
    await tf.setBackend('torch');
    const tensor = count([3]);
    const updated = tf.tensorScatterUpdate(tensor, ints([0], [1, 1]), tf.tensor1d([9]));
    expect([...tensor.dataSync()]).toEqual([0, 1, 2]);
    expect([...updated.dataSync()]).toEqual([9, 1, 2]);
  });
});
