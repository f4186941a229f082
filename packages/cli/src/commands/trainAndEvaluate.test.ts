import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { simulateLandscape } from '@lulc/sentinel2-data/node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../program/exitCodes.js';
import type { RunReport } from '../run/report.js';
import { runFiles } from '../run/runFolder.js';
import { runCollected, runUntil } from '../testing/collectIo.js';
import { fetched, pictures, unclosed } from '../testing/pages.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lulc-train-'));
const data = path.join(folder, 'data');
const run = path.join(folder, 'run');
afterAll(() => rmSync(folder, { recursive: true }));

/** A run as small as it can be; threads need the built package, so that reading happens here. */
const tiny = ['--engine', 'wasm', '--data', data, '--data.bands', '[B02, B03, B04, B08]', '--data.workers', '0'];
const settings = [
  ...tiny,
  ...['--model.family', 'plain-cnn', '--model.widths', '[4, 8]', '--model.inputSize', '16'],
  ...['--training.batchSize', '4', '--report.examples', '2'],
];

interface TrainedJson extends RunReport {
  readonly folder: string;
}

async function trained(argv: readonly string[]): Promise<TrainedJson> {
  const { status, out, err } = await runCollected(['train', ...argv, '--json']);
  expect(err).not.toContain('error');
  expect(status).toBe(exitCodes.ok);
  return JSON.parse(out) as TrainedJson;
}

beforeAll(async () => {
  await simulateLandscape({ out: data, patches: 30, seed: 3, referenceMaps: false });
});

describe('lulc train', () => {
  let report: TrainedJson;
  beforeAll(async () => {
    report = await trained([...settings, '--epochs', '2', '--out', run]);
  });

  it('leaves every file of a run, with what it prints', () => {
    for (const name of Object.values(runFiles)) expect(existsSync(path.join(run, name)), name).toBe(true);
    const { folder: printed, ...rest } = report;
    expect(printed).toBe(run);
    expect(JSON.parse(readFileSync(path.join(run, runFiles.report), 'utf8'))).toEqual(rest);
  });

  it('reports data, model, training and scores, and that the data are simulated', () => {
    expect(report).toMatchObject({
      simulated: true,
      command: expect.stringContaining('lulc train --engine wasm'),
      engine: { name: 'wasm' },
      data: { samples: { train: 18, validation: 6, test: 6 }, bands: ['B02', 'B03', 'B04', 'B08'], skipped: 0 },
      model: { card: { family: 'plain-cnn', training: { simulated: true, epochs: 2 } } },
      training: { stopped: 'completed', epochs: 2, steps: 8 },
      evaluation: { simulated: true, split: 'test', metrics: { samples: 6 } },
    });
    expect(report.data.name).toContain('simulated');
    expect(report.evaluation?.metrics.perClass).toHaveLength(19);
  });

  it('keeps a configuration that repeats the run, with the measured statistics', async () => {
    const again = await trained(['--config', path.join(run, runFiles.config), '--out', path.join(folder, 'again')]);
    const scores = ({ evaluation }: RunReport) => [evaluation?.loss, evaluation?.metrics];
    expect(scores(again)).toEqual(scores(report));
    expect(again.model.card.scaling).toEqual(report.model.card.scaling);
  });

  it('writes a well-formed page that fetches nothing and says SIMULATED', () => {
    const page = readFileSync(path.join(run, runFiles.html), 'utf8');
    expect(unclosed(page)).toEqual([]);
    expect(page.includes('SIMULATED DATA')).toBe(true);
    expect(fetched(page)).toEqual([]);
    expect(pictures(page)).toEqual({ all: 4, undescribed: 0 });
    expect(page.match(/<svg/g)?.length).toBeGreaterThanOrEqual(3);
  });

  it('does not touch a folder that holds a run unless told to', async () => {
    const before = readFileSync(path.join(run, runFiles.report), 'utf8');
    const { status, err } = await runCollected(['train', ...settings, '--epochs', '1', '--out', run]);
    expect(status).toBe(exitCodes.incompatible);
    expect(err).toContain('--overwrite');
    expect(readFileSync(path.join(run, runFiles.report), 'utf8')).toBe(before);
  });

  it('stops with a checkpoint when it is interrupted, and goes on to the same end', async () => {
    const place = path.join(folder, 'interrupted');
    const argv = ['train', ...settings, '--epochs', '2', '--out', place, '--json'];
    const { status, out, err } = await runUntil('epoch 1/2', argv);
    expect(status).toBe(exitCodes.interrupted);
    expect(JSON.parse(out)).toMatchObject({ status: 'interrupted', folder: place });
    expect(err).toContain(`lulc train --resume --out ${place}`);
    expect(existsSync(path.join(place, runFiles.report))).toBe(false);
    const resumed = await trained(['--resume', '--out', place]);
    expect(resumed.training).toMatchObject({ epochs: 2, steps: 8 });
    expect([resumed.evaluation?.loss, resumed.evaluation?.metrics]).toEqual([
      report.evaluation?.loss,
      report.evaluation?.metrics,
    ]);
  });

  it('prints a table per class and says SIMULATED to people', async () => {
    const { out } = await runCollected(['train', '--resume', '--out', run]);
    expect(out).toContain('SIMULATED');
    expect(out).toMatch(/│ Marine waters +│ +\d\.\d{3}/);
    expect(out).toMatch(/macro +precision/);
    expect(out).toMatch(/images\/s, on wasm/);
  });

  it('leaves out what cannot be read when asked to, and says so', async () => {
    const damaged = path.join(folder, 'damaged');
    cpSync(data, damaged, { recursive: true });
    const info = JSON.parse((await runCollected(['data', 'info', damaged, '--check', '--json'])).out);
    expect(info.parts[0]).toMatchObject({ part: 'all', samples: 30, broken: [] });
    const broken = firstFile(damaged, /_B02\.tif$/);
    writeFileSync(broken, readFileSync(broken).subarray(0, 100));
    const checked = await runCollected(['data', 'info', damaged, '--check', '--json']);
    expect(checked.status).toBe(exitCodes.data);
    expect(JSON.parse(checked.out).parts[0].broken).toMatchObject([{ code: 'corrupt-file' }]);
    const { data: facts } = await trained([
      ...settings,
      ...['--data', damaged, '--data.onBroken', 'skip', '--epochs', '1', '--out', path.join(folder, 'skipping')],
    ]);
    expect(facts.skipped).toBe(1);
  });
});

