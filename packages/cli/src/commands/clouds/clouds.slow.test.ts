import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../../program/exitCodes.js';
import type { CloudEvaluation } from '../../run/clouds/scoreClouds.js';
import type { DistillationRow } from '../../tables/clouds.js';
import { maskValues, writeCloudChips } from '../../testing/cloudChips.js';
import { runCollected } from '../../testing/collectIo.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lulc-clouds-slow-'));
afterAll(() => rmSync(folder, { recursive: true }));
const data = path.join(folder, 'chips');
const run = path.join(folder, 'run');

async function clouds<Result>(...argv: readonly string[]): Promise<Result> {
  const { status, out, err } = await runCollected(['clouds', ...argv, '--json']);
  expect(status, err).toBe(exitCodes.ok);
  return JSON.parse(out) as Result;
}

async function refused(...argv: readonly string[]): Promise<string> {
  const { status, err } = await runCollected(['clouds', ...argv]);
  expect(status).not.toBe(exitCodes.ok);
  return err;
}

interface Distilled {
  readonly rows: readonly DistillationRow[];
}

beforeAll(async () => {
  await writeCloudChips(data, { train: 16, test: 6 });
  await clouds(
    ...['train', '--engine', 'wasm', '--data', data, '--data.storedBands', 'rgbn', '--data.workers', '0'],
    ...['--data.classes', JSON.stringify({ clear: 0, cloud: 1 }), '--data.ignore', String(maskValues.unknown)],
    ...['--plan.batchSize', '4', '--plan.widths', '[8, 8, 8, 8]', '--plan.epochs', '12', '--plan.iterations', '10'],
    ...['--plan.validationIterations', '2', '--plan.normalization', 'image-z-score', '--plan.reason', 'a test'],
    ...['--folds.count', '2', '--student.stages', '2', '--student.base', '4', '--out', run],
  );
}, 120_000);

describe('networks whose images are normalised one by one', () => {
  // Chips have rows without data: statistics of the whole chip would be others than those of a scene.
  it('find clouds, and map a scene as they are scored', async () => {
    const names = Array.from({ length: 6 }, (_, i) => `test${i}`);
    const { evaluations } = await clouds<{ evaluations: CloudEvaluation[] }>('evaluate', '--out', run);
    const [{ report }] = evaluations;
    expect(report.micro.jaccard).toBeGreaterThan(0.8);
    const maps = path.join(folder, 'maps');
    const scenes = names.map((name) => path.join(data, 'images', `${name}.tif`));
    await clouds(
      ...['predict', ...scenes, '--model', run, '--to', maps, '--stored-bands', 'B04,B03,B02,B08', '--engine', 'wasm'],
    );
    const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
    const pixels = async (...file: string[]) =>
      sharp(path.join(...file))
        .extractChannel(0)
        .raw()
        .toBuffer();
    for (const name of names) {
      const [truth, said] = [await pixels(data, 'masks', `${name}.png`), await pixels(maps, `${name}_mask.tif`)];
      truth.forEach((label, i) => {
        if (label === maskValues.unknown) return;
        counts[label === 1 ? (said[i] === 1 ? 'tp' : 'fn') : said[i] === 1 ? 'fp' : 'tn']++;
      });
    }
    expect(counts).toEqual(report.counts);
  });
});

describe('a teacher that is trained anew', () => {
  it('is not mixed with what the one before it said', async () => {
    const { rows } = await clouds<Distilled>('distill', '--out', run);
    for (const { evaluation } of rows) expect(evaluation?.report.micro.jaccard).toBeGreaterThan(0.8);
    await clouds('train', '--overwrite', '--seed', '7', '--out', run);
    rmSync(path.join(run, 'student', 'report.json'));
    expect(await refused('distill', '--resume', '--out', run)).toContain('seed was 42, is 7');
    expect(await refused('distill', '--resume', '--seed', '42', '--out', run)).toContain("another teacher's map");
    const again = await clouds<Distilled>('distill', '--overwrite', '--out', run);
    expect(again.rows[0].parameters).toBe(rows[0].parameters);
    expect(again.rows[0].evaluation?.report.counts).not.toEqual(rows[0].evaluation?.report.counts);
  });
});

describe('a student with instance norm', () => {
  it('learns, and keeps its norms in float when its convolutions are in 8 bits', async () => {
    const { rows } = await clouds<Distilled>('distill', '--overwrite', '--student.norm', 'instance', '--out', run);
    expect(rows[1].evaluation?.report.micro.jaccard).toBeGreaterThan(0.8);
    const to = path.join(folder, 'instance.onnx');
    const { integerLayers, comparison } = await clouds<{ integerLayers: number; comparison: { agreement: number } }>(
      ...['export', '--model', run, '--to', to, '--int8'],
    );
    expect(integerLayers).toBeGreaterThan(0);
    expect(comparison.agreement).toBeGreaterThan(0.9);
  });
});
