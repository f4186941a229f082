import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { useEngine } from '@lulc/core';
import { efficientNet } from '@lulc/efficientnet-scaler';
import { mlpMixer, visionTransformer } from '@lulc/vit-mlp-mixer';
import { scaledWRN } from '@lulc/wrn-eca';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSameOutputs, fixture, recorded } from '../testing/fixtures.js';
import { importWeights } from './importWeights.js';

beforeAll(() => useEngine('auto'));

describe('files of PyTorch give the same outputs as there', () => {
  it('EfficientNet of torchvision', async () => {
    const model = efficientNet({
      width: 0.025,
      depth: 0.3,
      bands: 3,
      classes: 4,
      inputSize: 40,
      padding: 'symmetric',
      epsilon: 1e-5,
    });
    const report = await importWeights(model, fixture('torchvision-efficientnet-small.safetensors'));
    expect(report).toMatchObject({
      format: 'safetensors',
      from: 'torchvision',
      missing: [],
      mismatched: [],
      warnings: [],
    });
    expect(report.skipped.every(({ name }) => name.endsWith('num_batches_tracked'))).toBe(true);
    await expectSameOutputs(model, recorded('torchvision-efficientnet-small'));
  });

  it('vision transformer of timm', async () => {
    const model = visionTransformer({
      patch: 8,
      width: 16,
      layers: 2,
      heads: 2,
      keyDim: 8,
      mlpHidden: 32,
      pooling: 'mean',
      headMlp: [],
      inputSize: 24,
      bands: 3,
      classes: 4,
    });
    const report = await importWeights(model, fixture('timm-vit-small.safetensors'));
    expect(report).toMatchObject({ from: 'timm', missing: [], skipped: [], warnings: [] });
    await expectSameOutputs(model, recorded('timm-vit-small'));
  });

  it('MLP-Mixer of timm', async () => {
    const model = mlpMixer({
      patch: 8,
      width: 16,
      blocks: 2,
      tokenHidden: 8,
      channelHidden: 32,
      epsilon: 1e-6,
      inputSize: 24,
      bands: 3,
      classes: 4,
    });
    const report = await importWeights(model, fixture('timm-mixer-small.safetensors'));
    expect(report).toMatchObject({ from: 'timm', missing: [], skipped: [], warnings: [] });
    await expectSameOutputs(model, recorded('timm-mixer-small'));
  });
});

describe('H5 files of Keras give the same outputs as there', () => {
  it('EfficientNet of keras.applications', async () => {
    const small = { width: 0.025, depth: 0.3, bands: 3, classes: 4, inputSize: 40, variant: 'reference' } as const;
    const model = efficientNet(small);
    const bytes = gunzipSync(fixture('keras-efficientnet-small.weights.h5.gz'));
    const report = await importWeights(model, new Uint8Array(bytes));
    expect(report).toMatchObject({ format: 'h5', from: 'keras', missing: [], mismatched: [], warnings: [] });
    expect(report.loaded.length).toBe(model.weights.length);
    await expectSameOutputs(model, recorded('keras-efficientnet-small'));
  });
});

describe('a checkpoint of the published zoo', () => {
  const build = (bands: readonly string[] | number = 10) =>
    scaledWRN({ alpha: 1.6, beta: 0.125, depthRule: 'once', variant: 'reference', inputSize: 32, bands, classes: 3 });
  const network = {
    size: 32,
    outputs: logits(JSON.parse(new TextDecoder().decode(fixture('wrn-zoo/outputs.json'))).outputs),
  };
  const path = fileURLToPath(new URL('fixtures/wrn-zoo/checkpoints-1', import.meta.url));
  const order = ['B04', 'B03', 'B02', 'B08', 'B05', 'B06', 'B07', 'B8A', 'B11', 'B12'];

  it.each([path, `${path}.index`])('by its path gives the same outputs as in TensorFlow', async (source) => {
    const model = build(order);
    const report = await importWeights(model, source);
    expect(report).toMatchObject({
      format: 'checkpoint',
      from: 'bigearthnet-zoo',
      missing: [],
      mismatched: [],
      warnings: [],
    });
    expect(report.bands).toEqual(order);
    expect(report.loaded.length).toBe(model.weights.length);
    await expectSameOutputs(model, network, { bands: order.map((_, i) => i) });
  });
});

/** Logits of probabilities. */
function logits(probabilities: readonly (readonly number[])[]): number[][] {
  return probabilities.map((row) => row.map((p) => Math.log(p / (1 - p))));
}
