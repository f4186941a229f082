import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveGraphModel, useEngine } from '@lulc/core';
import { exportOnnx } from '@lulc/core/onnx';
import { createModel } from '@lulc/model-zoo';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { slowModels } from '../zoo/scope.js';
import { channelsFirst, inputsOf, largestDifference, predictions, spread } from './compare.js';
import { tolerance } from './exportSuites.js';
import { fromFolder, graphPredictions } from './graphModelFolder.js';
import { loadOnnxRuntime, onnxProgram } from './onnxRuntime.js';
import { randomiseDeep } from './randomise.js';

const runtime = await loadOnnxRuntime();
let folder: string;

beforeAll(async () => {
  await useEngine('auto');
  folder = await mkdtemp(join(tmpdir(), 'lulc-zoo-'));
});
afterAll(() => rm(folder, { recursive: true }));

it.each(slowModels())('%s gives the same in other programs', async (name) => {
  const model = await createModel(name, { seed: 1 });
  const inputs = inputsOf(model, 2);
  await randomiseDeep(model, 2, inputs);
  const [expected] = predictions(model, inputs);
  expect(spread(expected), 'the samples differ').toBeGreaterThan(10 * tolerance);
  if (runtime !== undefined) {
    const program = await onnxProgram(runtime, await exportOnnx(model, { layout: 'nchw' }));
    const got = await program.run({ image: channelsFirst(inputs[0]) });
    expect(largestDifference(got.probabilities, expected), 'ONNX Runtime').toBeLessThan(tolerance);
  }
  await saveGraphModel(model, folder);
  const graph = await loadGraphModel(fromFolder(folder));
  const [fromGraph] = graphPredictions(graph, model, inputs);
  expect(largestDifference(fromGraph, expected), 'graph model').toBeLessThan(tolerance);
  graph.dispose();
  model.dispose();
});
