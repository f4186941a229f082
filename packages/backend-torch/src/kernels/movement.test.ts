import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from '../install/findAddon.js';
import { registerTorchBackend } from '../registerTorchBackend.js';
import { type Compute, count, expectAsOnCpu } from '../testing/asOnCpu.js';

const cases: Readonly<Record<string, Compute>> = {
  'concat, first axis': () => tf.concat([count([2, 3]), count([1, 3])], 0),
  'concat, last axis by a negative number': () => tf.concat([count([2, 1]), count([2, 3])], -1),
  'concat with empty tensors': () => tf.concat([count([0, 3]), count([2, 3]), count([0, 3])], 0),
  'concat of only empty tensors': () => tf.concat([count([0, 3]), count([0, 3])], 0),
  'concat of other types': () => tf.concat([count([2], 'int32'), tf.tensor1d([1.9, -1.9])]),
  'concat of truth values': () => tf.concat([count([2], 'bool'), count([3], 'bool')]),
  'concat of six axes': () => tf.concat([count([1, 2, 1, 2, 1, 2]), count([1, 2, 3, 2, 1, 2])], 2),
  'concat of strings': () => tf.concat([tf.tensor1d(['a', 'ü']), tf.tensor1d(['c'])]),
  'concat of complex numbers': () => tf.concat([tf.complex([1], [2]), tf.complex([3], [4])]),
  'concat of other ranks': () => tf.concat([count([2, 3]), count([2])] as tf.Tensor2D[], 0),
  'concat of other sizes': () => tf.concat([count([2, 3]), count([2, 4])], 0),
  'concat beyond the last axis': () => tf.concat([count([2, 3]), count([2, 3])], 2),
  'concat of the parts of a vector': () => tf.concat(tf.split(count([7]), [2, 0, 5])),
  'concat of parts in another order': () => tf.concat(tf.split(count([6]), 3).reverse()),
  'concat of reshaped parts': () => tf.concat(tf.split(count([8]), 2).map((part) => tf.reshape(part, [2, 2]))),
  'concat of parts with one left out': () => tf.concat(tf.split(count([6]), 3).filter((_, i) => i !== 1)),
  'stack of scalars': () => tf.stack([tf.scalar(1), tf.scalar(2)]),
  'stack of one': () => tf.stack([count([2, 3])], 1),
  'stack on the last axis': () => tf.stack([count([2, 3]), count([2, 3])], -1),
  'stack of empty tensors': () => tf.stack([count([0, 3]), count([0, 3])], 1),
  'stack of other shapes': () => tf.stack([count([2, 3]), count([3, 2])]),
  'stack of other types': () => tf.stack([count([2]), count([2], 'int32')]),
  'stack of strings': () => tf.stack([tf.tensor1d(['a']), tf.tensor1d(['b'])]),
  'unstack on the first axis': () => tf.unstack(count([3, 2])),
  'unstack on the last axis': () => tf.unstack(count([2, 2, 3], 'int32'), -1),
  'unstack to scalars': () => tf.unstack(count([3], 'bool')),
  'unstack of nothing': () => tf.unstack(count([0, 3])),
  'unstack of one': () => tf.unstack(count([1, 3])),
  'unstack of strings': () => tf.unstack(tf.tensor2d([['a', 'b']])),
  'split in equal parts': () => tf.split(count([4, 3]), 2),
  'split in sizes, one inferred': () => tf.split(count([2, 7]), [1, -1, 2], 1),
  'split with an empty part': () => tf.split(count([2, 4]), [4, 0], 1),
  'split that does not fit': () => tf.split(count([2, 4]), 3, 1),
  'split in sizes that do not fit': () => tf.split(count([2, 4]), [3, 3], 1),
  'slice of a part': () => tf.slice(count([4, 5]), [1, 2], [2, 2]),
  'slice of rows': () => tf.slice(count([4, 5]), 1, 2),
  'slice to the end': () => tf.slice(count([4, 5]), [2]),
  'slice of nothing': () => tf.slice(count([4, 5]), [2, 0], [0, 5]),
  'slice of an empty tensor': () => tf.slice(count([0, 5]), [0, 1], [0, 2]),
  'slice of truth values in six axes': () => tf.slice(count([2, 1, 3, 1, 2, 2], 'bool'), [1, 0, 1, 0, 0, 1]),
  'slice beyond the end': () => tf.slice(count([4, 5]), [3, 0], [2, 5]),
  'slice of strings': () => tf.slice(tf.tensor2d(['a', 'b', 'c', 'd'], [2, 2]), [0, 1], [2, 1]),
  'slice of a slice of a large tensor': () => tf.slice(tf.slice(count([40, 50]), [9, 0], [20, 50]), [5, 7], [2, 3]),
  'strided slice': () => tf.stridedSlice(count([5, 7]), [0, 1], [5, 7], [2, 3]),
  'strided slice backwards': () => tf.stridedSlice(count([5, 7]), [4, 5], [0, 0], [-2, -1]),
  'strided slice backwards to the very first': () =>
    tf.stridedSlice(count([5, 7], 'int32'), [-1, -1], [0, 0], [-2, -3], 3, 3),
  'strided slice from the end': () => tf.stridedSlice(count([8]), [-5], [-1], [2]),
  'strided slice with masked begin and end': () => tf.stridedSlice(count([4, 6]), [2, 3], [3, 4], [1, 2], 1, 2),
  'strided slice with an ellipsis': () =>
    tf.stridedSlice(count([2, 3, 4, 5]), [0, 0, 1], [1, 0, 5], [1, 1, 2], 0, 0, 2),
  'strided slice with a new axis': () => tf.stridedSlice(count([4, 6]), [0, 1, 1], [0, 3, 5], [1, 1, 2], 0, 0, 0, 1),
  'strided slice that drops an axis': () => tf.stridedSlice(count([4, 6]), [1, 2], [2, 5], [1, 1], 0, 0, 0, 0, 1),
  'strided slice that drops the last axis by a negative index': () =>
    tf.stridedSlice(count([4, 6]), [0, -1], [4, 0], [1, 1], 0, 0, 0, 0, 2),
  'strided slice of everything, seen otherwise': () =>
    tf.stridedSlice(count([1, 6]), [0, 0], [1, 6], [1, 1], 3, 3, 0, 0, 1),
  'strided slice of nothing': () => tf.stridedSlice(count([5]), [3], [3], [2]),
  'strided slice with a stride of zero': () => tf.stridedSlice(count([5]), [0], [5], [0]),
  'strided slice that drops an index outside': () => tf.stridedSlice(count([4]), [4], [5], [1], 0, 0, 0, 0, 1),
  'strided slice of an empty tensor': () => tf.stridedSlice(count([0, 4]), [0, 0], [0, 4], [1, 2]),
  'strided slice of strings': () => tf.stridedSlice(tf.tensor1d(['a', 'b', 'c', 'd']), [3], [0], [-2]),
  'pad with zeros': () =>
    tf.pad(count([2, 3]), [
      [1, 0],
      [0, 2],
    ]),
  'pad with another number': () =>
    tf.pad(
      count([2, 2], 'int32'),
      [
        [0, 1],
        [2, 0],
      ],
      7,
    ),
  'pad truth values': () => tf.pad(count([3], 'bool'), [[1, 1]], 1),
  'pad an empty tensor': () =>
    tf.pad(
      count([0, 2]),
      [
        [1, 1],
        [0, 1],
      ],
      3,
    ),
  'pad six axes': () =>
    tf.pad(
      count([1, 2, 1, 2, 1, 2]),
      [
        [0, 1],
        [1, 0],
        [0, 0],
        [1, 1],
        [0, 0],
        [0, 1],
      ],
      -1,
    ),
  'pad by mirroring without the border': () =>
    tf.mirrorPad(
      count([3, 4]),
      [
        [2, 1],
        [0, 3],
      ],
      'reflect',
    ),
  'pad by mirroring with the border': () =>
    tf.mirrorPad(
      count([3, 4], 'int32'),
      [
        [3, 1],
        [0, 4],
      ],
      'symmetric',
    ),
  'pad by mirroring five axes': () =>
    tf.mirrorPad(
      count([2, 1, 3, 2, 2]),
      [
        [1, 0],
        [0, 0],
        [2, 2],
        [1, 1],
        [0, 1],
      ],
      'reflect',
    ),
  'pad by mirroring too much': () => tf.mirrorPad(count([3]), [[3, 0]], 'reflect'),
  'transpose of a matrix': () => tf.transpose(count([3, 5])),
  'transpose of six axes': () => tf.transpose(count([1, 2, 3, 2, 1, 2], 'int32'), [5, 0, 3, 1, 4, 2]),
  'transpose of truth values': () => tf.transpose(count([2, 3], 'bool')),
  'transpose of nothing': () => tf.transpose(count([2, 0, 3]), [2, 1, 0]),
  'transpose of a scalar': () => tf.transpose(tf.scalar(3)),
  'transpose of complex numbers': () => tf.transpose(tf.complex(count([2, 3]), count([2, 3]))),
  'reverse of all axes': () => tf.reverse(count([2, 3, 2])),
  'reverse of one axis': () => tf.reverse(count([2, 3], 'bool'), -1),
  'reverse of nothing': () => tf.reverse(count([0, 3])),
  'reverse of a scalar': () => tf.reverse(tf.scalar(1)),
  tile: () => tf.tile(count([2, 3]), [2, 2]),
  'tile of axes of one': () => tf.tile(count([1, 3, 1]), [4, 1, 2]),
  'tile of axes of one and others': () => tf.tile(count([1, 2], 'int32'), [3, 2]),
  'tile to nothing': () => tf.tile(count([2, 3]), [0, 1]),
  'tile of a scalar': () => tf.tile(tf.scalar(1), []),
  'tile of strings': () => tf.tile(tf.tensor1d(['a', 'b']), [2]),
  'space to batch': () =>
    tf.spaceToBatchND(
      count([2, 4, 6, 3]),
      [2, 3],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  'space to batch with padding': () =>
    tf.spaceToBatchND(
      count([1, 3, 5, 2]),
      [2, 2],
      [
        [1, 0],
        [2, 1],
      ],
    ),
  'space to batch of one axis': () => tf.spaceToBatchND(count([2, 4, 2, 2], 'int32'), [2], [[0, 0]]),
  'space to batch that does not fit': () =>
    tf.spaceToBatchND(
      count([1, 3, 4, 1]),
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  'batch to space': () =>
    tf.batchToSpaceND(
      count([12, 2, 3, 2]),
      [2, 3],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  'batch to space with crops': () =>
    tf.batchToSpaceND(
      count([8, 3, 3, 1]),
      [2, 2],
      [
        [1, 2],
        [0, 1],
      ],
    ),
  'batch to space of one axis': () => tf.batchToSpaceND(count([4, 2, 3]), [2], [[1, 0]]),
  'batch to space that does not fit': () =>
    tf.batchToSpaceND(
      count([3, 2, 2, 1]),
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  'depth to space': () => tf.depthToSpace(count([2, 2, 3, 8]) as tf.Tensor4D, 2, 'NHWC'),
  'depth to space, channels first': () => tf.depthToSpace(count([1, 4, 1, 1]) as tf.Tensor4D, 2, 'NCHW'),
};

describe.skipIf(findAddon() === undefined)('movement kernels', () => {
  beforeAll(async () => {
    await registerTorchBackend();
  });

  it.each(Object.entries(cases))('%s', (_, compute) => expectAsOnCpu(compute));

  it('joins the parts of a vector without a copy', async () => {
    await tf.setBackend('torch');
    const size = 1 << 20;
    const whole = tf.zeros([size]);
    const before = tf.memory() as unknown as { usedBytes: number };
    const joined = tf.concat(tf.split(whole, 4));
    const after = tf.memory() as unknown as { usedBytes: number };
    expect(after.usedBytes - before.usedBytes).toBeLessThan(size);
    tf.dispose([whole, joined]);
  });

  it('does not keep a large tensor for a small slice of it', async () => {
    await tf.setBackend('torch');
    const before = (tf.memory() as unknown as { usedBytes: number }).usedBytes;
    const small = tf.tidy(() => tf.slice(tf.zeros([1 << 20]), 0, 16));
    expect((tf.memory() as unknown as { usedBytes: number }).usedBytes - before).toBeLessThan(4096);
    small.dispose();
  });

  it('gives more parts than the command buffer describes at first', async () => {
    await tf.setBackend('torch');
    const parts = tf.tidy(() => tf.unstack(count([30_000, 1])).map((part) => tf.keep(part)));
    expect(parts[29_999].dataSync()[0]).toBe(29_999);
    tf.dispose(parts);
  });

  it('takes an axis out of a slice with strides, which TF.js mixes up', async () => {
    await tf.setBackend('torch');
    const slice = tf.stridedSlice(count([5, 3]), [-3, 2], [4, 3], [3, 1], 0, 0, 0, 0, 2);
    expect(slice.shape).toEqual([1]);
    expect([...slice.dataSync()]).toEqual([8]);
  });

  it('refuses what TF.js lets through to undefined results', async () => {
    await tf.setBackend('torch');
    expect(() => tf.pad(count([3]), [[-1, 0]])).toThrow(/negative padding/);
    expect(() => tf.tile(count([3]), [-1])).toThrow(/negative/);
    expect(() => tf.transpose(count([2, 2]), [0, 0])).toThrow(/Transpose/);
  });
});
