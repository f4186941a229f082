import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveGraphModel } from '@lulc/core';
import { exportOnnx } from '@lulc/core/onnx';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channelsFirst, inputsOf, largestDifference, predictions, spread } from './compare.js';
import { fromFolder, graphPredictions } from './graphModelFolder.js';
import { loadOnnxRuntime, onnxProgram, type Values } from './onnxRuntime.js';
import { randomise } from './randomise.js';

/** How far outputs may be apart. */
export const tolerance = 1e-4;

/** Networks by the names of their tests. */
type Networks = Readonly<Record<string, () => LayersModel>>;

const runtime = await loadOnnxRuntime();
const batches = [1, 3] as const;

function expectSame(got: Values, expected: Values, what: string): void {
  expect(spread(expected), `${what}: the samples differ`).toBeGreaterThan(10 * tolerance);
  expect(largestDifference(got, expected), what).toBeLessThan(tolerance);
}

/** Declares the tests of ONNX files in both layouts and for several batch sizes, in ONNX Runtime. */
export function onnxSuite(networks: Networks): void {
  describe.skipIf(runtime === undefined)('in ONNX Runtime', () => {
    it.each(Object.entries(networks))('%s gives what the model gives', async (_, build) => {
      const model = build();
      await randomise(model, 3);
      for (const layout of ['nhwc', 'nchw'] as const) {
        const program = await onnxProgram(runtime!, await exportOnnx(model, { layout }));
        expect(program.inputNames).toEqual(model.inputs.map(({ sourceLayer }) => sourceLayer.name));
        const arranged = (values: Values) => (layout === 'nhwc' ? values : channelsFirst(values));
        for (const batch of batches) {
          const inputs = inputsOf(model, batch);
          const feeds = inputs.map((input, i): [string, Values] => [program.inputNames[i], arranged(input)]);
          const got = await program.run(Object.fromEntries(feeds));
          const expected = predictions(model, inputs);
          for (const [i, name] of program.outputNames.entries()) {
            expectSame(got[name], arranged(expected[i]), `${layout}, batch ${batch}, ${name}`);
          }
        }
      }
      model.dispose();
    });
  });
}

/** Declares the tests of graph models for several batch sizes, in TensorFlow.js. */
export function graphModelSuite(networks: Networks): void {
  describe('loaded by loadGraphModel', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'lulc-graph-'));
    });
    afterAll(() => rm(folder, { recursive: true }));

    it.each(Object.entries(networks))('%s gives what the model gives', async (_, build) => {
      const model = build();
      await randomise(model, 3);
      expect((await saveGraphModel(model, folder)).format).toBe('graph');
      const graph = await loadGraphModel(fromFolder(folder));
      expect(graph.inputs.map(({ name }) => name)).toEqual(model.inputs.map(({ sourceLayer }) => sourceLayer.name));
      for (const batch of batches) {
        const inputs = inputsOf(model, batch);
        const got = graphPredictions(graph, model, inputs);
        const expected = predictions(model, inputs);
        expect(got.length).toBe(expected.length);
        for (const [i, values] of expected.entries()) expectSame(got[i], values, `batch ${batch}, output ${i}`);
      }
      graph.dispose();
      model.dispose();
    });
  });
}
