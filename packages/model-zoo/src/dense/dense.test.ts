import { plainConvUnet } from '@lulc/cloud-unet-kd';
import { loadModel, modelToBytes, readCard, transferWeights, useEngine, weightArrays } from '@lulc/core';
import { segmenterLayers } from '@lulc/core/segmentation';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  buildDenseNetwork,
  createFeatures,
  createFromCard,
  createSegmenter,
  type DenseNetworkOptions,
  glcNetNetwork,
  planDenseNetwork,
} from '../index.js';

beforeAll(() => useEngine('cpu'));

const small = { name: 'deeplabv3plus', width: 8, rates: [2] } as const;

/** Every family whose networks end in a map, as small as it can be, with the sizes of its maps for 32 pixels. */
const encoders: readonly (DenseNetworkOptions & { readonly sizes: readonly [encoded: number, decoded: number] })[] = [
  { family: 'resnet', encoder: { depth: 18 }, sizes: [1, 8] },
  { family: 'resnet', encoder: { depth: 18, outputStride: 8 }, sizes: [4, 8] },
  { family: 'densenet', encoder: { depth: 121 }, sizes: [1, 8] },
  { family: 'vgg', encoder: { depth: 16 }, sizes: [1, 8] },
  { family: 'wrn-eca', encoder: { preset: 'B0' }, sizes: [8, 16] },
  { family: 'efficientnet', encoder: { width: 0.1, depth: 0.3 }, sizes: [1, 8] },
  { family: 'scaled-efficientnet', encoder: { alpha: 0.3, beta: 0.1 }, sizes: [1, 8] },
  { family: 'vit', encoder: { patch: 8, width: 8, layers: 1, heads: 2, keyDim: 4, headMlp: [] }, sizes: [4, 4] },
  { family: 'mlp-mixer', encoder: { patch: 8, width: 8, blocks: 1 }, sizes: [4, 4] },
  { family: 'plain-conv', encoder: { widths: [4, 6, 8, 8] }, sizes: [4, 8] },
];

const pathsOf = (model: LayersModel): string[] => model.weights.map(({ originalName }) => originalName).sort();

describe('buildDenseNetwork', () => {
  it.each(encoders)('puts a decoder on $family $encoder', async ({ sizes, ...options }) => {
    const common = { ...options, bands: 2, inputSize: 32, seed: 1 };
    const deepLab = await buildDenseNetwork({ ...common, decoder: small });
    expect([deepLab.encoded.shape, deepLab.decoded.shape]).toEqual(sizes.map((side) => [null, side, side, 8]));
    const unet = await buildDenseNetwork({ ...common, decoder: { name: 'unet', resolution: 'input' } });
    expect(unet.decoded.shape).toEqual([null, 32, 32, 32]);
    const none = await buildDenseNetwork({ ...common, decoder: { name: 'none' } });
    expect(none.decoded.shape.slice(0, 3)).toEqual([null, sizes[0], sizes[0]]);
  });

  it('plans once and builds the same network again', async () => {
    const plan = await planDenseNetwork({ family: 'wrn-eca', decoder: small, bands: 3, inputSize: 12, seed: 4 });
    const [first, second] = [plan.build(), plan.build()];
    expect(first.decoded).not.toBe(second.decoded);
    expect(first.decoded.shape).toEqual([null, 6, 6, 8]);
    expect(plan.facts.configuration).toMatchObject({
      encoder: { family: 'wrn-eca', preset: 'B0', attention: 'eca' },
      decoder: { name: 'deeplabv3plus', width: 8, lowLevelWidth: 2, rates: [2], alignCorners: true },
      seed: 4,
    });
  });

  it.each([
    ['a family that ends in a vector', { family: 'k-branch' }, { code: 'incompatible' }],
    ['a family that there is not', { family: 'resnett' }, { code: 'unknown-name' }],
    ['sides that differ of a family for squares', { family: 'resnet', inputSize: [32, 64] }, { code: 'incompatible' }],
    ['a decoder that there is not', { family: 'resnet', decoder: { name: 'unett' } }, { code: 'unknown-name' }],
    ['an encoder option out of range', { family: 'resnet', encoder: { depth: 34 } }, { code: 'unknown-name' }],
    ['widths out of range', { family: 'resnet', decoder: { name: 'unet', widths: [0] } }, { code: 'invalid-argument' }],
  ])('refuses %s', async (_, options, expected) => {
    await expect(buildDenseNetwork(options as never)).rejects.toMatchObject(expected);
  });
});

