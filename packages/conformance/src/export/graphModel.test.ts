import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveGraphModel, useEngine } from '@lulc/core';
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inputsOf, largestDifference, predictions, spread } from './compare.js';
import type { Values } from './onnxRuntime.js';
import { randomise } from './randomise.js';
import { smallModels } from './smallModels.js';

const tolerance = 1e-4;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lulc-graph-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Files of a model in a folder, as a browser would fetch them. */
const fromFolder = (place: string): tf.io.IOHandler => ({
  load: async () => {
    const json = JSON.parse(await readFile(join(place, 'model.json'), 'utf8')) as tf.io.ModelJSON;
    return tf.io.getModelArtifactsForJSON(json, async (manifest) => {
      const paths = manifest.flatMap(({ paths }) => paths);
      const files = await Promise.all(paths.map((path) => readFile(join(place, path))));
      return [manifest.flatMap(({ weights }) => weights), new Uint8Array(Buffer.concat(files)).buffer];
    });
  },
});

function run(graph: GraphModel, model: LayersModel, inputs: readonly Values[]): Values[] {
  const named = inputs.map(({ data, shape }, i): [string, tf.Tensor] => [
    model.inputs[i].sourceLayer.name,
    tf.tensor(data, [...shape]),
  ]);
  return tf.tidy(() =>
    [graph.predict(Object.fromEntries(named)) as tf.Tensor | tf.Tensor[]]
      .flat()
      .map((tensor) => ({ shape: tensor.shape, data: tensor.dataSync<'float32'>() })),
  );
}

describe.each(['wasm'] as const)('loaded by loadGraphModel on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it.each(Object.entries(smallModels))('%s gives what the model gives', async (_, build) => {
    const model = build();
    await randomise(model, 3);
    const saved = await saveGraphModel(model, folder);
    expect(saved.format).toBe('graph');
    const graph = await loadGraphModel(fromFolder(folder));
    for (const batch of [1, 3]) {
      const inputs = inputsOf(model, batch);
      const got = run(graph, model, inputs);
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
});
