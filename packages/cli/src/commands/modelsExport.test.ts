import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCard, readCard, saveModel, useEngine, writeCard } from '@lulc/core';
import { openDataset, simulateLandscape } from '@lulc/sentinel2-data/node';
import { scaledWRN } from '@lulc/wrn-eca';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../program/exitCodes.js';
import { runCollected } from '../testing/collectIo.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lulc-export-'));
const data = path.join(folder, 'data');
const saved = path.join(folder, 'model');
const bands = ['B02', 'B03', 'B04', 'B08'];
const withData = ['--data', data, '--data.workers', '0', '--split', 'val', '--batch-size', '4'];
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  await useEngine('wasm');
  await simulateLandscape({ out: data, patches: 30, seed: 3, referenceMaps: false });
  const { info } = await openDataset({ path: data, split: 'val', bands });
  const model = scaledWRN({ bands, classes: info.classes, inputSize: 16, seed: 1 });
  const card = readCard(model);
  if (card === undefined) throw new Error('the model has no card');
  const scaling = { name: 'test', mean: bands.map(() => 1000), std: bands.map(() => 500) };
  writeCard(model, createCard({ ...card, scaling }));
  await saveModel(model, saved);
  model.dispose();
});

async function exported(...argv: readonly string[]) {
  const { status, out, err } = await runCollected(['models', 'export', ...argv, '--json']);
  expect(err).not.toContain('error');
  expect(status).toBe(exitCodes.ok);
  return JSON.parse(out);
}

describe('lulc models export', () => {
  it.each([
    ['wrn.onnx', 'onnx', ['--layout', 'nchw']],
    ['graph', 'graph', ['--format', 'graph']],
    ['layers', 'tfjs', ['--format', 'tfjs']],
    ['wrn.safetensors', 'safetensors', []],
  ] as const)('writes %s, which predicts the same', async (name, format, flags) => {
    const to = path.join(folder, name);
    const result = await exported(saved, '--to', to, ...flags, ...withData);
    expect(result).toMatchObject({ format, trained: true, quantize: null, comparison: { samples: 6, agreement: 1 } });
    expect(result.comparison.maxDifference).toBeLessThan(1e-4);
    expect(result.comparison.metrics.macroF1.delta).toBe(0);
    expect(result.bytes / result.bytesInFloat32).toBeGreaterThan(1);
  });

  it.each([
    ['onnx', 'int8', 0.4],
    ['onnx', 'float16', 0.65],
    ['graph', 'int8', 0.4],
    ['tfjs', 'int8', 0.4],
    ['tfjs', 'float16', 0.65],
    ['safetensors', 'float16', 0.65],
  ] as const)('writes %s with kernels in %s, and reports what that costs', async (format, quantize, share) => {
    const to = path.join(folder, `small-${format}-${quantize}.${format === 'graph' ? 'json' : format}`);
    const result = await exported(saved, '--to', to, '--format', format, '--quantize', quantize, ...withData);
    expect(result.bytes / result.bytesInFloat32).toBeLessThan(share);
    expect(result.comparison.maxDifference).toBeGreaterThan(0);
    expect(result.comparison.maxDifference).toBeLessThan(quantize === 'int8' ? 0.1 : 0.01);
    expect(result.comparison.agreement).toBeGreaterThan(0.9);
  });

  it('writes a network of the zoo by its name, and says that it is not trained', async () => {
    const to = path.join(folder, 'zoo.onnx');
    const { status, out, err } = await runCollected(['models', 'export', 'WideResNet-ECA', '--to', to]);
    expect(status).toBe(exitCodes.ok);
    expect(err).toContain('its weights are random');
    expect(out).toContain('zoo.onnx: onnx, ');
    expect(readFileSync(to).length).toBeGreaterThan(1_200_000);
  });

  it.each([
    ['a target that does not tell the format', ['--to', path.join(folder, 'x')], 'does not tell the format'],
    ['8 bits in safetensors', ['--to', path.join(folder, 'x.safetensors'), '--quantize', 'int8'], '8 bits'],
    ['a layout elsewhere than in ONNX', ['--to', path.join(folder, 'x.safetensors'), '--layout', 'nchw'], 'layout'],
  ])('refuses %s', async (_, flags, message) => {
    const { status, err } = await runCollected(['models', 'export', saved, ...flags]);
    expect(status).not.toBe(exitCodes.ok);
    expect(err).toContain(message);
  });

  it('refuses an unknown name with the nearest', async () => {
    const { err } = await runCollected(['models', 'export', 'WideResNet-EKA', '--to', path.join(folder, 'x.onnx')]);
    expect(err).toContain("Did you mean 'WideResNet-ECA'");
  });
});
