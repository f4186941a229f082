import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveGraphModel, useEngine } from '@lulc/core';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inputsOf, largestDifference, predictions, spread } from './compare.js';
import { fromFolder, graphPredictions } from './graphModelFolder.js';
import { randomise } from './randomise.js';
import { smallModels } from './smallModels.js';

const tolerance = 1e-4;
let folder: string;

beforeAll(async () => {
  await useEngine('wasm');
  folder = await mkdtemp(join(tmpdir(), 'lulc-graph-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('loaded by loadGraphModel', () => {
  it.each(Object.entries(smallModels))('%s gives what the model gives', async (_, build) => {
    const model = build();
    await randomise(model, 3);
    expect((await saveGraphModel(model, folder)).format).toBe('graph');
    const graph = await loadGraphModel(fromFolder(folder));
    expect(graph.inputs.map(({ name }) => name)).toEqual(model.inputs.map(({ sourceLayer }) => sourceLayer.name));
    for (const batch of [1, 3]) {
      const inputs = inputsOf(model, batch);
      const got = graphPredictions(graph, model, inputs);
      const expected = predictions(model, inputs);
      expect(got.length).toBe(expected.length);
      for (const [i, values] of expected.entries()) {
        expect(spread(values), 'the samples differ').toBeGreaterThan(10 * tolerance);
        expect(largestDifference(got[i], values), `batch ${batch}, output ${i}`).toBeLessThan(tolerance);
      }
    }
    graph.dispose();
    model.dispose();
  });

  it.each(['float16', 'int8'] as const)('kernels in %s cost little accuracy and much of the size', async (quantize) => {
    const model = smallModels['ResNet18']();
    await randomise(model, 5);
    const bytes = (saved: { files: readonly { bytes: number }[] }) =>
      saved.files.reduce((total, file) => total + file.bytes, 0);
    const whole = bytes(await saveGraphModel(model, folder));
    const share = bytes(await saveGraphModel(model, folder, { quantize })) / whole;
    expect(share).toBeLessThan(quantize === 'int8' ? 0.26 : 0.51);
    const graph = await loadGraphModel(fromFolder(folder));
    const inputs = inputsOf(model, 3);
    const [expected] = predictions(model, inputs);
    const [got] = graphPredictions(graph, model, inputs);
    expect(largestDifference(got, expected)).toBeGreaterThan(0);
    expect(largestDifference(got, expected)).toBeLessThan(quantize === 'int8' ? 0.15 : 5e-3);
    graph.dispose();
    model.dispose();
  });
});
