import { useEngine } from '@lulc/core';
import { efficientNet } from '@lulc/efficientnet-scaler';
import { mlpMixer, visionTransformer } from '@lulc/vit-mlp-mixer';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSameOutputs, fixture, recorded } from '../testing/fixtures.js';
import { importWeights } from './importWeights.js';

beforeAll(() => useEngine('auto'));

describe('files of PyTorch give the same outputs as there', () => {
  it('EfficientNet of torchvision', async () => {
    const model = efficientNet({
      width: 0.1,
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
