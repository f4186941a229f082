import { registerTorchBackend } from '@lulc/backend-torch';
import { isLulcError } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadTorch } from '../available.js';
import { checkEngine, rawBackend } from './engine.js';

const torch = await loadTorch();

/** Mistakes that TF.js' own checks do not see, and what the message must name. */
const mistakes: Readonly<Record<string, { make: () => unknown; names: readonly (string | RegExp)[] }>> = {
  'shapes that do not broadcast': {
    make: () => run('Add', { a: tf.ones([2, 3]), b: tf.ones([4, 5]) }),
    names: ['Add', '[2, 3]', '[4, 5]'],
  },
  'matrices that do not fit': {
    make: () =>
      run('BatchMatMul', { a: tf.ones([1, 2, 3]), b: tf.ones([1, 4, 5]) }, { transposeA: false, transposeB: false }),
    names: ['BatchMatMul', '[1, 2, 3]', '[1, 4, 5]'],
  },
  'a filter for other channels': {
    make: () =>
      run(
        'Conv2D',
        { x: tf.ones([1, 5, 5, 3]), filter: tf.ones([3, 3, 4, 2]) },
        { strides: 1, pad: 'same', dilations: 1, dataFormat: 'NHWC' },
      ),
    names: ['Convolution', '[1, 5, 5, 3]', '[3, 3, 4, 2]'],
  },
  'an index beyond the end': {
    make: () => run('GatherV2', { x: tf.ones([3, 2]), indices: tf.tensor1d([7], 'int32') }, { axis: 0, batchDims: 0 }),
    names: ['GatherV2', '[3, 2]'],
  },
  'a slice beyond the end': {
    make: () => run('Slice', { x: tf.ones([3]) }, { begin: [2], size: [5] }),
    names: [/slice/, '(3)'],
  },
  'a negative size': {
    make: () => run('Fill', {}, { shape: [-2, 3], value: 1, dtype: 'float32' }),
    names: ['Fill', '-2'],
  },
  'a permutation with a hole': {
    make: () => run('Transpose', { x: tf.ones([2, 3]) }, { perm: [0, 0] }),
    names: ['Transpose', '[2, 3]'],
  },
  'a string where numbers are needed': {
    make: () => tf.exp(tf.tensor(['forest'])),
    names: ['exp', 'string'],
  },
  'a complex number where real ones are needed': {
    make: () => run('Relu', { x: tf.complex([1], [2]) }),
    names: [/complex|numbers/],
  },
};

function run(kernel: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap = {}): unknown {
  return tf.engine().runKernel(kernel, inputs, attributes);
}

describe.skipIf('missing' in torch)('bad use', () => {
  beforeAll(() => tf.setBackend('torch'));
  afterEach(checkEngine);

  it.each(Object.keys(mistakes))('%s is an error that says what and where, and nothing is left', (name) => {
    const { make, names } = mistakes[name];
    const before = [tf.memory().numTensors, rawBackend().numDataIds(), rawBackend().addon.statistics().tensors];
    const error = caught(() => tf.tidy(() => void make()));
    expect(error.message.split('\n')).toHaveLength(1);
    for (const part of names) expect(error.message).toMatch(part instanceof RegExp ? part : literal(part));
    expect([tf.memory().numTensors, rawBackend().numDataIds(), rawBackend().addon.statistics().tensors]).toEqual(
      before,
    );
  });

  it('a tensor that was disposed is an error', () => {
    const x = tf.ones([3]);
    x.dispose();
    expect(() => tf.neg(x)).toThrow(/disposed/);
    const info = { dataId: x.dataId, shape: [3], dtype: 'float32' } as const;
    expect(caught(() => rawBackend().data(info.dataId)).message).toMatch(/disposed/);
    expect(() => rawBackend().readSync(info.dataId)).toThrow(/disposed/);
  });

  it.each([
    ['by one kernel', () => tf.fill([1e6, 1e6], 1)],
    ['by broadcasting', () => tf.add(tf.ones([1, 4_000_000]), tf.ones([4_000_000, 1]))],
    ['by repeating', () => tf.tile(tf.ones([1000, 1000]), [10_000, 1000])],
    ['by a product of matrices', () => tf.matMul(tf.ones([3_000_000, 1]), tf.ones([1, 3_000_000]))],
  ])('more memory than there is, %s, is an error', (_, make) => {
    const error = caught(() => tf.tidy(() => void make()));
    expect(isLulcError(error, 'out-of-memory'), String(error)).toBe(true);
  });

  it('a bound of memory holds, and can be lifted', async () => {
    const { usedBytes } = rawBackend().addon.statistics();
    await registerTorchBackend({ memoryBytes: usedBytes + 2 ** 20 });
    expect(
      isLulcError(
        caught(() => tf.zeros([2 ** 20])),
        'out-of-memory',
      ),
    ).toBe(true);
    expect(
      isLulcError(
        caught(() => tf.tidy(() => void tf.fill([2 ** 20], 2))),
        'out-of-memory',
      ),
    ).toBe(true);
    checkEngine();
    await registerTorchBackend({ memoryBytes: 2 ** 40 });
    tf.dispose(tf.fill([2 ** 20], 2));
  });
});

function caught(body: () => unknown): Error {
  try {
    body();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was accepted');
}

const literal = (text: string): RegExp => new RegExp(text.replace(/[[\]()]/g, '\\$&'));
