import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveGraphModel, useEngine } from '@lulc/core';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inputsOf, largestDifference, predictions } from './compare.js';
import { graphModelSuite } from './exportSuites.js';
import { fromFolder, graphPredictions } from './graphModelFolder.js';
import { randomise } from './randomise.js';
import { smallModels } from './smallModels.js';

let folder: string;

beforeAll(async () => {
  await useEngine('wasm');
  folder = await mkdtemp(join(tmpdir(), 'lulc-graph-'));
});
afterAll(() => rm(folder, { recursive: true }));

graphModelSuite(smallModels);

describe('loaded by loadGraphModel, quantised', () => {
  it.each(['float16', 'int8'] as const)('kernels in %s cost little accuracy and much of the size', async (quantize) => {
    const model = smallModels['wide ResNet']();
    await randomise(model, 5);
    const bytes = (saved: { files: readonly { bytes: number }[] }) =>
      saved.files.reduce((total, file) => total + file.bytes, 0);
    const whole = bytes(await saveGraphModel(model, folder));
    const share = bytes(await saveGraphModel(model, folder, { quantize })) / whole;
    expect(share).toBeLessThan(quantize === 'int8' ? 0.3 : 0.55);
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
