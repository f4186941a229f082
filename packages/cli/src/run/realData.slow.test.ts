import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
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

describe('clouds', () => {
  const [chips, scene] = [join(data, 'l8-biome'), join(data, 's2-cloud-scene')];

  it.skipIf(!existsSync(chips) || !existsSync(scene))(
    'plans and trains on Landsat, and maps a scene of Sentinel-2 (data: LULC_DATA/l8-biome, LULC_DATA/s2-cloud-scene)',
    async () => {
      const out = join(folder, 'clouds');
      const shared = ['blue', 'green', 'red', 'nir', 'swir1', 'swir2'];
      const planned = (await lulc(
        ...['clouds', 'plan', '--data', chips, '--data.classes', 'l8-binary', '--data.splits.train', '[train, val]'],
        ...[
          '--data.storedBands',
          JSON.stringify([...shared, 'cirrus', 'thermal']),
          '--data.bands',
          JSON.stringify(shared),
        ],
        ...['--plan.normalization', 'dataset', '--plan.patchSize', '[64, 64]', '--plan.batchSize', '2'],
        ...['--plan.widths', '[8, 8, 8, 8, 8]', '--plan.epochs', '1', '--plan.iterations', '20'],
        ...['--plan.validationIterations', '2', '--folds.count', '3', '--out', out],
      )) as { plan: { cases: number; medianSize: number[] }; splits: { train: string[]; val: string[] }[] };
      expect(planned.plan).toMatchObject({ cases: 24, medianSize: [256, 256] });
      for (const { train, val } of planned.splits) expect(train.length + val.length).toBe(24);
      const trained = (await lulc('clouds', 'train', '--fold', '0', '--out', out)) as {
        folds: { report: { evaluation: { pixels: number; micro: { jaccard: number } } } }[];
      };
      expect(trained.folds[0].report.evaluation.pixels).toBeGreaterThan(256 * 256);
      expect(await readFile(join(out, 'report.html'), 'utf8')).not.toMatch(/SIMULATED/);

      const maps = (await lulc(
        ...['clouds', 'predict', join(scene, 'sentinel2_6band.tif'), '--model', out, '--to', join(folder, 'maps')],
        ...['--stored-bands', shared.join()],
      )) as { scenes: { cover: number; pixels: number; mask: string }[] };
      expect(maps.scenes).toMatchObject([{ pixels: 512 * 512 }]);
      const { data: labels, info } = await sharp(maps.scenes[0].mask).raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height]).toEqual([512, 512]);
      const cloud = labels.filter((label) => label === 1).length;
      expect(cloud / labels.filter((label) => label !== 255).length).toBeCloseTo(maps.scenes[0].cover, 10);
    },
  );
});

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
