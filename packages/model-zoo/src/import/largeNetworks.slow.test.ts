import { resNet } from '@lulc/cnn-baselines';
import { useEngine } from '@lulc/core';
import { efficientNet } from '@lulc/efficientnet-scaler';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSameOutputs, recorded, recordedWeights } from '../testing/fixtures.js';
import { importWeights } from './importWeights.js';

beforeAll(() => useEngine('auto'));

const base = { bands: 3, classes: 4, inputSize: 40 } as const;
const cases: readonly [name: string, build: () => LayersModel][] = [
  ['torchvision-resnet18', () => resNet({ ...base, depth: 18, style: 'torchvision' })],
  ['torchvision-resnet50', () => resNet({ ...base, depth: 50, style: 'torchvision' })],
  ['torchvision-efficientnet_b0', () => efficientNet({ ...base, padding: 'symmetric', epsilon: 1e-5 })],
  ['timm-efficientnet_b0', () => efficientNet({ ...base, padding: 'symmetric', epsilon: 1e-5 })],
  ['timm-tf_efficientnet_b0', () => efficientNet(base)],
];

describe('networks of PyTorch give the same outputs as there', () => {
  it.each(cases)('%s', async (name, build) => {
    const model = build();
    const network = recorded(name);
    const report = await importWeights(model, recordedWeights(network, 'torch'));
    expect(report).toMatchObject({ from: name.split('-')[0], missing: [], mismatched: [], warnings: [] });
    await expectSameOutputs(model, network);
    model.dispose();
  });
});
