import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers TF.js' gradients
import { beforeAll, describe, expect, it } from 'vitest';
import { drawSeed } from '../layers/randomStream.js';
import type { CheckpointStore } from './checkpointStore.js';
import { memoryCheckpoints } from './checkpointStore.js';
import { runTraining } from './loop.js';
import type { LoopOptions, NamedVariable, TrainingEvent, TrainingProblem } from './types.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Batches are numbers; the loss of a weight pair `[a, b]` is `a·x + b²`, whose gradient is `[x, 2b]`. */
function linear(values: readonly number[][], start: readonly number[] = [0, 1]) {
  const weights: NamedVariable[] = start.map((value, i) => ({
    name: 'ab'[i],
    variable: tf.tidy(() => tf.variable(tf.scalar(value))),
  }));
  const [a, b] = weights.map(({ variable }) => variable);
  const problem: TrainingProblem<number> = {
    source: {
      stepsPerEpoch: values[0].length,
      async *epoch(epoch, from = 0) {
        yield* values[epoch % values.length].slice(from);
      },
    },
    weights,
    loss: (x) => tf.add(tf.mul(a, x), tf.square(b)),
    samples: () => 1,
  };
  return { problem, current: () => weights.map(({ variable }) => variable.dataSync()[0]) };
}

const plain = { optimizer: 'sgd', schedule: 'constant', learningRate: 0.1 } as const;
const collect = () => {
  const events: TrainingEvent[] = [];
  return { events, listeners: [(event: TrainingEvent) => void events.push(event)] };
};
const of = <T extends TrainingEvent['type']>(events: readonly TrainingEvent[], type: T) =>
  events.filter((event): event is Extract<TrainingEvent, { type: T }> => event.type === type);

