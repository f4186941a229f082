import { denseNet, resNet, vgg } from '@lulc/cnn-baselines';
import { featureModel, useEngine } from '@lulc/core';
import { efficientNet } from '@lulc/efficientnet-scaler';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSameOutputs, recorded, recordedWeights } from '../testing/fixtures.js';
import { importWeights } from './importWeights.js';

beforeAll(() => useEngine('auto'));

const base = { bands: 3, classes: 4, inputSize: 40 } as const;
const torchEfficientNet = () => efficientNet({ ...base, padding: 'symmetric', epsilon: 1e-5 });

describe('networks of PyTorch give the same outputs as there', () => {
  const cases: readonly [name: string, build: () => LayersModel][] = [
    ['torchvision-resnet18', () => resNet({ ...base, depth: 18, style: 'torchvision' })],
    ['torchvision-resnet50', () => resNet({ ...base, depth: 50, style: 'torchvision' })],
    ['torchvision-densenet121', () => denseNet({ ...base, depth: 121, epsilon: 1e-5 })],
    ['torchvision-efficientnet_b0', torchEfficientNet],
    ['timm-efficientnet_b0', torchEfficientNet],
    ['timm-tf_efficientnet_b0', () => efficientNet(base)],
  ];
  it.each(cases)('%s', async (name, build) => {
    const model = build();
    const network = recorded(name);
    const report = await importWeights(model, recordedWeights(network, 'torch'));
    expect(report).toMatchObject({ from: name.split('-')[0], missing: [], mismatched: [], warnings: [] });
    expect(report.loaded.length).toBe(model.weights.length);
    await expectSameOutputs(model, network);
    model.dispose();
  });

  it('timm-resnet50 as reBEN has it: inside of another module, bands in their own order', async () => {
    const own = ['B02', 'B03', 'B04', 'B08', 'B05', 'B06', 'B07', 'B8A', 'B11', 'B12'];
    const theirs = ['B02', 'B03', 'B04', 'B08', 'B05', 'B06', 'B07', 'B11', 'B12', 'B8A'];
    const model = resNet({ depth: 50, style: 'torchvision', bands: own, classes: 19, inputSize: 40 });
    const network = recorded('timm-resnet50');
    const weights = new Map(
      [...recordedWeights(network, 'torch')].map(([name, array]) => [`model.vision_encoder.${name}`, array]),
    );
    const report = await importWeights(model, weights, { from: 'reben' });
    expect(report.bands).toEqual(theirs);
    await expectSameOutputs(model, network, { bands: own.map((band) => theirs.indexOf(band)) });
    model.dispose();
  });

  it('torchvision-vgg16, up to its dense layers', async () => {
    const model = vgg({ ...base, depth: 16 });
    const network = recorded('torchvision-vgg16');
    const report = await importWeights(model, recordedWeights(network, 'torch'));
    expect(report).toMatchObject({ from: 'torchvision', missing: [], mismatched: [], warnings: [] });
    expect(report.skipped.map(({ name }) => name)).toEqual(['classifier.0.weight', 'classifier.0.bias']);
    await expectSameOutputs(model, network, { network: featureModel(model) });
    model.dispose();
  });
});

describe('networks of keras.applications give the same features as there', () => {
  const cases: readonly [name: string, build: () => LayersModel][] = [
    ['keras-resnet50', () => resNet({ ...base, depth: 50 })],
    ['keras-densenet121', () => denseNet({ ...base, depth: 121 })],
    ['keras-vgg16', () => vgg({ ...base, depth: 16 })],
    ['keras-efficientnetb0', () => efficientNet({ ...base, variant: 'reference' })],
  ];
  it.each(cases)('%s', async (name, build) => {
    const model = build();
    const network = recorded(name);
    const report = await importWeights(model, recordedWeights(network, 'keras'));
    expect(report).toMatchObject({ from: 'keras', missing: [], mismatched: [], warnings: [] });
    await expectSameOutputs(model, network, { network: featureModel(model) });
    model.dispose();
  });
});
