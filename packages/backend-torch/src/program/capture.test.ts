import { compileForInference, type LoopOptions } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from '../install/findAddon.js';
import { registerTorchBackend } from '../registerTorchBackend.js';
import { smallNetwork, trainSmallNetwork, variablesOf } from '../testing/smallTraining.js';
import type { CapturingBackend } from './capturingBackend.js';

const absent = findAddon() === undefined;
const backend = (): CapturingBackend => tf.backend() as CapturingBackend;

beforeAll(async () => {
  if (absent) return;
  await registerTorchBackend();
  await tf.setBackend('torch');
});

/** Largest difference of two lists, relative to the largest value. */
function deviation(a: readonly number[], b: readonly number[]): number {
  const scale = Math.max(1e-3, ...a.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]))) / scale;
}

describe.skipIf(absent)('a recorded training step', () => {
  it.each([
    ['one micro-batch a step', {}],
    [
      'three micro-batches a step, clipping and a moving average',
      { accumulate: 3, clip: { globalNorm: 1 }, ema: { decay: 0.9 } },
    ],
    ['momentum', { optimizer: { name: 'sgd', momentum: 0.9, nesterov: true } }],
  ] as [string, Partial<LoopOptions>][])('trains as an unrecorded one: %s', async (_, options) => {
    const plain = await trainSmallNetwork({ ...options, capture: 'off' });
    const replayed = await trainSmallNetwork({ ...options, capture: 'auto' });
    expect(plain.states).toEqual([]);
    expect(new Set(replayed.states)).toEqual(new Set(['replaying']));
    expect(deviation(plain.losses, replayed.losses)).toBeLessThan(1e-4);
    for (const [name, values] of Object.entries(plain.weights))
      expect(deviation(values, replayed.weights[name]), name).toBeLessThan(2e-3);
    expect(new Set(plain.losses).size).toBe(plain.losses.length);
  });

  it('frees everything it made', async () => {
    await trainSmallNetwork({});
    const before = { ...tf.memory(), programs: backend().addon.statistics().programs };
    const nativeBefore = backend().addon.statistics().tensors;
    await trainSmallNetwork({});
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    expect(backend().addon.statistics().tensors).toBe(nativeBefore);
    expect(backend().addon.statistics().programs).toBe(before.programs);
  });
});

/** Runs a computation several times and gives its state after each call. */
function states(computation: (x: tf.Tensor) => tf.Tensor, inputs: readonly tf.Tensor[]): (string | undefined)[] {
  const captured = backend().capture(([x]) => [tf.tidy(() => computation(x))], { frozen: false });
  const seen = inputs.map((x) => {
    const [y] = captured.run([x]);
    const expected = tf.tidy(() => [...computation(x).dataSync()]);
    expect([...y.dataSync()]).toEqual(expected);
    y.dispose();
    return captured.status().at(-1)?.reason ?? captured.status().at(-1)?.state;
  });
  captured.dispose();
  return seen;
}

