import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LulcError, loadModel, readCard } from '@lulc/core';
import { modelInfo, modelNames } from '@lulc/model-zoo';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { runCollected } from '../testing/collectIo.js';
import { exitCodes } from './exitCodes.js';
import { describeFailure } from './failure.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lulc-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => void vi.unstubAllEnvs());

describe('exit status and errors', () => {
  it.each([
    ['help', ['--help'], exitCodes.ok],
    ['help of a command', ['train', '--help'], exitCodes.ok],
    ['version', ['--version'], exitCodes.ok],
    ['no command', [], exitCodes.usage],
    ['an unknown command', ['tran'], exitCodes.usage],
    ['an unknown flag', ['train', '--training.epohs', '3'], exitCodes.usage],
    ['a number that is none', ['data', 'simulate', '--out', folder, '--patches', '3.5'], exitCodes.usage],
    ['a missing configuration', ['train', '--config', path.join(folder, 'none.yaml')], exitCodes.usage],
    ['nothing to train on', ['train'], exitCodes.usage],
    ['a setting out of range', ['train', '--data', folder, '--epochs', '0'], exitCodes.usage],
    ['an unknown engine', ['train', '--data', folder, '--engine', 'wsm'], exitCodes.usage],
    ['two contradicting flags', ['train', '--data', folder, '--resume', '--overwrite'], exitCodes.usage],
    ['a folder that is not there', ['data', 'info', path.join(folder, 'none')], exitCodes.data],
    ['an empty folder', ['data', 'info', folder], exitCodes.data],
    ['a model that is not there', ['evaluate', '--model', path.join(folder, 'none'), '--data', folder], exitCodes.data],
    ['an unknown model', ['models', 'show', 'wrn-eca-b9'], exitCodes.usage],
    ['an engine that may not be installed', ['engine', 'install', 'torch'], exitCodes.engine],
    ['an engine that cannot be installed', ['engine', 'install', 'wasm'], exitCodes.usage],
  ])('%s', async (_, argv, status) => {
    vi.stubEnv('LULC_NO_INSTALL', '1');
    const result = await runCollected(argv);
    expect(result.status).toBe(status);
    if (status !== exitCodes.ok) expect(result.out).toBe('');
    if (status !== exitCodes.ok) expect(result.err).not.toContain('    at '); // no stack
  });

  it('suggests the nearest flag, command and model', async () => {
    expect((await runCollected(['train', '--training.epohs', '3'])).err).toContain('--training.epochs');
    expect((await runCollected(['tran'])).err).toContain('train');
    expect((await runCollected(['models', 'show', 'wrn-eca-b9'])).err).toContain("Did you mean 'wrn-eca-b0'?");
  });

  it.each([
    ['a command line', ['train', '--nonsense'], 'usage'],
    ['a configuration', ['train', '--data', folder, '--epochs', '0'], 'invalid-argument'],
    ['data', ['data', 'info', path.join(folder, 'none')], 'missing-file'],
  ])('says with --json what is wrong with %s, in one document', async (_, argv, code) => {
    const { out } = await runCollected([...argv, '--json']);
    expect(JSON.parse(out)).toMatchObject({ error: { code, message: expect.any(String), where: expect.any(Object) } });
  });

  it('tells what, where and what to do, each once', () => {
    const error = new LulcError('corrupt-file', 'the file is cut off', {
      where: { file: 'a.tif', bytes: 12 },
      hint: 'Get it again.',
      cause: new Error('deep down'),
    });
    expect(describeFailure(error, false)).toEqual({
      exitCode: exitCodes.data,
      text: 'error: the file is cut off\n  file: a.tif\n  bytes: 12\nhint: Get it again.',
      data: {
        error: {
          code: 'corrupt-file',
          message: 'the file is cut off',
          where: { file: 'a.tif', bytes: 12 },
          hint: 'Get it again.',
        },
      },
    });
    expect(describeFailure(error, true).text).toMatch(/ {4}at .*caused by: Error: deep down/s);
    expect(describeFailure(new TypeError('x is undefined'), false)).toMatchObject({ exitCode: exitCodes.internal });
  });
});

