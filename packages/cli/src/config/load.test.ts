import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isLulcError } from '@lulc/core';
import { afterAll, describe, expect, it } from 'vitest';
import { type ConfigSources, loadConfig } from './load.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lulc-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string, name = 'run.yaml'): string {
  const place = path.join(folder, name);
  writeFileSync(place, text);
  return place;
}

async function problem(sources: ConfigSources): Promise<string> {
  const error = await loadConfig(sources).catch((caught: unknown) => caught);
  if (!isLulcError(error, 'invalid-argument')) throw new Error(`expected a refusal, got ${JSON.stringify(error)}`);
  return error.message;
}

describe('loadConfig', () => {
  it('fills in every default', async () => {
    const config = await loadConfig({ file: file('data: { path: x }') });
    expect(config).toMatchObject({
      data: { path: 'x', splits: { train: 'train', validation: 'val', test: 'test' }, scaling: 'auto' },
      model: { family: 'wrn-eca', preset: 'B0', attention: 'eca' },
      training: { epochs: 30, batchSize: 64, optimizer: 'adamw', schedule: 'cosine', restoreBest: true },
      augmentation: { horizontalFlip: true, verticalFlip: true, rot90: true },
      seed: 42,
      engine: 'auto',
    });
  });

  it('reads JSON as well as YAML', async () => {
    const config = await loadConfig({ file: file('{"data": {"path": "x"}, "seed": 7}', 'run.json') });
    expect(config.seed).toBe(7);
  });

  it('lets flags win, also over a name that stands for its defaults', async () => {
    const config = await loadConfig({
      file: file('data: { path: x }\ntraining: { epochs: 3, optimizer: sgd }'),
      overrides: [
        { path: 'training.epochs', value: 5 },
        { path: 'training.optimizer.momentum', value: 0.9 },
        { path: 'training.schedule.warmup', value: 2 },
        { path: 'model.widths', value: [8, 16] },
        { path: 'model.family', value: 'plain-cnn' },
      ],
    });
    expect(config.training.epochs).toBe(5);
    expect(config.training.optimizer).toEqual({ name: 'sgd', momentum: 0.9 });
    expect(config.training.schedule).toEqual({ name: 'cosine', warmup: 2 });
    expect(config.model).toEqual({ family: 'plain-cnn', widths: [8, 16], headDropout: 0 });
  });

  it('puts environment variables into texts, and says which one is missing', async () => {
    const place = file(`data: { path: "\${DATA}/x", format: "\${FORMAT:-table}" }`);
    const { data } = await loadConfig({ file: place, env: { DATA: '/d' } });
    expect(data).toMatchObject({ path: '/d/x', format: 'table' });
    expect(await problem({ file: place })).toContain('the environment variable DATA is not set');
  });

  it('lists every problem with line, path, what is allowed and the nearest name', async () => {
    const message = await problem({
      file: file(`data:
  path: x
  scaling: { name: a, mean: [1], std: [0] }
training:
  lerningRate: 1
  epochs: 0
  optimizer: { name: adamw, momentum: 0.9 }
  loss: { name: focal, labelSmoothing: 0.1 }
model: { family: wrn-ecca }
`),
    });
    expect(message).toContain("training.lerningRate (line 5): there is no such setting. Did you mean 'learningRate'?");
    expect(message).toContain('training.epochs (line 6): 0 does not fit; allowed is whole number ≥ 1');
    expect(message).toMatch(
      /training\.optimizer\.momentum \(line 7\): there is no such setting\. Known: .*weightDecay/,
    );
    expect(message).toMatch(/training\.loss\.labelSmoothing \(line 8\): there is no such setting\. Known: .*gamma/);
    expect(message).toMatch(/model\.family \(line 9\): "wrn-ecca" does not fit; .*Did you mean 'wrn-eca'\?/);
    expect(message).toContain('data.scaling.std.0 (line 3): 0 does not fit; allowed is number > 0');
    expect(message).toContain('run.yaml');
  });

  it('names the flag that does not fit', async () => {
    const message = await problem({
      file: file('data: { path: x }'),
      overrides: [{ path: 'training.epochs', value: 'many' }],
    });
    expect(message).toContain('training.epochs (--training.epochs): "many" does not fit');
  });

  it.each([
    ['a list', '- 1'],
    ['broken YAML', 'data: {'],
    ['a key twice', 'seed: 1\nseed: 2'],
    ['nothing', ''],
    [
      'an alias bomb',
      `a: &a [x, x, x, x, x, x, x, x, x]\n${[...'bcdefghi'].map((k, i) => `${k}: &${k} [${Array(9).fill(`*${'abcdefghi'[i]}`)}]`).join('\n')}`,
    ],
  ])('refuses %s', async (_, text) => {
    await problem({ file: file(text) });
  });

  it('refuses a file that is not there, or far too large', async () => {
    expect(await problem({ file: path.join(folder, 'none.yaml') })).toContain('none.yaml');
    expect(await problem({ file: file(`# ${'x'.repeat(1 << 20)}`, 'large.yaml') })).toContain('is not read');
  });

  it.each(['eurosat-rgb', 's2-india'])('accepts examples/configs/%s.yaml, for both families', async (name) => {
    const example = fileURLToPath(new URL(`../../../../examples/configs/${name}.yaml`, import.meta.url));
    const config = await loadConfig({ file: example });
    expect(config.output).toBe(`runs/${name}`);
    const plain = await loadConfig({ file: example, overrides: [{ path: 'model.family', value: 'plain-cnn' }] });
    expect(plain.training).toEqual(config.training);
  });
});
