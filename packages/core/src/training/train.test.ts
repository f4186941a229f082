import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers TF.js' gradients
import { beforeAll, describe, expect, it } from 'vitest';
import type { BatchSource } from '../data/types.js';
import { weightArrays } from '../model/weights.js';
import { memorySource } from '../testing/memorySource.js';
import { tinyClassifier } from '../testing/tinyClassifier.js';
import { memoryCheckpoints } from './checkpointStore.js';
import { evaluate, predictBatches } from './evaluate.js';
import { train } from './train.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const tasks = ['multi-label', 'single-label'] as const;
const sources = (task: (typeof tasks)[number]) => ({
  train: memorySource({ task, length: 60, batchSize: 8 }),
  validation: memorySource({ task, length: 40, batchSize: 16, seed: 2 }),
});

describe.each(tasks)('%s', (task) => {
  it('learns what the simulated data hold', async () => {
    const model = tinyClassifier(task, 1, 0);
    const { train: batches, validation } = sources(task);
    const result = await train({
      model,
      train: batches,
      validation,
      epochs: 12,
      learningRate: 0.03,
      earlyStopping: { patience: 12 },
    });
    const report = await evaluate(model, validation);
    expect(result.history[0].trainLoss).toBeGreaterThan(2 * (result.history.at(-1)?.trainLoss ?? 0));
    const { metrics } = report;
    expect(metrics.macro.f1).toBeGreaterThan(0.95);
    expect(metrics.samples).toBe(40);
    expect(report).toMatchObject({ dataset: 'simulated', simulated: true });
    const monitored = metrics.task === 'multi-label' ? metrics.micro.f1 : metrics.accuracy;
    expect(result.best).toMatchObject({ metric: task === 'multi-label' ? 'microF1' : 'accuracy', value: monitored });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('scores by the batches it predicts, the last shorter one weighing less', async () => {
    const model = tinyClassifier(task);
    const source = memorySource({ task, length: 10, batchSize: 4 });
    const progress: number[] = [];
    const report = await evaluate(model, source, { onProgress: (done, total) => progress.push(done / total) });
    expect(progress).toEqual([0.4, 0.8, 1]);
    let loss = 0;
    const indices: number[] = [];
    for await (const { logits, probabilities, labels, shape, indices: rows } of predictBatches(model, source)) {
      indices.push(...rows);
      logits.forEach((z, i) => {
        const row = Array.from(logits.slice(Math.floor(i / 3) * 3, Math.floor(i / 3) * 3 + 3), Math.exp);
        const p = task === 'multi-label' ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / row.reduce((a, b) => a + b);
        expect(probabilities[i]).toBeCloseTo(p, 5);
        if (task === 'multi-label') loss -= (labels[i] * Math.log(p) + (1 - labels[i]) * Math.log(1 - p)) / 30;
        else loss -= (labels[i] * Math.log(p)) / 10;
      });
      expect(shape[1]).toBe(3);
    }
    expect(report.loss).toBeCloseTo(loss, 5);
    expect([...indices].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('the model', () => {
  const options = { epochs: 2, learningRate: 0.02, accumulate: 2, ema: { decay: 0.9 }, restoreBest: false } as const;

  it('comes out the same for the same seed, another for another', async () => {
    const run = async (seed: number) => {
      const model = tinyClassifier('multi-label');
      await train({ ...options, ...sources('multi-label'), model, seed });
      return [...(await weightArrays(model))].map(([path, { data }]) => [path, ...data]);
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });

  it('takes moving statistics and frozen layers into account', async () => {
    const model = tinyClassifier('multi-label');
    const before = await weightArrays(model);
    model.layers[1].trainable = false;
    await train({ ...options, ...sources('multi-label'), model });
    const after = await weightArrays(model);
    for (const [path, { data }] of after) {
      const moved = JSON.stringify(data) !== JSON.stringify(before.get(path)?.data);
      expect([path, moved]).toEqual([path, !path.startsWith('conv/')]);
    }
  });

  it('goes on after an abort with the very same weights, asking the data for the right batch', async () => {
    const whole = tinyClassifier('single-label');
    await train({ ...options, ...sources('single-label'), model: whole });
    const store = memoryCheckpoints();
    const abort = new AbortController();
    const first = await train({
      ...options,
      ...sources('single-label'),
      model: tinyClassifier('single-label'),
      checkpoints: { store },
      signal: abort.signal,
      listeners: [(event) => void (event.type === 'step' && event.step === 6 && abort.abort())],
    });
    expect(first.stopped).toBe('aborted');
    const model = tinyClassifier('single-label', 99);
    const rest = sources('single-label');
    await train({ ...options, ...rest, model, checkpoints: { store } });
    expect(rest.train.asked[0]).toEqual([1, 2 * (first.steps - 4)]);
    expect(await weightArrays(model)).toEqual(await weightArrays(whole));
  });

  it('does not leak tensors', async () => {
    const model = tinyClassifier('multi-label');
    const both = sources('multi-label');
    await train({ ...options, ...both, model });
    const before = tf.memory().numTensors;
    await train({ ...options, ...both, model });
    await evaluate(model, both.validation);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('what does not fit', () => {
  const good = memorySource({ task: 'multi-label', length: 8, batchSize: 4 });
  const withInfo = (info: Partial<BatchSource['info']>): BatchSource => ({ ...good, info: { ...good.info, ...info } });
  const fit = (source: BatchSource, extra = {}) =>
    train({ model: tinyClassifier('multi-label'), train: source, epochs: 1, ...extra });

  it.each([
    ['bands', fit.bind(null, withInfo({ bands: ['B02'] })), 'incompatible', /takes 3 bands, the data have 1/],
    ['classes', fit.bind(null, withInfo({ classes: ['a'] })), 'incompatible', /has 3 classes, the data have 1/],
    ['loss', fit.bind(null, good, { loss: 'softmax-cross-entropy' }), 'incompatible', /single-label/],
    [
      'validation',
      fit.bind(null, good, { validation: withInfo({ task: 'single-label' }) }),
      'incompatible',
      /single-label/,
    ],
    [
      'monitor',
      fit.bind(null, good, { validation: good, monitor: { metric: 'macroF3', mode: 'max' } }),
      'unknown-name',
      /macroF1/,
    ],
    [
      'size',
      fit.bind(null, memorySource({ task: 'multi-label', length: 8, batchSize: 4, size: 5 })),
      'shape-mismatch',
      /5 x 5.*6 x 6/,
    ],
  ] as const)('%s', async (_, attempt, code, message) => {
    const error = await attempt().catch((caught) => caught);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('refuses to score nothing, and stops on its signal', async () => {
    const model = tinyClassifier('multi-label');
    const empty: BatchSource = { ...good, async *epoch() {} };
    await expect(evaluate(model, empty)).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(evaluate(model, good, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  });
});
