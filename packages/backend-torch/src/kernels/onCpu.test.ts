import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from '../install/findAddon.js';
import { registerTorchBackend } from '../registerTorchBackend.js';

describe.skipIf(findAddon() === undefined)('onCpu', () => {
  beforeAll(async () => {
    await registerTorchBackend();
    await tf.setBackend('torch');
  });

  it('computes strings', () => {
    const words = tf.tensor1d(['lulc', 'land use'], 'string');
    expect(tf.concat([words, words]).dataSync()).toEqual(['lulc', 'land use', 'lulc', 'land use']);
    expect(tf.string.staticRegexReplace(words, '[aeiou]', '.').dataSync()).toEqual(['l.lc', 'l.nd .s.']);
  });

  it('computes complex numbers and gives them back as halves', () => {
    const a = tf.complex([1, 2], [3, 4]);
    expect([...tf.mul(a, a).dataSync()]).toEqual([-8, 6, -12, 16]);
    expect([...tf.imag(tf.add(a, a)).dataSync()]).toEqual([6, 8]);
  });

  it('gives several outputs', () => {
    const { reverseIndexMap, outputValues } = tf.sparse.sparseFillEmptyRows([[1, 0]], [5], [3, 2], 9);
    expect([...outputValues.dataSync()]).toEqual([9, 5, 9]);
    expect([...reverseIndexMap.dataSync()]).toEqual([1]);
  });

  it('takes lists of inputs under a name', () => {
    const splits = [tf.tensor1d([0, 2, 3], 'int32')];
    const { outputNestedSplits, outputDenseValues } = tf.raggedGather(splits, tf.tensor1d([1, 2, 3]), [1, 0], 1);
    expect([...outputNestedSplits[0].dataSync()]).toEqual([0, 1, 3]);
    expect([...outputDenseValues.dataSync()]).toEqual([3, 1, 2]);
  });

  it('frees everything it made', () => {
    const words = tf.tensor1d(['b', 'a', 'c'], 'string');
    const pairs = tf.complex([1, 2], [3, 4]);
    const before = { ...tf.memory(), ids: tf.backend().numDataIds() };
    for (let i = 0; i < 3; i++) {
      tf.tidy(() => void [tf.concat([words, words]), tf.stack([words, words]), tf.mul(pairs, pairs)]);
      expect(() => tf.reverse(pairs)).toThrow(/complex64/);
    }
    const after = { ...tf.memory(), ids: tf.backend().numDataIds() };
    expect(after.numTensors).toBe(before.numTensors);
    expect(after.numDataBuffers).toBe(before.numDataBuffers);
    expect(after.ids).toBe(before.ids);
  });

  it('leaves the choice of backend alone', () => {
    expect(tf.getBackend()).toBe('torch');
    expect(tf.engine().registryFactory.cpu?.priority).toBe(1);
  });
});
