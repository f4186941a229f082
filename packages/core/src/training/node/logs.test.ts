import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers TF.js' gradients
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runTraining } from '../loop.js';
import type { LoopOptions, TrainingProblem } from '../types.js';
import { fileCheckpoints } from './fileCheckpoints.js';
import { jsonlLog } from './jsonlLog.js';
import { progressLog } from './progressLog.js';

const folder = mkdtempSync(join(tmpdir(), 'lulc-logs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(async () => {
  await tf.setBackend('cpu');
});

function problem(): TrainingProblem<number> {
  const variable = tf.variable(tf.scalar(1));
  return {
    source: {
      stepsPerEpoch: 4,
      async *epoch(_, from = 0) {
        yield* [1, 2, 3, 4].slice(from);
      },
    },
    weights: [{ name: 'w', variable }],
    loss: (x) => tf.mul(tf.square(variable), x),
    samples: () => 1,
    validate: async () => ({ macroF1: 0.25, other: 1 }),
    defaultMonitor: { metric: 'macroF1', mode: 'max' },
  };
}

const lines = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('jsonlLog', () => {
  it('holds every step and epoch once, also after a crash between checkpoints', async () => {
    const file = join(folder, 'deep', 'log.jsonl');
    const checkpoints = { store: fileCheckpoints(join(folder, 'crashed')), everySteps: 3 };
    const options: LoopOptions = { epochs: 3, optimizer: 'sgd', learningRate: 0.01, checkpoints };
    const crash = ({ type, ...rest }: { readonly type: string }): void => {
      if (type === 'step' && (rest as { step: number }).step === 8) throw new Error('crash');
    };
    await expect(runTraining(problem(), { ...options, listeners: [jsonlLog(file), crash] })).rejects.toThrow('crash');
    expect(lines(file).at(-1)).toMatchObject({ type: 'error', message: 'crash' });
    appendFileSync(file, '{"type":"step","step":9,"lo');

    await runTraining(problem(), { ...options, listeners: [jsonlLog(file)] });
    const records = lines(file);
    expect(records.filter(({ type }) => type === 'start').map(({ step }) => step)).toEqual([0, 6]);
    expect(records.filter(({ type }) => type === 'step').map(({ step }) => step)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    const epochs = records
      .filter(({ type }) => type === 'epoch')
      .map(({ record }) => (record as { epoch: number }).epoch);
    expect(epochs).toEqual([0, 1, 2]);
    expect(records.at(-1)).toMatchObject({ type: 'end', stopped: 'completed', steps: 12 });
    for (const { time } of records) expect(new Date(time as string).toISOString()).toBe(time);
  });

  it('starts over with a new run', async () => {
    const file = join(folder, 'fresh.jsonl');
    for (let run = 0; run < 2; run++) await runTraining(problem(), { epochs: 1, listeners: [jsonlLog(file)] });
    expect(lines(file).filter(({ type }) => type === 'step')).toHaveLength(4);
  });
});

describe('progressLog', () => {
  function stream(isTTY: boolean) {
    const written: string[] = [];
    const sink = new Writable({
      write: (chunk, _, done) => {
        written.push(String(chunk));
        done();
      },
    });
    const terminal = { isTTY, columns: 120, cursorTo: () => true, clearLine: () => true, moveCursor: () => true };
    return { written, stream: Object.assign(sink, terminal) as unknown as NodeJS.WriteStream };
  }

  it('writes one quiet line per epoch where there is no terminal', async () => {
    const { written, stream: quiet } = stream(false);
    await runTraining(problem(), { epochs: 2, listeners: [progressLog({ stream: quiet })] });
    const numbers = written.join('').replace(/\d+\.\d+/g, '#');
    expect(numbers.split('\n')).toEqual([
      'training 2 epochs of 4 steps',
      'epoch 1/2: train loss #, macroF1 #, # images/s, # s (best so far)',
      'epoch 2/2: train loss #, macroF1 #, # images/s, # s',
      'trained 2 epochs at # images/s; best epoch 1 with macroF1 #',
      '',
    ]);
  });

  it('shows life within long epochs where there is no terminal', async () => {
    const { written, stream: quiet } = stream(false);
    await runTraining(problem(), { epochs: 1, listeners: [progressLog({ stream: quiet, everySeconds: 0 })] });
    expect(written.slice(1, 5).map((text) => text.match(/step \d\/4/)?.[0])).toEqual([
      'step 1/4',
      'step 2/4',
      'step 3/4',
      'step 4/4',
    ]);
  });

  it('draws a bar on a terminal, and leaves no timer behind', async () => {
    const { written, stream: terminal } = stream(true);
    const started = vi.spyOn(globalThis, 'setTimeout');
    const stopped = vi.spyOn(globalThis, 'clearTimeout');
    const failing: TrainingProblem<number> = { ...problem(), loss: () => tf.scalar(Number.NaN) };
    await runTraining(problem(), { epochs: 1, listeners: [progressLog({ stream: terminal })] });
    expect(written.join('')).toMatch(/epoch 1\/1 .*\/4/);
    await expect(runTraining(failing, { epochs: 1, listeners: [progressLog({ stream: terminal })] })).rejects.toThrow();
    expect(written.at(-1)).toMatch(/^failed: /);
    const timers = started.mock.results.map(({ value }) => value);
    const cleared = new Set<unknown>(stopped.mock.calls.map(([timer]) => timer));
    vi.restoreAllMocks();
    expect(timers.length).toBeGreaterThan(0);
    expect(timers.filter((timer) => !cleared.has(timer))).toEqual([]);
  });
});

describe('fileCheckpoints', () => {
  it('keeps files whole, in order of age, and leaves foreign files alone', async () => {
    const place = join(folder, 'store');
    const store = fileCheckpoints(place);
    expect(await store.list()).toEqual([]);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'notes.txt'), 'mine');
    writeFileSync(join(place, 'step-000000001.safetensors.0123456789ab.tmp'), 'half');
    await store.save('step-000000010', Uint8Array.of(1, 2, 3));
    await store.save('step-000000002', Uint8Array.of(4));
    await store.save('step-000000010', Uint8Array.of(5, 6));
    expect(await store.list()).toEqual(['step-000000002', 'step-000000010']);
    expect([...(await store.load('step-000000010'))]).toEqual([5, 6]);
    await store.remove('step-000000002');
    await store.remove('step-000000002');
    expect(readdirSync(place).sort()).toEqual(['notes.txt', 'step-000000010.safetensors']);
  });

  it('gives typed errors', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const store = fileCheckpoints(file);
    await expect(store.list()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.save('step-1', new Uint8Array(1))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(fileCheckpoints(folder).load('step-1')).rejects.toMatchObject({ code: 'missing-file' });
    await expect(fileCheckpoints(folder).load('../secret')).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});
