import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readCard, saveModel, useEngine, weightArrays } from '@lulc/core';
import { createFeatures, createSegmenter } from '@lulc/model-zoo';
import { mlpMixer, resizeVitWeights, visionTransformer } from '@lulc/vit-mlp-mixer';
import { scaledWRN } from '@lulc/wrn-eca';
import { tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pretrainedModel, type TransferConfig } from './pretrained.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lulc-pretrained-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => useEngine('cpu'));

const bands = ['B04', 'B03', 'B02'];
const facts = { bands, classes: ['x', 'y'], task: 'single-label', seed: 1 } as const;
const settings = { head: 'replace', bands: 'average', rescaleBands: true } as const;
const vit = { size: 'ViTM/20', patch: 6, layers: 1, bands, inputSize: 18, seed: 1 } as const;

async function load(model: LayersModel, transfer: Partial<TransferConfig>, own: object = {}): Promise<LayersModel> {
  const from = path.join(folder, `${model.name}-${model.inputs[0].shape[1]}.safetensors`);
  await saveModel(model, from);
  return pretrainedModel({ ...settings, from, ...transfer }, { ...facts, ...own }, () => undefined);
}

it('interpolates the positions of a transformer for another size', async () => {
  const model = visionTransformer(vit);
  const larger = await load(model, { inputSize: 30 });
  expect([larger.inputs[0].shape, larger.outputs[0].shape]).toEqual([
    [null, 30, 30, 3],
    [null, 2],
  ]);
  const expected = resizeVitWeights(await weightArrays(model), vit, 30);
  const got = await weightArrays(larger);
  const shared = [...got.keys()].filter((name) => !name.startsWith('head/'));
  expect(shared).toContain('patch/position/embeddings');
  for (const name of shared) expect([name, got.get(name)]).toEqual([name, expected.get(name)]);
  expect(readCard(larger)).toMatchObject({ family: 'vit', inputSize: [30, 30], classes: ['x', 'y'] });
});

it('takes over a convolutional network for any size, and any order of bands', async () => {
  const model = scaledWRN({ preset: 'B0', bands, inputSize: 16, classes: ['x', 'y'], task: 'single-label', seed: 1 });
  const same = await load(model, { head: 'keep' }, { bands: ['B02', 'B04', 'B03'] });
  const pixels = Float32Array.from({ length: 16 * 16 * 3 }, (_, i) => Math.sin(i));
  const turned = pixels.map((_, i) => pixels[i - (i % 3) + [2, 0, 1][i % 3]]);
  const predict = (network: LayersModel, values: Float32Array) =>
    tidy(() => [...(network.predict(tensor4d(values, [1, 16, 16, 3])) as ReturnType<typeof tensor4d>).dataSync()]);
  predict(same, turned).forEach((value, i) => {
    expect(value).toBeCloseTo(predict(model, pixels)[i], 5);
  });
  const larger = await load(model, { inputSize: 24, head: 'keep' });
  expect(await weightArrays(larger)).toEqual(await weightArrays(model));
});

it('says what depends on the size where nothing can be done about it', async () => {
  const mixer = mlpMixer({ size: 'tiny', bands, inputSize: 24, seed: 1 });
  await expect(load(mixer, { inputSize: 48 })).rejects.toMatchObject({
    code: 'incompatible',
    message: expect.stringContaining('token_dense1/kernel'),
  });
  await expect(load(mixer, {})).resolves.toMatchObject({ name: mixer.name });
});

const dense = { decoder: { name: 'deeplabv3plus', width: 8, rates: [1] }, bands, seed: 3 } as const;
const small = { ...dense, family: 'wrn-eca', inputSize: 16 } as const;

it.each([
  ['pre-trained features', () => createFeatures(small)],
  ['a segmenter', () => createSegmenter({ ...small, classes: ['a', 'b', 'c'] })],
])('classifies with the encoder of %s, in other bands and sizes', async (_, create) => {
  const model = await create();
  const classifier = await load(model, { inputSize: 24 }, { bands: [...bands, 'B08'] });
  expect(readCard(classifier)).toMatchObject({
    family: 'wrn-eca',
    task: 'single-label',
    classes: ['x', 'y'],
    bands: [...bands, 'B08'],
    inputSize: [24, 24],
  });
  const [given, taken] = await Promise.all([weightArrays(model), weightArrays(classifier)]);
  const changed = [...taken.keys()].filter((name) => {
    const [a, b] = [given.get(name)?.data, taken.get(name)?.data];
    return a?.length !== b?.length || !a?.every((value, i) => value === b?.[i]);
  });
  // the kernel that sees the bands, and the head; batch statistics and everything else come over
  expect(changed.sort()).toEqual(['head/bias', 'head/kernel', 'stem/conv/kernel']);
  expect([...taken.keys()].filter((name) => /^(context|decoder)\//.test(name))).toEqual([]);
});

it('classifies with the encoder of a transformer, whose positions are interpolated', async () => {
  const encoder = { patch: 6, width: 8, layers: 1, heads: 2, keyDim: 4, headMlp: [] } as const;
  const model = await createFeatures({ ...dense, family: 'vit', encoder, inputSize: 18 });
  const larger = await load(model, { inputSize: 30 });
  const [given, taken] = await Promise.all([weightArrays(model), weightArrays(larger)]);
  expect(given.get('patch/position/embeddings')?.shape[0]).toBe(9);
  expect(taken.get('patch/position/embeddings')?.shape[0]).toBe(25);
  expect(taken.get('patch/projection/kernel')).toEqual(given.get('patch/projection/kernel'));
});

it('says what was taken over, and that classes cannot be kept', async () => {
  const from = path.join(folder, 'features.safetensors');
  await saveModel(await createFeatures(small), from);
  const said: string[] = [];
  await pretrainedModel({ ...settings, from }, facts, (message) => said.push(message));
  expect(said.join('\n')).toMatch(/encoder: \d+ weights taken over, \d+ of context and decoder left out/);
  await expect(pretrainedModel({ ...settings, from, head: 'keep' }, facts, () => undefined)).rejects.toMatchObject({
    code: 'incompatible',
    hint: expect.stringContaining('transfer.head'),
  });
});
