import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { plainConvUnet } from '@lulc/cloud-unet-kd';
import { resNet } from '@lulc/cnn-baselines';
import { readCard, readSafetensors, useEngine, type WeightArray, weightArrays } from '@lulc/core';
import { efficientNet, type ScaledEfficientNetOptions, scaledEfficientNet } from '@lulc/efficientnet-scaler';
import { mlpMixer, visionTransformer } from '@lulc/vit-mlp-mixer';
import { type ScaledWRNOptions, scaledWRN } from '@lulc/wrn-eca';
import { type LayersModel, layers, type SymbolicTensor, model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSameOutputs, fixture, recorded, recordedWeights } from '../testing/fixtures.js';
import { fill } from '../testing/hashWeights.js';
import { importWeights } from './importWeights.js';

beforeAll(() => useEngine('auto'));

const wrnPath = fileURLToPath(new URL('fixtures/wrn-zoo/checkpoints-1', import.meta.url));
const wrnOptions = { alpha: 1.6, beta: 0.125, depthRule: 'once', variant: 'reference', inputSize: 32 } as const;

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

  it('PlainConvUNet of nnU-Net, whichever of its two names each convolution has', async () => {
    const build = () => plainConvUnet({ widths: [3, 4, 5], bands: 3, classes: 3, inputSize: 16 });
    const model = build();
    const bytes = fixture('nnunet-small.safetensors');
    const report = await importWeights(model, bytes);
    expect(report).toMatchObject({ from: 'nnunet', missing: [], mismatched: [], warnings: [] });
    expect(report.skipped.map(({ name }) => name)).toEqual([
      'decoder.seg_layers.0.bias',
      'decoder.seg_layers.0.weight',
    ]);
    const logits = layers.flatten().apply(model.getLayer('logits').output) as SymbolicTensor;
    const network = tfModel({ inputs: model.inputs, outputs: logits });
    await expectSameOutputs(model, recorded('nnunet-small'), { network });

    // What nnU-Net itself saves has every weight under all of its names.
    const { tensors } = readSafetensors(bytes);
    const renamed = [...tensors].flatMap(([name, array]): [string, WeightArray][] => {
      const own = name.replace('.all_modules.0.', '.conv.').replace('.all_modules.1.', '.norm.');
      return [...new Set([own, name, own.replace('decoder.encoder.', 'encoder.')])].map((alias) => [alias, array]);
    });
    const again = build();
    expect((await importWeights(again, new Map(renamed))).loaded).toHaveLength(again.weights.length);
    expect(await weightArrays(again)).toEqual(await weightArrays(model));
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
  const build = (bands: readonly string[] | number = 10) => scaledWRN({ ...wrnOptions, bands, classes: 3 });
  const network = {
    size: 32,
    outputs: logits(JSON.parse(new TextDecoder().decode(fixture('wrn-zoo/outputs.json'))).outputs),
  };
  const order = ['B04', 'B03', 'B02', 'B08', 'B05', 'B06', 'B07', 'B8A', 'B11', 'B12'];

  it.each([wrnPath, `${wrnPath}.index`])('by its path gives the same outputs as in TensorFlow', async (source) => {
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

it('a checkpoint of the zoo gives networks of keras.applications by the names of their variables', async () => {
  const model = resNet({ depth: 18, bands: 3, classes: 5, inputSize: 20 });
  const place = new URL('fixtures/nested-zoo/checkpoints-1', import.meta.url);
  const report = await importWeights(model, place, { strict: false });
  expect(report.from).toBe('bigearthnet-zoo');
  expect([...report.loaded].sort()).toEqual([
    'stem/bn/beta',
    'stem/bn/gamma',
    'stem/bn/moving_mean',
    'stem/bn/moving_variance',
    'stem/conv/bias',
    'stem/conv/kernel',
  ]);
  const weights = await weightArrays(model);
  expect(weights.get('stem/conv/kernel')).toEqual(fill('conv1_conv/kernel', [7, 7, 3, 64], 'kernel', 'keras'));
  expect(weights.get('stem/bn/moving_mean')).toEqual(fill('conv1_bn/moving_mean', [64], 'moving_mean', 'keras'));
});

describe("the benchmark's own networks, numbered by Keras 2", () => {
  const bands = ['B04', 'B03', 'B02', 'B08', 'B05', 'B06', 'B07', 'B8A', 'B11', 'B12'];
  const reference = { variant: 'reference', bands, classes: 3 } as const;
  const wrn = (options: ScaledWRNOptions) => scaledWRN({ ...reference, beta: 0.25, inputSize: 32, ...options });
  const scaled = (options: ScaledEfficientNetOptions) =>
    scaledEfficientNet({ ...reference, alpha: 0.3, beta: 0.025, inputSize: 40, ...options });
  const small = { width: 16, patch: 8, inputSize: 24 } as const;
  const cases: readonly [name: string, build: () => LayersModel][] = [
    ['wrn-se-ghost', () => wrn({ attention: 'se', ghost: true })],
    ['wrn-cbam-ghost', () => wrn({ attention: 'cbam', ghost: true })],
    ['wrn-coord', () => wrn({ attention: 'coord' })],
    ['efficientnet-eca', () => scaled({ attention: 'eca' })],
    ['efficientnet-cbam-ghost', () => scaled({ attention: 'cbam', ghost: true })],
    [
      'vit',
      () =>
        visionTransformer({ ...reference, ...small, layers: 2, heads: 2, keyDim: 8, mlpHidden: 32, headMlp: [24, 20] }),
    ],
    ['mixer', () => mlpMixer({ ...reference, ...small, patch: 12, blocks: 2, tokenHidden: 6, channelHidden: 12 })],
  ];
  it.each(cases)('%s', async (name, build) => {
    const model = build();
    const network = recorded(`zoo-${name}`);
    const weights = recordedWeights(network, 'keras');
    const report = await importWeights(model, weights, { from: 'bigearthnet-zoo' });
    expect(report).toMatchObject({ missing: [], mismatched: [], skipped: [], warnings: [] });
    expect(report.loaded.length).toBe(model.weights.length);
    await expectSameOutputs(model, network, { bands: bands.map((_, i) => i) });
  });
});

/** A small transformer, and weights for it as timm names them. */
const vitOptions = {
  patch: 8,
  width: 16,
  layers: 2,
  heads: 2,
  keyDim: 8,
  mlpHidden: 32,
  pooling: 'mean',
  headMlp: [],
  inputSize: 24,
} as const;
const photo = ['B04', 'B03', 'B02'] as const;
const vitFile = () => readSafetensors(fixture('timm-vit-small.safetensors')).tensors;

describe('bands', () => {
  it('are brought into the order of the model', async () => {
    const model = visionTransformer({ ...vitOptions, bands: ['B02', 'B03', 'B04'], classes: 4 });
    const report = await importWeights(model, vitFile(), { from: 'timm', bands: photo });
    expect(report.bands).toEqual(photo);
    await expectSameOutputs(model, recorded('timm-vit-small'), { bands: [2, 1, 0] });
    expect(readCard(model)?.bands).toEqual(['B02', 'B03', 'B04']);
  });

  it('name those of a model that only counts its bands', async () => {
    const model = visionTransformer({ ...vitOptions, bands: ['band 1', 'band 2', 'band 3'], classes: 4 });
    await importWeights(model, vitFile(), { from: 'timm', bands: ['red', 'green', 'blue'] });
    expect(readCard(model)?.bands).toEqual(['red', 'green', 'blue']);
    await expectSameOutputs(model, recorded('timm-vit-small'));
  });

  it('that the file does not know are adapted as asked', async () => {
    const bands = ['B08', ...photo];
    const model = visionTransformer({ ...vitOptions, bands, classes: 4 });
    await importWeights(model, vitFile(), { from: 'timm', adapt: { strategy: 'zero', rescale: false } });
    // The band without a kernel changes nothing: whatever it is, outputs are those of the other three.
    await expectSameOutputs(model, recorded('timm-vit-small'), { bands: [2, 0, 1, 2] });
  });

  it('of the zoo are of its time: red first, or blue first', async () => {
    const model = scaledWRN({ ...wrnOptions, bands: 10, classes: 3 });
    const kernel = async (era?: 'zoo' | 'head') => {
      await importWeights(model, wrnPath, { era });
      return (await weightArrays(model)).get('stem/conv/kernel')?.data as Float32Array;
    };
    const [zoo, head] = [await kernel(), await kernel('head')];
    // [3, 3, 10, 16]: in the zoo's files the first band is red, the third of the model.
    expect(zoo.slice(2 * 16, 3 * 16)).toEqual(head.slice(0, 16));
    expect(zoo.slice(0, 16)).toEqual(head.slice(2 * 16, 3 * 16));
    expect(zoo.slice(16, 32)).toEqual(head.slice(16, 32));
    expect(zoo.slice(3 * 16, 160)).toEqual(head.slice(3 * 16, 160));
  });

  it('of a number that nobody names must be named', async () => {
    const model = visionTransformer({ ...vitOptions, bands: ['a', 'b', 'c', 'd'], classes: 4 });
    const failing = importWeights(model, vitFile(), { from: 'timm' });
    await expect(failing).rejects.toMatchObject({ code: 'incompatible', hint: expect.stringContaining("'bands'") });
    await expect(importWeights(model, vitFile(), { bands: ['a', 'b'] })).rejects.toMatchObject({
      code: 'incompatible',
    });
  });
});

describe('the models of reBEN', () => {
  /** Weights as `BigEarthNetv2_0_ImageClassifier` saves them: inside of two other modules. */
  const wrapped = new Map([...vitFile()].map(([name, array]) => [`model.vision_encoder.${name}`, array]));

  it('have two names in front of all others, and their classes in alphabetical order', async () => {
    // Alphabetical: Arable land, Forest, River, Urban fabric.
    const classes = ['Urban fabric', 'Arable land', 'Forest', 'River'];
    const [model, plain] = [classes, 4].map((own) => visionTransformer({ ...vitOptions, bands: photo, classes: own }));
    await importWeights(model, wrapped, { from: 'reben', bands: photo });
    await importWeights(plain, vitFile(), { from: 'timm' });
    const columns = async (of: typeof model) => (await weightArrays(of)).get('head/bias')?.data as Float32Array;
    const [urban, arable, forest, river] = await columns(model);
    expect([arable, forest, river, urban]).toEqual([...(await columns(plain))]);
  });

  it('cannot sort classes without names, and say so', async () => {
    const model = visionTransformer({ ...vitOptions, bands: photo, classes: 4 });
    const { warnings } = await importWeights(model, wrapped, { from: 'reben', bands: photo });
    expect(warnings).toEqual([expect.stringContaining('alphabetical')]);
  });
});

describe('what does not fit', () => {
  it('a head for other classes is left out', async () => {
    const model = visionTransformer({ ...vitOptions, bands: photo, classes: 7 });
    const before = (await weightArrays(model)).get('head/kernel');
    const report = await importWeights(model, vitFile());
    expect(report.skipped.map(({ name }) => name)).toEqual(['head.bias', 'head.weight']);
    expect((await weightArrays(model)).get('head/kernel')).toEqual(before);
    expect(report.loaded.length).toBe(model.weights.length - 2);
  });

  it('a file without a head leaves the head alone', async () => {
    const model = visionTransformer({ ...vitOptions, bands: photo, classes: 4 });
    const file = new Map([...vitFile()].filter(([name]) => !name.startsWith('head')));
    expect((await importWeights(model, file)).missing).toEqual([]);
  });

  it.each<[string, RegExp, (file: Map<string, WeightArray>) => void]>([
    ['a missing weight', /1 missing \(layer1\/ln1\/gamma\)/, (file) => file.delete('blocks.0.norm1.weight')],
    [
      'a weight too many',
      /1 without a place \(cls_token\)/,
      (file) => file.set('cls_token', { dtype: 'float32', shape: [1, 1, 16], data: new Float32Array(16) }),
    ],
    [
      'a weight of another shape',
      /1 of another shape \(ln\/gamma \[16\] from \[3\]\)/,
      (file) => file.set('norm.weight', { dtype: 'float32', shape: [3], data: new Float32Array(3) }),
    ],
  ])('%s is refused, and nothing changes', async (_, message, damage) => {
    const model = visionTransformer({ ...vitOptions, bands: photo, classes: 4 });
    const before = await weightArrays(model);
    const file = new Map(vitFile());
    damage(file);
    await expect(importWeights(model, file)).rejects.toMatchObject({ code: 'incompatible', message });
    expect(await weightArrays(model)).toEqual(before);
    const report = await importWeights(model, file, { strict: false });
    expect(report.loaded.length).toBeGreaterThan(model.weights.length - 2);
  });

  it('a network that computes something else with these weights is refused', async () => {
    const model = efficientNet({ width: 0.025, depth: 0.3, bands: 3, classes: 4, inputSize: 40 });
    const file = fixture('torchvision-efficientnet-small.safetensors');
    await expect(importWeights(model, file)).rejects.toMatchObject({
      code: 'incompatible',
      message: expect.stringMatching(/built with padding: "same", the weights were made with "symmetric"/),
    });
    expect((await importWeights(model, file, { strict: false })).warnings.length).toBe(2);
  });

  it('a model of another family, or weights of another network, are refused', async () => {
    const wrn = scaledWRN({ ...wrnOptions, bands: 3, classes: 4 });
    await expect(importWeights(wrn, vitFile())).rejects.toMatchObject({ code: 'incompatible' });
    await expect(importWeights(wrn, vitFile(), { from: 'timm' })).rejects.toMatchObject({ code: 'incompatible' });
    await expect(importWeights(wrn, vitFile(), { from: 'tim' as 'timm' })).rejects.toMatchObject({
      code: 'unknown-name',
      hint: expect.stringContaining("Did you mean 'timm'?"),
    });
    const vit = visionTransformer({ ...vitOptions, bands: photo, classes: 4 });
    await expect(importWeights(vit, fixture('timm-mixer-small.safetensors'))).rejects.toMatchObject({
      code: 'incompatible',
    });
  });

  it('files of other kinds are refused with what to do', async () => {
    const model = visionTransformer({ ...vitOptions, bands: photo, classes: 4 });
    const refused = (bytes: Uint8Array) => importWeights(model, bytes).catch((error: unknown) => error);
    const text = (value: string) => new TextEncoder().encode(value.padEnd(60));
    for (const bytes of [
      text('PK\x03\x04'),
      Uint8Array.of(0x80, 2, ...new Uint8Array(60)),
      fixture('wrn-zoo/checkpoints-1.index'),
    ]) {
      expect(await refused(bytes)).toMatchObject({ code: 'unsupported-file', hint: expect.any(String) });
    }
    expect(await refused(text('nothing'))).toMatchObject({ code: 'corrupt-file' });
    await expect(importWeights(model, `${wrnPath}-none`)).rejects.toMatchObject({ code: 'missing-file' });
  });
});

/** Logits of probabilities. */
function logits(probabilities: readonly (readonly number[])[]): number[][] {
  return probabilities.map((row) => row.map((p) => Math.log(p / (1 - p))));
}