describe.skipIf(absent)('capture', () => {
  const inputs = (count: number) => Array.from({ length: count }, (_, i) => tf.tensor1d([i, 2 * i - 3]));

  it('replays what is the same computation each time', () => {
    expect(states((x) => tf.add(tf.mul(x, 3), 1), inputs(5))).toEqual([
      'recording',
      'recording',
      'replaying',
      'replaying',
      'replaying',
    ]);
  });

  it('records each kind of arguments for itself', () => {
    const mixed = [...inputs(4), ...Array.from({ length: 4 }, () => tf.ones([2, 2]))];
    expect(states((x) => tf.sum(x, -1), mixed).filter((state) => state === 'replaying')).toHaveLength(4);
  });

  it('notices a computation that reads values', () => {
    const last = states((x) => tf.mul(x, x.dataSync()[0]), inputs(4)).at(-1);
    expect(last).toMatch(/reads values/);
  });

  it('notices numbers from JavaScript that change', () => {
    let calls = 0;
    const captured = backend().capture(([x]) => [tf.tidy(() => tf.mul(x, ++calls))], { frozen: false });
    const seen = inputs(5).map((x) => captured.run([x])[0].dataSync()[1]);
    expect(seen).toEqual([-3, -2, 3, 12, 25]);
    expect(captured.status()[0].reason).toMatch(/made in JavaScript/);
  });

  it('notices a tensor that is neither input nor variable and changes', () => {
    let other = tf.scalar(1);
    const captured = backend().capture(([x]) => [tf.add(x, other)], { frozen: false });
    const seen = inputs(5).map((x) => {
      const value = captured.run([x])[0].dataSync()[0];
      other = tf.add(other, 1);
      return value;
    });
    expect(seen).toEqual([1, 3, 5, 7, 9]);
    expect(captured.status()[0].reason).toMatch(/neither an input nor a variable/);
  });

  it('refuses one tensor as two arguments', () => {
    const captured = backend().capture(([a, b]) => [tf.sub(a, b)], { frozen: false });
    const x = tf.scalar(2);
    for (let i = 0; i < 4; i++) expect(captured.run([x, x])[0].dataSync()[0]).toBe(0);
    expect(captured.run([x, tf.scalar(5)])[0].dataSync()[0]).toBe(-3);
  });

  it('assigns variables, and leaves tensors alone that shared their values', () => {
    const total = tf.variable(tf.zeros([2]));
    const captured = backend().capture(
      ([x]) => {
        tf.tidy(() => total.assign(tf.add(total, x)));
        return [tf.clone(total)];
      },
      { frozen: false },
    );
    const shared: tf.Tensor[] = [];
    for (let i = 0; i < 6; i++) {
      captured.run([tf.tensor1d([1, i])]);
      shared.push(tf.clone(total));
    }
    expect(captured.status()[0].state).toBe('replaying');
    expect(shared.map((tensor) => [...tensor.dataSync()])).toEqual([
      [1, 0],
      [2, 1],
      [3, 3],
      [4, 6],
      [5, 10],
      [6, 15],
    ]);
    total.dispose();
    captured.dispose();
  });

  it('goes on when a variable was assigned or replaced from outside', () => {
    const factor = tf.variable(tf.scalar(2));
    const captured = backend().capture(([x]) => [tf.mul(x, factor)], { frozen: false });
    const run = () => captured.run([tf.scalar(5)])[0].dataSync()[0];
    expect([run(), run(), run(), run()]).toEqual([10, 10, 10, 10]);
    tf.tidy(() => factor.assign(tf.scalar(3)));
    expect(run()).toBe(15);
    factor.dispose();
    expect(run).toThrow();
  });
});

describe.skipIf(absent)('compileForInference', () => {
  it.each([1, 3])('predicts as the model does, with fewer kernel calls, for %i images', (batch) => {
    const model = smallNetwork();
    tf.tidy(() => {
      variablesOf(model).forEach(({ variable }, i) => {
        variable.assign(tf.randomUniform(variable.shape, 0.1, 0.6, 'float32', i + 1));
      });
    });
    const compiled = compileForInference(model);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 6; i++) {
      tf.tidy(() => {
        const x = tf.randomNormal([batch, 12, 12, 3], 0, 1, 'float32', i + 1);
        const expected = (model.predict(x) as tf.Tensor).dataSync();
        const [got] = compiled.predict(x);
        expect(deviation([...expected], [...got.dataSync()])).toBeLessThan(1e-4);
      });
    }
    expect(tf.memory().numTensors).toBe(before);
    const [{ state, kernelCalls }] = compiled.status();
    expect(state).toBe('replaying');
    const [recorded, fused] = kernelCalls as [number, number];
    expect(fused).toBeLessThan(recorded - 6);
    compiled.dispose();
    model.dispose();
  });
});
