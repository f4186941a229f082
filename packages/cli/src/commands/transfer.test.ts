import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTensors } from '@lulc/core';
import { simulateLandscape } from '@lulc/sentinel2-data/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exitCodes } from '../program/exitCodes.js';
import type { RunReport } from '../run/report.js';
import { runCollected } from '../testing/collectIo.js';
import { simulateSen12Ms } from '../testing/sen12ms.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lulc-transfer-'));
afterAll(() => rmSync(folder, { recursive: true }));
const [landscapes, sen12ms, pretrained] = ['landscapes', 'sen12ms', 'pretrained'].map((name) =>
  path.join(folder, name),
);
const example = fileURLToPath(new URL('../../../../examples/configs/sen12ms-transfer.yaml', import.meta.url));

const common = ['--engine', 'wasm', '--data.workers', '0', '--report.examples', '0', '--epochs', '1'];
const patches = ['--data', sen12ms, '--data.imageSize', '[12, 12]', '--training.batchSize', '4', ...common];
const protocol = ['--config', example, ...patches, '--transfer.from', path.join(pretrained, 'model')];

async function trained(argv: readonly string[], out: string): Promise<RunReport> {
  const { status, out: text, err } = await runCollected(['train', ...argv, '--out', path.join(folder, out), '--json']);
  expect(err).not.toContain('error');
  expect(status).toBe(exitCodes.ok);
  return JSON.parse(text) as RunReport;
}

const weightsOf = async (run: string) => (await loadTensors(path.join(folder, run, 'model.safetensors'))).tensors;

beforeAll(async () => {
  await simulateLandscape({ out: landscapes, patches: 16, seed: 3, referenceMaps: false });
  simulateSen12Ms(sen12ms, 48);
  const network = ['--model.family', 'plain-cnn', '--model.widths', '[4, 8]', '--model.inputSize', '16'];
  const data = ['--data', landscapes, '--data.bands', '[B02, B03, B04, B08]', '--training.batchSize', '4'];
  await trained([...data, ...network, ...common], 'pretrained');
});

describe('the transfer protocol', () => {
  let report: RunReport;
  beforeAll(async () => {
    report = await trained([...protocol, '--data.fraction', '0.5', '--transfer.freeze.until', 'stage2'], 'transfer');
  });

  it('trains the pre-trained network on a share of SEN12MS, with its ten bands and classes', async () => {
    expect(report).toMatchObject({
      data: { name: 'sen12ms', task: 'multi-label', samples: { train: 14, test: 12 } },
      model: {
        card: {
          family: 'plain-cnn',
          inputSize: [16, 16],
          bands: ['B02', 'B03', 'B04', 'B08', 'B05', 'B06', 'B07', 'B8A', 'B11', 'B12'],
          scaling: { name: 'sen12ms' },
          training: { dataset: 'sen12ms', epochs: 1 },
          pretraining: [{ dataset: expect.stringContaining('simulated'), simulated: true }],
        },
      },
    });
    expect(report.data.classes).toContain('Savanna');
    expect(report.data.samples.validation).toBeGreaterThan(0);
  });

  it('leaves frozen layers as they were pre-trained, and changes the others', async () => {
    const [before, after] = [await weightsOf('pretrained'), await weightsOf('transfer')];
    const same = [...before.keys()].filter((path) => {
      const [a, b] = [before.get(path)?.data, after.get(path)?.data];
      return a?.length === b?.length && a?.every((value, i) => value === b?.[i]);
    });
    const kept = [...before.keys()].filter((path) => /^stage1\//.test(path) && path !== firstKernel(before));
    expect(same).toEqual(kept);
    // six bands more, each the mean of the four that are known, all scaled by 4/10
    const [known, wide] = [before, after].map((weights) => weights.get(firstKernel(before)));
    const [filters, bands] = [known?.shape[3] ?? 0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]];
    const at = (weight: typeof known, band: number) => weight?.data[band * filters] ?? Number.NaN;
    const mean = [0, 1, 2, 3].reduce((sum, band) => sum + at(known, band) / 4, 0);
    for (const band of bands) expect(at(wide, band)).toBeCloseTo(0.4 * (band < 4 ? at(known, band) : mean), 6);
  });

  it('keeps a configuration that repeats the run', async () => {
    const file = path.join(folder, 'transfer', 'config.yaml');
    const config = parse(readFileSync(file, 'utf8'));
    expect(config.model).toBeUndefined();
    expect(config).toMatchObject({ training: { layerDecay: 0.75 }, transfer: { freeze: { until: 'stage2' } } });
    const again = await trained(['--config', file], 'again');
    expect(again.evaluation?.loss).toBe(report.evaluation?.loss);
  });

  it('takes the same share every time, another with another seed', async () => {
    const file = path.join(folder, 'transfer', 'config.yaml');
    const other = await trained(['--config', file, '--data.fractionSeed', '7'], 'other');
    expect(other.data.samples.train).toBe(14);
    expect(other.evaluation?.loss).not.toBe(report.evaluation?.loss);
  });

  it('changes the size of the input, and keeps a head that fits', async () => {
    const larger = await trained([...protocol, '--transfer.inputSize', '20', '--data.fraction', '1'], 'larger');
    expect(larger.model.card.inputSize).toEqual([20, 20]);
    const on = ['--config', example, ...patches, '--transfer.from', path.join(folder, 'larger', 'model')];
    const kept = await trained([...on, '--transfer.head', 'keep'], 'kept');
    expect(kept.model.card.pretraining?.map(({ dataset }) => dataset)).toEqual([
      'sen12ms',
      expect.stringContaining('simulated'),
    ]);
  });

  it('trains from scratch on the same patches when told to', async () => {
    const network = ['--model.family', 'plain-cnn', '--model.widths', '[4, 8]', '--model.inputSize', '16'];
    const scratch = await trained(
      ['--config', example, ...patches, '--data.fraction', '0.5', '--transfer', 'null', ...network],
      'scratch',
    );
    expect(scratch.data.samples).toEqual(report.data.samples);
    expect(scratch.model.card.pretraining).toBeUndefined();
  });

  it.each([
    ['a network beside it', [...protocol, '--model.family', 'resnet'], 'invalid-argument', 'Leave model out'],
    ['a head for other classes', [...protocol, '--transfer.head', 'keep'], 'incompatible', "transfer.head: 'replace'"],
    ['layers that are not there', [...protocol, '--transfer.freeze', 'stag1'], 'unknown-name', "Did you mean 'stage1'"],
    ['rates for no layer', [...protocol, '--training.layerRates', '{ body: 2 }'], 'unknown-name', 'body'],
  ])('refuses %s', async (_, argv, code, words) => {
    const { out } = await runCollected(['train', ...argv, '--out', path.join(folder, 'refused'), '--json']);
    const { error } = JSON.parse(out);
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.hint}`).toContain(words);
  });
});

it('SEN12MS is described by lulc data info', async () => {
  const { out } = await runCollected(['data', 'info', sen12ms, '--data.imageSize', '[12, 12]', '--json']);
  expect(JSON.parse(out)).toMatchObject({
    name: 'sen12ms',
    parts: [
      { part: 'all', samples: 48, classCounts: { Forest: 16, Croplands: 16, Water: 16, Savanna: 0 } },
      { part: 'train' },
      { part: 'val' },
      { part: 'test', samples: 12 },
    ],
  });
});

/** Path of the kernel that sees the image. */
function firstKernel(weights: ReadonlyMap<string, unknown>): string {
  return [...weights.keys()].find((path) => path.endsWith('/kernel')) ?? '';
}
