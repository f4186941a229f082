import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadTensors } from '@lulc/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exitCodes } from '../program/exitCodes.js';
import type { FinetuneReport, PretrainReport } from '../run/denseReports.js';
import { runFiles } from '../run/runFolder.js';
import { runCollected, runUntil } from '../testing/collectIo.js';
import { fieldClasses, writeMaskedFields } from '../testing/maskedFields.js';
import { fetched, pictures, unclosed } from '../testing/pages.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lulc-finetune-'));
afterAll(() => rmSync(folder, { recursive: true }));
const data = path.join(folder, 'fields');
const place = (name: string) => path.join(folder, name);

/** Threads need the built package, so that reading happens here. */
const common = ['--engine', 'wasm', '--data', data, '--data.storedBands', 'rgbn', '--data.workers', '0'];
const size = ['--network.inputSize', '16', '--epochs', '2'];
const network = [
  ...['--network.encoder.family', 'wrn-eca', '--network.encoder.beta', '0.25'],
  ...['--network.decoder.name', 'deeplabv3plus', '--network.decoder.width', '8', '--network.decoder.rates', '[1]'],
];
const unlabelled = [
  ...common,
  ...size,
  '--data.format',
  'folder',
  '--training.batchSize',
  '4',
  '--report.examples',
  '2',
];
const pretraining = [...unlabelled, ...network, '--method.options', '{ regions: 2 }'];
const labelled = [
  ...[...common, ...size, '--data.classes', JSON.stringify(fieldClasses), '--data.ignore', '0'],
  ...['--training.batchSize', '2', '--report.examples', '2'],
];
const fewLabels = [...labelled, '--data.fraction', '0.34', '--training.minimumSteps', '8'];
const from = ['--transfer.from', place('pretrained/model')];

type Json<Report> = Report & { readonly folder: string };

async function finished<Report>(command: string, argv: readonly string[]): Promise<Json<Report>> {
  const { status, out, err } = await runCollected([command, ...argv, '--json']);
  expect(err).not.toContain('error');
  expect(status).toBe(exitCodes.ok);
  return JSON.parse(out) as Json<Report>;
}

async function refused(command: string, argv: readonly string[]) {
  const { status, out } = await runCollected([command, ...argv, '--out', place('refused'), '--json']);
  expect(status).not.toBe(exitCodes.ok);
  const { error } = JSON.parse(out);
  return { code: error.code, words: `${error.message} ${error.hint}` };
}

const weightsOf = async (run: string) => (await loadTensors(place(`${run}/model.safetensors`))).tensors;

let before: Json<PretrainReport>;
let after: Json<FinetuneReport>;
beforeAll(async () => {
  await writeMaskedFields(data, { train: 12, val: 3, test: 4 });
  before = await finished('pretrain', [...pretraining, '--out', place('pretrained')]);
  after = await finished('finetune', [...fewLabels, ...from, '--out', place('tuned')]);
}, 60_000);

describe('lulc pretrain', () => {
  it('reports images, method and health, and leaves a model without classes', () => {
    expect(before).toMatchObject({
      simulated: true,
      data: { name: 'fields', images: 12, bands: ['B04', 'B03', 'B02', 'B08'] },
      model: {
        card: {
          family: 'segmenter',
          task: 'features',
          classes: [],
          configuration: { encoder: { family: 'wrn-eca' }, pretraining: { method: 'glcnet', regions: 2 } },
          training: { simulated: true, epochs: 2 },
        },
      },
      training: { stopped: 'completed', epochs: 2, steps: 6 },
      collapsed: expect.any(Boolean),
    });
    for (const { trainLoss } of before.training.history) expect(trainLoss).toBeGreaterThan(0);
  });

  it('leaves every file of a run, with what it prints, and a page', () => {
    for (const name of Object.values(runFiles)) expect(existsSync(place(`pretrained/${name}`)), name).toBe(true);
    const { folder: printed, ...rest } = before;
    expect(printed).toBe(place('pretrained'));
    expect(JSON.parse(readFileSync(place('pretrained/report.json'), 'utf8'))).toEqual(rest);
    const page = readFileSync(place('pretrained/report.html'), 'utf8');
    expect([unclosed(page), fetched(page), page.includes('SIMULATED DATA')]).toEqual([[], [], true]);
    // two images, each with two views
    expect(pictures(page)).toEqual({ all: 6, undescribed: 0 });
  });

  it('goes on after an interruption to the same weights', async () => {
    const argv = ['pretrain', ...pretraining, '--out', place('broken'), '--json'];
    const { status, out } = await runUntil('epoch 1/2', argv);
    expect(status).toBe(exitCodes.interrupted);
    expect(JSON.parse(out).resume).toBe(`lulc pretrain --resume --out ${place('broken')}`);
    const resumed = await finished<PretrainReport>('pretrain', ['--resume', '--out', place('broken')]);
    expect(resumed.training.history.map(({ trainLoss }) => trainLoss)).toEqual(
      before.training.history.map(({ trainLoss }) => trainLoss),
    );
    expect(await weightsOf('broken')).toEqual(await weightsOf('pretrained'));
  });

  it('measures health when it is told to, and draws it', async () => {
    const argv = [
      ...pretraining,
      '--health.every',
      '1',
      '--health.images',
      '8',
      '--epochs',
      '1',
      '--out',
      place('watched'),
    ];
    const { health } = await finished<PretrainReport>('pretrain', argv);
    expect(health).toEqual([{ epoch: 0, metrics: expect.objectContaining({ meanCosine: expect.any(Number) }) }]);
    expect(readFileSync(place('watched/report.html'), 'utf8')).toContain('How the embeddings lie');
  });

  it.each([
    ['a method', ['--method.name', 'glcnett'], "'glcnet'"],
    ['an option of the method', ['--method.options', '{ temprature: 1 }'], "'temperature'"],
    ['a decoder', ['--network.decoder', 'unett'], "'unet'"],
  ])('names the nearest to %s that there is not', async (_, argv, nearest) => {
    const { words } = await refused('pretrain', [...pretraining, ...argv]);
    expect(words).toContain(nearest);
  });
});

