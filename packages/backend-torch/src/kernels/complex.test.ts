import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from '../install/findAddon.js';
import { registerTorchBackend } from '../registerTorchBackend.js';
import { type Compute, count, expectAsOnCpu } from '../testing/asOnCpu.js';

const signal = (shape: number[]) => tf.complex(tf.sin(tf.mul(count(shape), 1.7)), tf.cos(tf.mul(count(shape), 0.9)));

const cases: Readonly<Record<string, Compute>> = {
  'made of its parts': () => tf.complex(count([2, 2]), count([2, 2])),
  'the parts of it': () => [tf.real(signal([2, 3])), tf.imag(signal([2, 3]))],
  'the parts in another shape': () => [
    tf.real(tf.reshape(signal([2, 3]), [6])),
    tf.imag(tf.reshape(signal([6]), [3, 2])),
  ],
  'its length': () => tf.abs(signal([2, 3])),
  arithmetic: () => [
    tf.add(signal([3]), signal([3])),
    tf.sub(signal([2, 3]), signal([3])),
    tf.mul(signal([3]), signal([3])),
  ],
  'arithmetic with a real number': () => tf.mul(signal([3]), tf.scalar(2)),
  'zeros and ones like it': () => [tf.zerosLike(signal([2])), tf.onesLike(signal([2]))],
  'a transform of a power of two': () => tf.spectral.fft(signal([8])),
  'a transform of another length': () => tf.spectral.fft(signal([2, 7])),
  'a transform of one': () => tf.spectral.fft(signal([3, 1])),
  'a transform of three axes': () => tf.spectral.fft(signal([2, 2, 4])),
  'the inverse': () => tf.spectral.ifft(signal([2, 8])),
  'the inverse of another length': () => tf.spectral.ifft(signal([5])),
  'a transform of real numbers': () => tf.spectral.rfft(count([2, 8])),
  'a transform of real numbers, cut': () => tf.spectral.rfft(count([2, 8]), 6),
  'a transform of real numbers and back': () => tf.spectral.irfft(tf.spectral.rfft(count([2, 8]))),
  'a spectrogram': () => tf.signal.stft(tf.sin(count([32])) as tf.Tensor1D, 8, 4),
  'a cast to it': () => tf.cast(count([2]), 'complex64'),
  'a cast from it': () => tf.cast(signal([2]), 'float32'),
};

describe.skipIf(findAddon() === undefined)('complex kernels', () => {
  beforeAll(async () => {
    await registerTorchBackend();
  });

  it.each(Object.entries(cases))('%s', (_, compute) => expectAsOnCpu(compute));

  it('outlives its parts, and they outlive it', async () => {
    await tf.setBackend('torch');
    const before = { ...tf.memory(), ids: tf.backend().numDataIds() };
    const real = tf.tensor1d([1, 2]);
    const imag = tf.tensor1d([3, 4]);
    const pair = tf.complex(real, imag);
    tf.dispose([real, imag]);
    const part = tf.imag(pair);
    expect([...pair.dataSync()]).toEqual([1, 3, 2, 4]);
    pair.dispose();
    expect([...part.dataSync()]).toEqual([3, 4]);
    part.dispose();
    const after = { ...tf.memory(), ids: tf.backend().numDataIds() };
    expect([after.numTensors, after.numDataBuffers, after.ids]).toEqual([
      before.numTensors,
      before.numDataBuffers,
      before.ids,
    ]);
  });
});
