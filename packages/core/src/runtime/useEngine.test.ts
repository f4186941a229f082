import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isLulcError } from '../errors/lulcError.js';
import { engineLadder, useEngine } from './useEngine.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('useEngine', () => {
  it('gives the engine asked for, ready to compute and to train', async () => {
    for (const name of ['wasm', 'cpu', 'wasm'] as const) {
      const engine = await useEngine(name);
      expect(engine).toMatchObject({ name, device: 'cpu', tried: [] });
      expect(engine.version).toContain('4.22.0');
      expect(tf.getBackend()).toBe(name);
      const filter = tf.ones([1, 1, 1, 1]) as tf.Tensor4D;
      const gradient = tf.grad((f) => tf.conv2d(tf.fill([1, 2, 2, 1], 3) as tf.Tensor4D, f as tf.Tensor4D, 1, 'same'))(
        filter,
      );
      expect(gradient.dataSync()[0]).toBe(12);
    }
  });

  it('refuses memory that wasm does not have instead of overwriting its own', async () => {
    await useEngine('wasm');
    const kept = tf.tensor1d([1, 2, 3]);
    const before = tf.memory().numTensors;
    const backend = tf.backend() as unknown as { makeOutput(shape: number[], dtype: string): tf.TensorInfo };
    const gibibytes = (count: number) => () => backend.makeOutput([count * 2 ** 28], 'float32');
    const taken: tf.TensorInfo[] = [];
    const error = await failure(
      Promise.resolve().then(() => {
        for (let i = 0; i < 5; i++) taken.push(gibibytes(1)());
      }),
    );
    expect(isLulcError(error, 'unavailable')).toBe(true);
    expect(String(error)).toContain('out of memory');
    expect(gibibytes(5)).toThrow('out of memory');
    for (const { dataId } of taken) (tf.backend() as tf.KernelBackend).disposeData(dataId);
    expect(tf.tidy(() => Array.from(tf.add(kept, 1).dataSync()))).toEqual([2, 3, 4]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes LULC_ENGINE for auto, and the argument before it', async () => {
    vi.stubEnv('LULC_ENGINE', 'cpu');
    expect(await useEngine()).toMatchObject({ name: 'cpu', why: 'asked for by LULC_ENGINE' });
    expect((await useEngine('wasm')).name).toBe('wasm');
  });

  it('serves calls that come at once one after another', async () => {
    const engines = await Promise.all([useEngine('cpu'), useEngine('wasm'), useEngine('cpu'), useEngine('wasm')]);
    expect(engines.map((engine) => engine.name)).toEqual(['cpu', 'wasm', 'cpu', 'wasm']);
    expect(tf.getBackend()).toBe('wasm');
  });

  it('refuses a name that is no engine and suggests the nearest', async () => {
    vi.stubEnv('LULC_ENGINE', 'tensorlow');
    const error = await failure(useEngine());
    expect(isLulcError(error, 'unknown-name')).toBe(true);
    expect(String(error)).toContain("'tensorflow'");
  });

  it('says why an engine asked for by name is not there and what adds it', async () => {
    vi.stubEnv('LULC_HOME', '/nonexistent');
    vi.stubEnv('LULC_TORCH_ADDON', '');
    const error = await failure(useEngine('torch'));
    expect(isLulcError(error, 'unavailable')).toBe(true);
    expect(String(error)).toContain('lulc engine install torch');
    expect(isLulcError(await failure(useEngine('webgpu')), 'unavailable')).toBe(true);
  });

  it('goes on to the next engine where better ones are missing, and names them', async () => {
    vi.stubEnv('LULC_HOME', '/nonexistent');
    const engine = await useEngine('auto');
    expect(['torch', 'tensorflow', 'wasm']).toContain(engine.name);
    for (const attempt of engine.tried) expect(attempt.reason.length).toBeGreaterThan(5);
  });
});

describe('engineLadder', () => {
  it('lists every rung of the platform in order with what is missing', async () => {
    const ladder = await engineLadder();
    expect(ladder.map(({ name, device }) => `${name}/${device}`)).toEqual([
      'torch/cuda',
      'tensorflow/cuda',
      'torch/cpu',
      'tensorflow/cpu',
      'wasm/cpu',
      'cpu/cpu',
    ]);
    for (const rung of ladder) {
      expect(rung.detail).not.toBe('');
      if (rung.name === 'wasm' || rung.name === 'cpu') expect(rung.available).toBe(true);
    }
  });
});