describe('steps', () => {
  it('averages the gradient over micro-batches, also over a shorter last group', async () => {
    const { problem, current } = linear([[1, 3, 8, 10, 5]]);
    const { events, listeners } = collect();
    const result = await runTraining(problem, { ...plain, epochs: 1, accumulate: 2, listeners });
    expect(result).toMatchObject({ stopped: 'completed', epochs: 1, steps: 3 });
    expect(current()[0]).toBeCloseTo(-0.1 * (2 + 9 + 5), 5);
    expect(current()[1]).toBeCloseTo(0.8 ** 3, 5);
    const losses = [1, -0.2 * 9 + 0.8 ** 2, -(0.2 + 0.9) * 5 + 0.64 ** 2];
    const steps = of(events, 'step');
    expect(steps.map(({ step, stepInEpoch, stepsPerEpoch }) => [step, stepInEpoch, stepsPerEpoch])).toEqual([
      [1, 1, 3],
      [2, 2, 3],
      [3, 3, 3],
    ]);
    for (const [i, { loss }] of steps.entries()) expect(loss).toBeCloseTo(losses[i], 5);
    expect(result.history[0].trainLoss).toBeCloseTo((losses[0] + losses[1] + losses[2]) / 3, 5);
  });

  it('clips values first, then the norm, and reports the norm before', async () => {
    const { problem, current } = linear([[-3]], [0, 2]);
    const { events, listeners } = collect();
    await runTraining(problem, { ...plain, epochs: 1, clip: { value: 3, globalNorm: 1 }, listeners });
    expect(of(events, 'step')[0].gradientNorm).toBeCloseTo(5, 5);
    expect(current()[0]).toBeCloseTo(0.1 / Math.SQRT2, 5);
    expect(current()[1]).toBeCloseTo(2 - 0.1 / Math.SQRT2, 5);
  });

  it('leaves a short gradient as it is', async () => {
    const { problem, current } = linear([[3]], [0, 2]);
    await runTraining(problem, { ...plain, epochs: 1, clip: { globalNorm: 6 } });
    expect(current()[0]).toBeCloseTo(-0.3, 6);
  });

  it('follows the schedule step by step', async () => {
    const { events, listeners } = collect();
    await runTraining(linear([[1, 1]]).problem, {
      ...plain,
      epochs: 2,
      schedule: { name: 'poly', power: 1, warmup: 0.5 },
      listeners,
    });
    const rates = of(events, 'step').map(({ learningRate }) => learningRate / 0.1);
    [1, 1, 2 / 3, 1 / 3].forEach((rate, i) => {
      expect(rates[i]).toBeCloseTo(rate, 10);
    });
  });

  it('gives every micro-batch its own random numbers, the same in every run', async () => {
    const draws = async (seed: number): Promise<number[]> => {
      const { problem } = linear([[1, 2, 3]]);
      const seen: number[] = [];
      const loss = (x: number) => {
        seen.push(drawSeed(), drawSeed());
        return problem.loss(x, []);
      };
      await runTraining({ ...problem, loss }, { ...plain, epochs: 2, accumulate: 2, seed });
      return seen;
    };
    const first = await draws(1);
    expect(new Set(first).size).toBe(12);
    expect(await draws(1)).toEqual(first);
    expect(await draws(2)).not.toEqual(first);
  });

  it('keeps the number of tensors flat', async () => {
    const { problem } = linear([[1, 2, 3, 4]]);
    const before = tf.memory().numTensors;
    const counts: number[] = [];
    await runTraining(problem, {
      ...plain,
      optimizer: 'adamw',
      epochs: 3,
      accumulate: 2,
      ema: { decay: 0.9 },
      clip: { globalNorm: 1, value: 1 },
      monitor: { metric: 'trainLoss', mode: 'min' },
      listeners: [({ type }) => void (type === 'epoch' && counts.push(tf.memory().numTensors))],
      checkpoints: { store: memoryCheckpoints(), everySteps: 1 },
    });
    expect(counts[2]).toBe(counts[1]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('moving average', () => {
  it('is what is validated and what is left, while training goes on from the last weights', async () => {
    const { problem, current } = linear([[1], [1], [1]]);
    const judged: number[] = [];
    await runTraining(
      { ...problem, validate: async () => ({ seen: judged.push(current()[0]) }) },
      { ...plain, epochs: 3, ema: { decay: 0.5, warmup: false } },
    );
    // a: 0, −0.1, −0.2, −0.3; average: −0.05, −0.125, −0.2125
    [-0.05, -0.125, -0.2125].forEach((value, i) => {
      expect(judged[i]).toBeCloseTo(value, 6);
    });
    expect(current()[0]).toBeCloseTo(-0.2125, 6);
  });

  it('lets early weights fade from short runs', async () => {
    const { problem, current } = linear([[1]]);
    await runTraining(problem, { ...plain, epochs: 1, ema: { decay: 0.999 } });
    expect(current()[0]).toBeCloseTo(-0.1 * (1 - 2 / 11), 6);
  });
});

describe('the best epoch', () => {
  const scores = [0.1, 0.5, 0.4, Number.NaN, 0.5, 0.45, 0.9];
  const judged = (extra: Partial<LoopOptions>) => {
    const { problem, current } = linear([[1]]);
    let epoch = 0;
    return {
      current,
      result: runTraining(
        { ...problem, validate: async () => ({ score: scores[epoch++] }), metricNames: ['score'] },
        { ...plain, epochs: 7, monitor: { metric: 'score', mode: 'max' }, ...extra },
      ),
    };
  };

  it('stops when patience runs out and puts the best weights back', async () => {
    const { result, current } = judged({ earlyStopping: { patience: 4 } });
    expect(await result).toMatchObject({
      stopped: 'early',
      epochs: 6,
      best: { epoch: 1, metric: 'score', value: 0.5 },
    });
    expect(current()[0]).toBeCloseTo(-0.2, 6);
  });

  it('goes on when there is improvement in time', async () => {
    const { result, current } = judged({ earlyStopping: { patience: 5 } });
    expect(await result).toMatchObject({ stopped: 'completed', epochs: 7, best: { epoch: 6 } });
    expect(current()[0]).toBeCloseTo(-0.7, 6);
  });

  it('asks for a minimal change, in either direction', async () => {
    const { result } = judged({
      monitor: { metric: 'score', mode: 'min' },
      earlyStopping: { patience: 9, minDelta: 0.2 },
    });
    expect((await result).best).toEqual({ epoch: 0, metric: 'score', value: 0.1 });
  });

  it('judges a moving average, from the first value on and past what is no number', async () => {
    const monitor = { metric: 'score', mode: 'max', smoothing: 0.75 } as const;
    const averages = [0.1, 0.2, 0.25, Number.NaN, 0.3125, 0.346875, 0.48515625];
    const bests = [];
    for (const epochs of [1, 2, 3, 4, 5, 6, 7]) bests.push((await judged({ monitor, epochs }).result).best);
    for (const [epoch, best] of bests.entries()) {
      expect(best?.epoch).toBe(epoch === 3 ? 2 : epoch);
      expect(best?.value).toBeCloseTo(averages[epoch === 3 ? 2 : epoch], 12);
    }
  });

  it('goes on with the moving average that it had', async () => {
    const monitor = { metric: 'score', mode: 'min', smoothing: 0.9 } as const;
    const store = memoryCheckpoints();
    const values = [1, 0.5, 0.9, 0.1];
    const { problem } = linear([[1]]);
    const run = (epochs: number, from: number) => {
      let epoch = from;
      const validate = async () => ({ score: values[epoch++] });
      return runTraining({ ...problem, validate }, { ...plain, epochs, monitor, checkpoints: { store } });
    };
    expect((await run(2, 0)).best).toEqual({ epoch: 1, metric: 'score', value: 0.95 });
    const { best } = await run(4, 2);
    expect(best?.epoch).toBe(3);
    expect(best?.value).toBeCloseTo(0.9 * (0.9 * 0.95 + 0.1 * 0.9) + 0.1 * 0.1, 12);
    await expect(
      runTraining(
        { ...problem, validate: async () => ({ score: 0 }) },
        { ...plain, epochs: 5, checkpoints: { store } },
      ),
    ).rejects.toMatchObject({ code: 'incompatible' });
  });

  it('can leave the last weights', async () => {
    const { result, current } = judged({ earlyStopping: { patience: 4 }, restoreBest: false });
    await result;
    expect(current()[0]).toBeCloseTo(-0.6, 6);
  });

  it('validates as often as asked, and at the end', async () => {
    const { result } = judged({ validateEvery: 3 });
    expect((await result).history.map(({ metrics }) => metrics.score)).toEqual([
      undefined,
      undefined,
      0.1,
      undefined,
      undefined,
      0.5,
      0.4,
    ]);
  });
});

describe('abort and resume', () => {
  const values = [
    [1, 2, 3, 4, 5],
    [5, 3, 1, 2, 4],
  ];
  const options = { ...plain, optimizer: 'adamw', epochs: 4, accumulate: 2, ema: { decay: 0.8 } } as const;
  const whole = async () => {
    const { problem, current } = linear(values);
    const result = await runTraining(problem, options);
    return { result, weights: current() };
  };
  /** Trains until `stop` says so, as often as needed, each time on fresh variables. */
  async function inPieces(store: CheckpointStore, stop: (event: TrainingEvent) => boolean) {
    for (let piece = 1; ; piece++) {
      const { problem, current } = linear(values, [7, 7]);
      if (piece === 1) problem.weights.forEach(({ variable }, i) => void variable.assign(tf.scalar(i)));
      const abort = new AbortController();
      const listeners = [(event: TrainingEvent) => void (stop(event) && abort.abort())];
      const result = await runTraining(problem, {
        ...options,
        checkpoints: { store },
        signal: abort.signal,
        listeners,
      });
      if (result.stopped === 'completed') return { piece, result, weights: current() };
    }
  }
  const withoutTimes = (result: { history: readonly object[] }) =>
    result.history.map((record) => ({
      ...record,
      trainSeconds: 0,
      dataSeconds: 0,
      validationSeconds: 0,
      imagesPerSecond: 0,
    }));

  it('stops after every step, goes on, and ends with the very same numbers', async () => {
    const pieces = await inPieces(memoryCheckpoints(), ({ type }) => type === 'step');
    const expected = await whole();
    expect(pieces.piece).toBeGreaterThan(4);
    expect(pieces.weights).toEqual(expected.weights);
    expect(withoutTimes(pieces.result)).toEqual(withoutTimes(expected.result));
    expect(pieces.result.steps).toBe(12);
  });

  it('does not repeat a finished run', async () => {
    const store = memoryCheckpoints();
    const first = await inPieces(store, () => false);
    const { events, listeners } = collect();
    const { problem, current } = linear(values, [7, 7]);
    const again = await runTraining(problem, { ...options, checkpoints: { store }, listeners });
    expect(of(events, 'step')).toEqual([]);
    expect(again).toEqual(first.result);
    expect(current()).toEqual(first.weights);
  });

  it('repeats a validation that was aborted', async () => {
    const store = memoryCheckpoints();
    const abort = new AbortController();
    const first = linear(values);
    const result = await runTraining(
      {
        ...first.problem,
        validate: async (signal) => {
          abort.abort();
          throw new Error(`stopped: ${signal?.aborted}`);
        },
      },
      { ...options, checkpoints: { store }, signal: abort.signal },
    );
    expect(result).toMatchObject({ stopped: 'aborted', epochs: 0, steps: 3 });
    const second = linear(values, [7, 7]);
    let validations = 0;
    const rest = await runTraining(
      { ...second.problem, validate: async () => ({ n: ++validations }) },
      { ...options, checkpoints: { store } },
    );
    expect(validations).toBe(4);
    expect(rest.steps).toBe(12);
    expect(second.current()).toEqual((await whole()).weights);
  });

  it('keeps the newest checkpoints only', async () => {
    const store = memoryCheckpoints();
    const { problem } = linear(values);
    await runTraining(problem, { ...options, checkpoints: { store, everySteps: 2, keepLast: 3 } });
    expect(await store.list()).toEqual(['step-000000009', 'step-000000010', 'step-000000012']);
  });

  it('passes over damaged checkpoints with a warning, and clears them away', async () => {
    const store = memoryCheckpoints();
    await inPieces(store, () => false);
    for (const [name, damage] of [
      ['step-000000012', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 7)],
      ['step-000000013', (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length - 3 ? byte ^ 1 : byte))],
      ['step-000000014', () => new Uint8Array(0)],
    ] as const) {
      await store.save(name, damage(await store.load('step-000000009')));
    }
    const { problem, current } = linear(values, [7, 7]);
    const { events, listeners } = collect();
    const result = await runTraining(problem, { ...options, checkpoints: { store }, listeners });
    expect(of(events, 'warning').map(({ message }) => message.match(/step-\d+/)?.[0])).toEqual([
      'step-000000014',
      'step-000000013',
      'step-000000012',
    ]);
    expect(of(events, 'start')[0]).toMatchObject({ step: 9, epoch: 3 });
    expect(current()).toEqual((await whole()).weights);
    expect(result.steps).toBe(12);
    expect(await store.list()).toEqual(['step-000000009', 'step-000000012']);
  });

  it('warns and goes on when a checkpoint cannot be written midway, but not when the last cannot', async () => {
    const full: CheckpointStore = { ...memoryCheckpoints(), save: async () => Promise.reject(new Error('disk full')) };
    const { events, listeners } = collect();
    const { problem } = linear(values);
    await expect(runTraining(problem, { ...options, checkpoints: { store: full }, listeners })).rejects.toThrow(
      'disk full',
    );
    expect(of(events, 'warning')).toHaveLength(3);
    expect(of(events, 'step')).toHaveLength(12);
    expect(events.at(-1)?.type).toBe('error');
  });

  it.each([
    ['another setting', { learningRate: 0.2 }, 'incompatible', /learningRate was 0.1, is 0.2/],
    ['other data', { fingerprint: { loaderSeed: 7 } }, 'incompatible', /loaderSeed was undefined, is 7/],
    ['every one damaged', {}, 'corrupt-file', /every checkpoint is damaged/],
    ['none, but required', {}, 'missing-file', /no checkpoint/],
  ])('refuses to go on: %s', async (kind, changed, code, message) => {
    const store = memoryCheckpoints();
    if (kind !== 'none, but required') await inPieces(store, () => false);
    if (kind === 'every one damaged') for (const name of await store.list()) await store.save(name, new Uint8Array(20));
    const { problem } = linear(values);
    const again = runTraining(problem, { ...options, ...changed, checkpoints: { store, resume: 'require' } });
    await expect(again).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('refuses the checkpoint of another model', async () => {
    const store = memoryCheckpoints();
    await inPieces(store, () => false);
    const { problem } = linear(values);
    const renamed = problem.weights.map(({ variable }, i) => ({ name: `other ${i}`, variable }));
    const again = runTraining({ ...problem, weights: renamed }, { ...options, checkpoints: { store } });
    await expect(again).rejects.toMatchObject({ code: 'incompatible', message: expect.stringMatching(/other 0/) });
  });

  it('starts anew when told to, and replaces what was there', async () => {
    const store = memoryCheckpoints();
    await store.save('step-000000099', new Uint8Array(3));
    const { problem, current } = linear(values);
    await runTraining(problem, { ...options, checkpoints: { store, resume: 'never' } });
    expect(current()).toEqual((await whole()).weights);
    expect(await store.list()).toEqual(['step-000000009', 'step-000000012']);
  });
});

describe('failures', () => {
  it('names step and rate when the loss is not finite, and keeps the last good checkpoint', async () => {
    const store = memoryCheckpoints();
    const before = tf.memory().numTensors;
    const { problem } = linear([[1, 2, Number.NaN, 4]]);
    const run = runTraining(problem, { ...plain, epochs: 2, checkpoints: { store, everySteps: 1 } });
    await expect(run).rejects.toMatchObject({
      code: 'diverged',
      where: { step: 3, epoch: 0, learningRate: 0.1 },
      message: expect.stringMatching(/diverged.*Lower the learning rate/),
    });
    expect((await store.list()).at(-1)).toBe('step-000000002');
    expect(tf.memory().numTensors).toBe(before + 2); // the two variables
  });

  it('tells every listener of the failure, and throws the first one', async () => {
    const told: string[] = [];
    const failing = (event: TrainingEvent) => {
      if (event.type === 'step' || event.type === 'error') throw new Error(`listener at ${event.type}`);
    };
    const run = runTraining(linear([[1, 2]]).problem, {
      ...plain,
      epochs: 1,
      listeners: [failing, ({ type }) => void told.push(type)],
    });
    await expect(run).rejects.toThrow('listener at step');
    expect(told).toEqual(['start', 'error']);
  });

  it('says so when the data end early', async () => {
    const { problem } = linear([[1, 2], [1]]);
    await expect(runTraining(problem, { ...plain, epochs: 2 })).rejects.toThrow(/gave 1 batches, not 2/);
  });

  it.each([
    [{ epochs: 0 }, 'epochs'],
    [{ learningRate: -1 }, 'learningRate'],
    [{ accumulate: 1.5 }, 'accumulate'],
    [{ clip: { globalNorm: 0 } }, 'clip.globalNorm'],
    [{ ema: { decay: 1 } }, 'ema.decay'],
    [{ seed: 0.5 }, 'seed'],
    [{ validateEvery: 0 }, 'validateEvery'],
    [{ monitor: { metric: 'trainLoss', mode: 'min', smoothing: 1 } }, 'monitor.smoothing'],
    [{ earlyStopping: { patience: 0 } }, 'earlyStopping.patience'],
    [{ checkpoints: { store: memoryCheckpoints(), keepLast: 0 } }, 'checkpoints.keepLast'],
    [{ checkpoints: { store: memoryCheckpoints(), resume: 'maybe' } }, 'checkpoints.resume'],
  ])('refuses %j', async (changed, option) => {
    const run = runTraining(linear([[1]]).problem, { epochs: 1, ...(changed as Partial<LoopOptions>) });
    await expect(run).rejects.toMatchObject({ code: 'invalid-argument', where: { option } });
  });

  it('refuses a monitor that names nothing, before the first step', async () => {
    const { problem } = linear([[1]]);
    const validated = { ...problem, validate: async () => ({ microF1: 1 }), metricNames: ['microF1'] };
    const run = (extra: Partial<LoopOptions>, of: TrainingProblem<number>) => runTraining(of, { epochs: 1, ...extra });
    await expect(run({ monitor: { metric: 'microf1', mode: 'max' } }, validated)).rejects.toThrow(
      /Did you mean 'microF1'/,
    );
    await expect(run({ monitor: { metric: 'microF1', mode: 'max' } }, problem)).rejects.toThrow(/trainLoss/);
    await expect(run({ earlyStopping: { patience: 1 } }, problem)).rejects.toThrow(/something to watch/);
  });

  it('refuses to train nothing', async () => {
    const { problem } = linear([[1]]);
    await expect(runTraining({ ...problem, weights: [] }, { epochs: 1 })).rejects.toThrow(/nothing to train/);
    const empty = { ...problem.source, stepsPerEpoch: 0 };
    await expect(runTraining({ ...problem, source: empty }, { epochs: 1 })).rejects.toThrow(/0 batches/);
  });
});
