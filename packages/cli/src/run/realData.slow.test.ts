import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../program/runCli.js';

/** A short version of the runs in docs/results.md: same configurations, few epochs, small images. */

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const data = process.env.LULC_DATA ?? join(repository, '../shared/data');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lulc-real-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function lulc(...argv: string[]): Promise<Record<string, unknown>> {
  let stdout = '';
  let stderr = '';
  const sink = (write: (text: string) => void) => ({ write, isTTY: false });
  const status = await runCli([...argv, '--json'], {
    stdout: sink((text) => {
      stdout += text;
    }),
    stderr: sink((text) => {
      stderr += text;
    }),
    env: { ...process.env, LULC_DATA: data },
    signal: new AbortController().signal,
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

/** Above what a guess without looking reaches: one class of ten, or "yes" to all three labels (micro F1 0.726). */
const runs = [
  { config: 'eurosat-rgb', epochs: 3, inputSize: 32, metric: ({ accuracy }: Metrics) => accuracy, above: 0.3 },
  { config: 's2-india', epochs: 10, inputSize: 32, metric: ({ micro }: Metrics) => micro?.f1, above: 0.73 },
];
type Metrics = { readonly accuracy?: number; readonly micro?: { readonly f1: number } };

describe.each(runs)('$config', ({ config, epochs, inputSize, metric, above }) => {
  it.skipIf(!existsSync(join(data, config)))(`trains, reports and evaluates (data: LULC_DATA/${config})`, async () => {
    const out = join(folder, config);
    const trained = await lulc(
      'train',
      ...['--config', join(repository, 'examples/configs', `${config}.yaml`), '--output', out],
      ...['--training.epochs', `${epochs}`, '--model.inputSize', `${inputSize}`],
    );
    const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8'));
    expect(trained).toMatchObject(report);
    const score = metric(report.evaluation.metrics) ?? 0;
    expect(score).toBeGreaterThan(above);
    expect(await readFile(join(out, 'report.html'), 'utf8')).not.toMatch(/SIMULATED/);

    const saved = ['--model', join(out, 'model.safetensors'), '--config', join(out, 'config.yaml')];
    const evaluated = await lulc('evaluate', ...saved);
    expect(metric(evaluated.metrics as Metrics)).toBeCloseTo(score, 3);
  });
});
