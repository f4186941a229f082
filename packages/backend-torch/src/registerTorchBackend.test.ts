import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from './install/findAddon.js';
import { registerTorchBackend, type TorchOptions } from './registerTorchBackend.js';

const absent = findAddon() === undefined;

beforeAll(async () => {
  if (absent) return;
  await registerTorchBackend();
  await tf.setBackend('torch');
});

afterAll(async () => {
  if (!absent) await registerTorchBackend({ precision: 'float32', winograd: true });
});

describe.skipIf(absent)('options of the torch engine', () => {
  it.each([
    [{ threads: 0 }, 'invalid-argument'],
    [{ threads: 1.5 }, 'invalid-argument'],
    [{ memoryBytes: -1 }, 'invalid-argument'],
    [{ cacheBytes: Number.NaN }, 'invalid-argument'],
    [{ precision: 'half' as 'fp16' }, 'unknown-name'],
  ] as [TorchOptions, string][])('refuses %o', async (options, code) => {
    await expect(registerTorchBackend(options)).rejects.toMatchObject({ code });
  });

  // At 23 pixels float32 goes through Winograd's filtering, at 9 through oneDNN.
  it.each([9, 23])(
    'computes %i pixels in bf16 on demand, with its accuracy, and exactly again afterwards',
    async (size) => {
      const x = tf.randomNormal([2, size, size, 40], 0, 1, 'float32', 1) as tf.Tensor4D;
      const filter = tf.randomNormal([3, 3, 40, 33], 0, 1, 'float32', 2) as tf.Tensor4D;
      const run = () => [...tf.tidy(() => tf.conv2d(x, filter, 1, 'same')).dataSync()];
      const exact = run();
      const largest = Math.max(...exact.map(Math.abs));
      const deviation = (values: number[]) => Math.max(...values.map((v, i) => Math.abs(v - exact[i]))) / largest;
      await registerTorchBackend({ precision: 'bf16' });
      const rounded = deviation(run());
      expect(rounded).toBeGreaterThan(1e-4);
      expect(rounded).toBeLessThan(2e-2);
      await registerTorchBackend({ precision: 'float32' });
      expect(run()).toEqual(exact);
    },
  );

  it('rounds a little more with Winograd filtering, and not at all without', async () => {
    const x = tf.randomNormal([2, 23, 23, 40], 0, 1, 'float32', 3) as tf.Tensor4D;
    const filter = tf.randomNormal([3, 3, 40, 33], 0, 1, 'float32', 4) as tf.Tensor4D;
    const run = () => tf.tidy(() => tf.conv2d(x, filter, 1, 'same'));
    await registerTorchBackend({ winograd: false });
    const direct = run();
    await registerTorchBackend({ winograd: true });
    const fast = run();
    const difference = tf.max(tf.abs(tf.sub(direct, fast))).dataSync()[0] / tf.max(tf.abs(direct)).dataSync()[0];
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(2e-5);
  });

  it('fails a tensor beyond the memory bound, and goes on', async () => {
    const { usedBytes } = (tf.backend() as unknown as { memory(): { usedBytes: number } }).memory();
    await registerTorchBackend({ memoryBytes: usedBytes + 2 ** 20 });
    expect(() => tf.fill([1000, 1000], 1)).toThrow(/out of memory/);
    expect(tf.add(1, 2).dataSync()[0]).toBe(3);
    await registerTorchBackend({ memoryBytes: 2 ** 33 });
    expect(tf.fill([1000, 1000], 1).shape).toEqual([1000, 1000]);
  });
});
