import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from './program/exitCodes.js';
import type { RunReport } from './run/report.js';

/** The built command, as it is installed. */
const lulc = fileURLToPath(new URL('../dist/lulc.js', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'lulc-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in the folder; `onError` sees what comes on stderr. */
function run(argv: readonly string[], onError?: (text: string, child: ChildProcess) => void): Promise<Ended> {
  const child = spawn(process.execPath, [lulc, ...argv], { cwd: folder, env: { ...process.env, LULC_ENGINE: 'wasm' } });
  const written = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.err += text;
    onError?.(text, child);
  });
  return new Promise((done) => {
    child.on('close', (status) => done({ status, ...written }));
  });
}

const training = ['--data', 'data', '--model.inputSize', '16', '--training.batchSize', '4', '--epochs', '4'];

function reportOf(name: string): RunReport {
  return JSON.parse(readFileSync(path.join(folder, name, 'report.json'), 'utf8')) as RunReport;
}

beforeAll(async () => {
  const { status } = await run(['data', 'simulate', '--out', 'data', '--patches', '60', '--seed', '2']);
  expect(status).toBe(exitCodes.ok);
});

describe('Ctrl-C', () => {
  it('saves a checkpoint, from which the run goes on to the weights of an unbroken one', async () => {
    const whole = await run(['train', ...training, '--out', 'whole']);
    expect(whole.status).toBe(exitCodes.ok);
    let asked = false;
    const cut = await run(['train', ...training, '--out', 'cut'], (text, child) => {
      if (asked || !text.includes('epoch 2/4')) return;
      asked = true;
      child.kill('SIGINT');
    });
    expect([cut.status, cut.out]).toEqual([exitCodes.interrupted, '']);
    expect(cut.err).toContain('lulc train --resume --out cut');
    expect(existsSync(path.join(folder, 'cut', 'report.json'))).toBe(false);
    const resumed = await run(['train', '--resume', '--out', 'cut']);
    expect(resumed.status).toBe(exitCodes.ok);
    expect(reportOf('cut').training.steps).toBe(reportOf('whole').training.steps);
    const weights = (name: string) =>
      readFileSync(path.join(folder, name, 'model', 'model.json'), 'utf8').match(/weights-\w+\.bin/)?.[0];
    expect(weights('cut')).toBe(weights('whole')); // files are named by their content
  });

  it('ends at once when it comes twice', async () => {
    const { status, err } = await run(['train', ...training, '--epochs', '1000', '--out', 'twice'], (text, child) => {
      if (text.includes('epoch 1/1000')) child.kill('SIGINT');
      if (text.includes('once more ends at once')) child.kill('SIGINT');
    });
    expect(status).toBe(exitCodes.interrupted);
    expect(err).toContain('interrupted');
  });
});

describe('output', () => {
  it('survives a reader that has seen enough', async () => {
    const child = spawn('sh', ['-c', `"${process.execPath}" "${lulc}" train --help | head -n 1`]);
    let out = '';
    child.stdout.on('data', (text) => {
      out += text;
    });
    const status = await new Promise((done) => child.on('close', done));
    expect([status, out]).toEqual([0, 'Usage: lulc train [options]\n']);
  });

  it('is one JSON document on stdout, with worker threads and an engine at work', async () => {
    const { status, out, err } = await run(['train', ...training, '--epochs', '1', '--out', 'json', '--json']);
    expect(status).toBe(exitCodes.ok);
    expect(JSON.parse(out)).toMatchObject({ folder: 'json', simulated: true });
    expect(err).toContain('epoch 1/1');
  });
});

describe('lulc quickstart', () => {
  it('goes all the way, says SIMULATED everywhere, and beats chance by far', async () => {
    const { status, out, err } = await run(['quickstart', '--out', 'quickstart']);
    expect(status).toBe(exitCodes.ok);
    for (const text of [out, err, readFileSync(path.join(folder, 'quickstart', 'report.html'), 'utf8')]) {
      expect(text.includes('SIMULATED')).toBe(true);
    }
    const { evaluation, simulated, model } = reportOf('quickstart');
    expect([simulated, model.card.training?.simulated]).toEqual([true, true]);
    const metrics = evaluation?.metrics;
    if (metrics?.task !== 'multi-label') throw new Error('the quickstart is multi-label');
    // a coin per class that knows the frequencies has an average precision of the class's share
    const chance =
      metrics.perClass.reduce((sum, { support }) => sum + support / metrics.samples, 0) / metrics.perClass.length;
    expect(metrics.macro.averagePrecision).toBeGreaterThan(chance + 0.2);
    expect(err).toMatch(/engine: wasm on cpu/);
  });
});