describe('lulc evaluate', () => {
  const other = path.join(folder, 'other');
  beforeAll(async () => {
    const image = { create: { width: 16, height: 16, channels: 4, background: '#123456' } } as const;
    for (const name of ['forest', 'river']) {
      mkdirSync(path.join(other, name), { recursive: true });
      for (let i = 0; i < 8; i++)
        await sharp(image)
          .png()
          .toFile(path.join(other, name, `${i}.png`));
    }
  });

  it.each(['model', 'model.safetensors'])('gives the scores of the run again from %s', async (name) => {
    const report = JSON.parse(readFileSync(path.join(run, runFiles.report), 'utf8')) as RunReport;
    const { status, out } = await runCollected(['evaluate', '--model', path.join(run, name), ...tiny, '--json']);
    expect(status).toBe(exitCodes.ok);
    expect(JSON.parse(out)).toMatchObject({ simulated: true, split: 'test', metrics: report.evaluation?.metrics });
  });

  it("takes the model's bands when none are named", async () => {
    const argv = ['evaluate', '--model', path.join(run, 'model'), '--engine', 'wasm', '--data', data];
    const { status, out } = await runCollected([...argv, '--data.workers', '0', '--split', 'val', '--json']);
    expect(status).toBe(exitCodes.ok);
    expect(JSON.parse(out)).toMatchObject({ split: 'val' });
  });

  it.each([
    ['bands', ['--data.bands', '[B04, B03, B02, B08]'], 'the order differs'],
    ['classes', ['--data', other, '--data.format', 'folder', '--data.storedBands', '[B02, B03, B04, B08]'], 'classes'],
    [
      'scaling',
      ['--data.scaling.name', 'x', '--data.scaling.mean', '[0,0,0,0]', '--data.scaling.std', '[1,1,1,1]'],
      'mean',
    ],
  ])('refuses data whose %s contradict the card', async (_, argv, words) => {
    const { status, out, err } = await runCollected(['evaluate', '--model', path.join(run, 'model'), ...tiny, ...argv]);
    expect([status, out]).toEqual([exitCodes.incompatible, '']);
    expect(err).toContain(words);
  });
});

describe('lulc models show', () => {
  it('shows a saved model with its card', async () => {
    const { out } = await runCollected(['models', 'show', path.join(run, 'model.safetensors'), '--json']);
    expect(JSON.parse(out)).toMatchObject({
      trained: true,
      card: { family: 'plain-cnn', training: { simulated: true }, metrics: { 'test/macroF1': expect.any(Number) } },
    });
  });
});

function firstFile(root: string, pattern: RegExp): string {
  const found = readdirDeep(root).find((file) => pattern.test(file));
  if (found === undefined) throw new Error(`nothing like ${pattern} in ${root}`);
  return found;
}

function readdirDeep(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((file) => path.join(root, file));
}