describe('cards', () => {
  const options = { family: 'wrn-eca', decoder: small, bands: ['B04', 'B08'], inputSize: 16, seed: 3 } as const;

  it('of a segmenter build the same model, or one for other data', async () => {
    const model = await createSegmenter({ ...options, classes: ['Forest', 'River'], headDropout: 0.25 });
    const card = readCard(model)!;
    expect(card).toMatchObject({
      family: 'segmenter',
      task: 'segmentation',
      classes: ['Forest', 'River'],
      bands: ['B04', 'B08'],
      inputSize: [16, 16],
    });
    const again = await createFromCard(card);
    expect(again.toJSON(null, false)).toEqual(model.toJSON(null, false));
    const other = await createFromCard(card, { bands: 1, classes: 5, inputSize: 20 });
    expect([other.inputs[0].shape, other.outputs[0].shape]).toEqual([
      [null, 20, 20, 1],
      [null, 20, 20, 5],
    ]);
    expect(readCard(other)?.configuration).toEqual(card.configuration);
  });

  it.each(['encoded', 'decoded'] as const)('of features (%s) build them again', async (output) => {
    const model = await createFeatures({ ...options, output });
    const card = readCard(model)!;
    expect(card).toMatchObject({ family: 'segmenter', task: 'features', classes: [], configuration: { output } });
    expect(model.outputs[0].shape).toEqual(output === 'encoded' ? [null, 4, 4, 8] : [null, 8, 8, 8]);
    const again = await createFromCard(card);
    expect(again.toJSON(null, false)).toEqual(model.toJSON(null, false));
    expect(pathsOf(model).some((path) => path.startsWith('decoder/'))).toBe(output === 'decoded');
  });

  it('of features build a segmenter and a classifier, into which the weights go', async () => {
    const features = await createFeatures({ ...options, output: 'encoded' });
    const card = readCard(features)!;
    const segmenter = await createFromCard(card, { task: 'segmentation', classes: 3, inputSize: 24, seed: 9 });
    const report = await transferWeights(features, segmenter);
    expect([...report.loaded].sort()).toEqual(pathsOf(features));
    expect(report).toMatchObject({ unexpected: [], mismatched: [], adapted: [], skipped: [] });
    const missing = (path: string) => path.startsWith('decoder/') || path.startsWith(`${segmenterLayers.head}/`);
    expect([...report.missing].sort()).toEqual(pathsOf(segmenter).filter(missing));
    const [given, taken] = await Promise.all([weightArrays(features), weightArrays(segmenter)]);
    for (const path of report.loaded) expect(taken.get(path)).toEqual(given.get(path));

    const classifier = await createFromCard(card, { task: 'multi-label', classes: 4, inputSize: 12, seed: 9 });
    expect(readCard(classifier)).toMatchObject({ family: 'wrn-eca', task: 'multi-label', bands: ['B04', 'B08'] });
    const head = await transferWeights(features, classifier);
    expect([...head.missing].sort()).toEqual(['head/bias', 'head/kernel']);
    expect([...head.unexpected].sort()).toEqual(pathsOf(features).filter((path) => path.startsWith('context/')));
    expect(head.mismatched).toEqual([]);
  });

  it.each([
    ['as nnU-Net has it', { widths: [4, 6, 8], inputSize: [16, 24] }],
    ['of nnU-Net v1', { widths: [4, 6], inputSize: 16, version: 'v1', padding: 'same' }],
    ['for 8 bits', { widths: [4, 6], inputSize: 16, norm: 'batch', activation: 'relu', upsampling: 'bilinear' }],
  ] as const)('of a U-Net %s build it again, from a file too, or for another size', async (_, unet) => {
    const model = plainConvUnet({ ...unet, seed: 7 });
    const card = readCard(model)!;
    const again = await createFromCard(card);
    expect(again.toJSON(null, false)).toEqual(model.toJSON(null, false));
    expect(readCard(again)).toEqual(card);
    expect(await weightArrays(again)).toEqual(await weightArrays(model));
    const loaded = await loadModel(await modelToBytes(model));
    expect(readCard(loaded)).toEqual(card);
    const other = await createFromCard(card, { inputSize: 32 });
    expect((await transferWeights(model, other)).missing).toEqual([]);
  });

  it('that name no encoder are refused', async () => {
    const card = readCard(await createFeatures(options))!;
    const broken = createFromCard({ ...card, configuration: { encoder: 'resnet' } });
    await expect(broken).rejects.toMatchObject({ code: 'corrupt-file' });
  });
});

describe('glcNetNetwork', () => {
  it('has the published sizes', async () => {
    const { encoded, decoded, backbone } = await buildDenseNetwork({ ...glcNetNetwork(), bands: 4, inputSize: 224 });
    expect(backbone.features.map(({ tensor }) => tensor.shape.slice(1))).toEqual([
      [56, 56, 256],
      [28, 28, 512],
      [14, 14, 1024],
      [14, 14, 2048],
    ]);
    expect([encoded.shape, decoded.shape]).toEqual([
      [null, 14, 14, 256],
      [null, 56, 56, 256],
    ]);
  });

  it('drops and normalises as its phase and variant say', () => {
    const dropouts = (options: Parameters<typeof glcNetNetwork>[0]) => {
      const { encoder, decoder } = glcNetNetwork(options) as ReturnType<typeof glcNetNetwork> & {
        decoder: { encodedDropout: number; decodedDropout: readonly number[] };
      };
      return [encoder.momentum, decoder.encodedDropout, ...decoder.decodedDropout];
    };
    expect(dropouts({})).toEqual([0.9, 0.5, 0.5, 0.1]);
    expect(dropouts({ phase: 'pre-training' })).toEqual([0.9, 0, 0, 0]);
    expect(dropouts({ phase: 'pre-training', variant: 'reference' })).toEqual([0.1, 0.5, 0, 0]);
    expect(dropouts({ variant: 'reference' })).toEqual([0.1, 0.5, 0.5, 0.1]);
  });
});