describe('lulc finetune', () => {
  it('reports scores over pixels, and which images had labels', () => {
    expect(after).toMatchObject({
      simulated: true,
      data: { samples: { train: 4, validation: 3, test: 4 }, classes: ['field', 'wood', 'water'] },
      // 8 steps by 2 epochs of 4 batches of 2, though there are only 4 images
      training: { epochs: 2, steps: 8, best: { metric: 'meanIou' } },
      evaluation: { simulated: true, split: 'test', metrics: { task: 'segmentation', images: 4 } },
      model: { card: { family: 'segmenter', task: 'segmentation', classes: ['field', 'wood', 'water'] } },
    });
    // one of each of the four scenes of three
    expect(after.data.labelled?.map((id) => Math.floor(Number(id.slice(5)) / 3))).toEqual([0, 1, 2, 3]);
    const { metrics } = after.evaluation as NonNullable<FinetuneReport['evaluation']>;
    expect(metrics.pixels + metrics.ignored).toBe(4 * 16 * 16);
    expect(metrics.ignored).toBeGreaterThan(0);
  });

  it('begins with the pre-trained weights, its scaling and network', async () => {
    expect(after.model.card).toMatchObject({
      scaling: before.model.card.scaling,
      configuration: { encoder: before.model.card.configuration.encoder },
      pretraining: [{ dataset: 'fields', simulated: true }],
    });
    const frozen = await finished<FinetuneReport>('finetune', [
      ...[...fewLabels, ...from, '--transfer.freeze', '[stem, "stage*"]'],
      ...['--transfer.parts', 'encoder', '--out', place('frozen')],
    ]);
    expect(frozen.training.steps).toBe(8);
    const [given, taken] = [await weightsOf('pretrained'), await weightsOf('frozen')];
    const paths = [...taken.keys()].filter((name) => /^(stem|stage\d)\//.test(name));
    expect(paths.length).toBeGreaterThan(10);
    for (const name of paths) expect([name, taken.get(name)]).toEqual([name, given.get(name)]);
    expect(taken.get('context/project/conv/kernel') ?? taken.get('head/kernel')).toBeDefined();
  });

  it('leaves every file of a run, with what it prints', () => {
    for (const name of Object.values(runFiles)) expect(existsSync(place(`tuned/${name}`)), name).toBe(true);
    const { folder: _, ...rest } = after;
    expect(JSON.parse(readFileSync(place('tuned/report.json'), 'utf8'))).toEqual(rest);
    expect(parse(readFileSync(place('tuned/config.yaml'), 'utf8')).network).toEqual({ inputSize: 16 });
  });

  it('writes a well-formed page that fetches nothing, with maps and the colours of classes', () => {
    const page = readFileSync(place('tuned/report.html'), 'utf8');
    expect([unclosed(page), fetched(page), page.includes('SIMULATED DATA')]).toEqual([[], [], true]);
    // two images, each with its true and its predicted map
    expect(pictures(page)).toEqual({ all: 6, undescribed: 0 });
    expect(page.match(/<li><span style="background:rgb/g)).toHaveLength(3);
    expect(page.match(/alt="Its true map: (field|wood|water) \d+\.\d %/g)).toHaveLength(2);
    expect(page).toContain('4 training (34.0 % of the labels, drawn by location)');
    expect(page.match(/<svg/g)).toHaveLength(4);
  });

  it('goes on after an interruption to the same end', async () => {
    const argv = ['finetune', ...fewLabels, ...from, '--out', place('stopped'), '--json'];
    expect((await runUntil('epoch 1/2', argv)).status).toBe(exitCodes.interrupted);
    const resumed = await finished<FinetuneReport>('finetune', ['--resume', '--out', place('stopped')]);
    expect([resumed.evaluation?.loss, resumed.evaluation?.metrics]).toEqual([
      after.evaluation?.loss,
      after.evaluation?.metrics,
    ]);
  });

  it('begins with random weights when there is nothing to transfer, and says so to people', async () => {
    const argv = ['finetune', ...labelled, ...network, '--epochs', '1', '--out', place('scratch')];
    const { status, out } = await runCollected(argv);
    expect(status).toBe(exitCodes.ok);
    expect(out).toContain('SIMULATED');
    expect(out).toMatch(/│ water +│/);
    expect(out).toMatch(/OA \d\.\d{3} +kappa -?\d\.\d{3} +mIoU/);
    const report = JSON.parse(readFileSync(place('scratch/report.json'), 'utf8')) as FinetuneReport;
    expect(report.data.labelled).toBeUndefined();
    expect(report.model.card.pretraining).toBeUndefined();
    expect(readFileSync(place('scratch/report.html'), 'utf8')).toContain('begun with random weights');
  });

  it.each([
    ['by its name alone', ['--network.decoder', 'unet'], { name: 'unet' }],
    [
      "with nnU-Net's style",
      [
        ...['--network.decoder.name', 'unet', '--network.decoder.norm', 'instance'],
        ...['--network.decoder.activation', 'leaky-relu', '--network.decoder.bias', 'true'],
      ],
      { name: 'unet', norm: 'instance', activation: 'leaky-relu', bias: true },
    ],
  ])('takes a decoder %s', async (_, decoder, configuration) => {
    const encoder = ['--network.encoder.family', 'wrn-eca', '--network.encoder.beta', '0.1'];
    const run = ['--epochs', '1', '--out', place('unet'), '--overwrite'];
    const { model } = await finished<FinetuneReport>('finetune', [...labelled, ...encoder, ...decoder, ...run]);
    expect(model.card.configuration).toMatchObject({ decoder: configuration });
  });

  it.each([
    ['other bands', [...from, '--data.bands', '[B02, B03, B04, B08]'], 'incompatible', 'made for the bands B04, B03'],
    ['a network beside it', [...from, ...network], 'invalid-argument', 'Leave network.encoder'],
    ['an unknown recipe', ['--augmentation.recipe', 'dihedrall'], 'invalid-argument', "'dihedral'"],
  ])('refuses %s', async (_, argv, code, words) => {
    const error = await refused('finetune', [...labelled, ...argv]);
    expect(error.words).toContain(words);
    expect(error.code).toBe(code);
  });

  it('names the nearest to a setting that there is not', async () => {
    const file = place('misspelt.yaml');
    writeFileSync(file, 'training: { loss: { name: focal, gama: 1 } }');
    const { code, words } = await refused('finetune', ['--config', file, ...labelled]);
    expect([code, words]).toEqual(['invalid-argument', expect.stringContaining("'gamma'")]);
  });
});

describe('lulc train', () => {
  it('classifies with the encoder of a pre-trained network, whose weights no segmenter takes back', async () => {
    const { simulateLandscape } = await import('@lulc/sentinel2-data/node');
    await simulateLandscape({ out: place('patches'), patches: 10, seed: 3, referenceMaps: false });
    const argv = [
      ...[
        '--engine',
        'wasm',
        '--data',
        place('patches'),
        '--data.bands',
        '[B04, B03, B02, B08]',
        '--data.workers',
        '0',
      ],
      ...[
        '--training.batchSize',
        '3',
        '--epochs',
        '1',
        '--report.examples',
        '0',
        ...from,
        '--out',
        place('classified'),
      ],
    ];
    const { model, config } = await finished<FinetuneReport>('train', argv);
    expect(model.card).toMatchObject({
      family: 'wrn-eca',
      task: 'multi-label',
      inputSize: [16, 16],
      pretraining: [{ dataset: 'fields' }],
    });
    expect(config.network).toBeUndefined();
    const error = await refused('finetune', [...labelled, '--transfer.from', place('classified/model')]);
    expect([error.code, error.words]).toEqual(['incompatible', expect.stringContaining('of the family wrn-eca')]);
  });
});
