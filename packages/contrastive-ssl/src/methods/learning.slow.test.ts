import { loadModel, memoryCheckpoints, modelToBytes, useEngine, weightArrays } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { pretrain } from '../pretrain/pretrain.js';
import { smallMethods, smallViews } from '../testing/smallMethods.js';

beforeAll(() => useEngine(process.env.LULC_ENGINE ? 'auto' : 'cpu'));

describe.each(smallMethods)('%s', (name, { method, network }) => {
  it('learns, goes on exactly where it stopped, and leaves a model that is saved and loaded', async () => {
    const source = smallViews();
    // The same batches again and again: what can be learned by heart.
    const train = { ...source, epoch: (_: number, fromStep?: number) => source.epoch(0, fromStep) };
    const options = { method, network, train, learningRate: 0.01, optimizer: 'adam', schedule: 'constant' } as const;
    const before = tf.memory().numTensors;
    const whole = await pretrain({ ...options, epochs: 6 });
    const losses = whole.history.map(({ trainLoss }) => trainLoss);
    expect(losses.every(Number.isFinite)).toBe(true);
    // A queue fills first, and the loss rises with it.
    const settled = losses.slice(['moco-v2', 'densecl'].includes(name) ? 2 : 0);
    expect(settled[settled.length - 1]).toBeLessThan(settled[0]);
    const checkpoints = { store: memoryCheckpoints() };
    const part = await pretrain({ ...options, epochs: 3, checkpoints });
    part.model.dispose();
    const rest = await pretrain({ ...options, epochs: 6, checkpoints });
    const weights = await weightArrays(whole.model);
    expect(await weightArrays(rest.model)).toEqual(weights);
    expect(rest.history.map(({ trainLoss }) => trainLoss)).toEqual(losses);
    rest.model.dispose();

    const loaded = await loadModel(await modelToBytes(whole.model), { onWarning: () => undefined });
    expect(await weightArrays(loaded)).toEqual(weights);
    loaded.dispose();
    whole.model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