describe('lulc models', () => {
  it('lists the zoo, or what of it is asked for', async () => {
    const { status, out, err } = await runCollected(['models', 'list', '--json']);
    expect((JSON.parse(out) as { name: string }[]).map(({ name }) => name)).toEqual(modelNames);
    expect([status, err]).toEqual([exitCodes.ok, '']);
    const listed = async (...flags: string[]) =>
      (JSON.parse((await runCollected(['models', 'list', '--json', ...flags])).out) as { name: string }[]).map(
        ({ name }) => name,
      );
    expect(await listed('--family', 'resnet', '--published')).toEqual(['ResNet50', 'ResNet101', 'ResNet152']);
    expect(await listed('--family', 'resnet', '--no-published')).toEqual(['ResNet18', 'ResNet_50']);
    expect(
      await listed('--attention', 'eca', '--search', 'b4', '--max-gflops', '5', '--max-parameters', '1e6'),
    ).toEqual(['WideResNet-ECA-B4', 'WideResNet-ECA-GHOST-B4']);
    expect((await runCollected(['models', 'list'])).out).toMatch(/WideResNet-ECA-B4 .* 984,313 /);
    expect((await runCollected(['models', 'list', '--family', 'renset'])).err).toContain("Did you mean 'resnet'");
    expect((await runCollected(['models', 'list', '--max-gflops', 'few'])).status).toBe(exitCodes.usage);
  });

  it.each([
    ['wrn-eca-b0', 'WideResNet-ECA', 305_889, 'stage1/block1/conv1'],
    ['resnet50', 'ResNet50', 23_595_475, 'stage1/block1/conv1'],
  ])('shows %s with the number of weights that the specification gives', async (spelling, name, trainable, layer) => {
    const { out } = await runCollected(['--json', 'models', 'show', spelling]);
    expect(JSON.parse(out)).toMatchObject({
      name,
      trained: false,
      parameters: { trainable },
      card: { family: modelInfo(name).family },
      gflops: modelInfo(name).gflops,
      zoo: { published: true },
    });
    const { out: text } = await runCollected(['models', 'show', spelling]);
    expect(text).toContain(trainable.toLocaleString('en'));
    expect(text).toContain(layer);
    expect(text).toContain('batches of 128');
  });

  it('shows the published variant when asked to', async () => {
    const { out } = await runCollected(['--json', 'models', 'show', 'wrn-b0-ghost', '--variant', 'reference']);
    expect(JSON.parse(out).parameters.trainable).toBe(156_019);
  });

  it('creates models with random weights', async () => {
    const to = path.join(folder, 'net.safetensors');
    const flags = ['--bands', 'B04,B03', '--classes', 'Forest;River', '--task', 'single-label', '--input-size', '32'];
    const { out, status } = await runCollected(['models', 'create', 'wrn-b0-eca', '--to', to, ...flags, '--json']);
    expect(status).toBe(exitCodes.ok);
    expect(JSON.parse(out)).toMatchObject({ format: 'safetensors', to });
    const model = await loadModel(to);
    expect(readCard(model)).toMatchObject({
      bands: ['B04', 'B03'],
      classes: ['Forest', 'River'],
      task: 'single-label',
      inputSize: [32, 32],
    });
    model.dispose();
  });

  it('measures models next to another', async () => {
    const flags = ['--reference', 'mixer', '--batch', '1', '--json'];
    const { out, status } = await runCollected(['models', 'bench', 'mixer-tiny', ...flags]);
    expect(status).toBe(exitCodes.ok);
    const report = JSON.parse(out) as { models: { name: string; inference: number; training: number }[] };
    expect(report.models.map(({ name }) => name)).toEqual(['MLPMixer', 'MLPMixer_Tiny']);
    for (const { inference, training } of report.models) expect(inference > 0 && training > 0).toBe(true);
    expect((await runCollected(['models', 'bench'])).status).toBe(exitCodes.usage);
  });
});

describe('lulc doctor', () => {
  it('gives the ladder and the engine in use', async () => {
    const { status, out } = await runCollected(['doctor', '--json']);
    const report = JSON.parse(out) as { ladder: { name: string; available: boolean; command?: string }[] };
    expect(report).toMatchObject({
      version: expect.any(String),
      node: process.version,
      machine: { cores: expect.any(Number), memoryBytes: expect.any(Number) },
      engine: { name: expect.any(String), why: expect.any(String), tried: expect.any(Array) },
    });
    expect(report.ladder.map(({ name }) => name)).toEqual([
      'torch',
      'tensorflow',
      'torch',
      'tensorflow',
      'wasm',
      'cpu',
    ]);
    expect(report.ladder.slice(-2).every(({ available }) => available)).toBe(true);
    expect(status).toBe(exitCodes.ok);
  });

  it('says it in words', async () => {
    const { out } = await runCollected(['doctor']);
    expect(out).toMatch(/✓ wasm \(cpu\)/);
    expect(out).toMatch(/In use: \w+ on cpu/);
  });
});
