import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Values } from './onnxRuntime.js';

/** Files of a model in a folder, as a browser would fetch them. */
export const fromFolder = (place: string): tf.io.IOHandler => ({
  load: async () => {
    const json = JSON.parse(await readFile(join(place, 'model.json'), 'utf8')) as tf.io.ModelJSON;
    return tf.io.getModelArtifactsForJSON(json, async (manifest) => {
      const paths = manifest.flatMap((group) => group.paths);
      const files = await Promise.all(paths.map((path) => readFile(join(place, path))));
      return [manifest.flatMap(({ weights }) => weights), new Uint8Array(Buffer.concat(files)).buffer];
    });
  },
});

/** What a graph model gives for the inputs of the model it was written from. */
export function graphPredictions(graph: GraphModel, model: LayersModel, inputs: readonly Values[]): Values[] {
  return tf.tidy(() => {
    const named = inputs.map(({ data, shape }, i): [string, tf.Tensor] => [
      model.inputs[i].sourceLayer.name,
      tf.tensor(data, [...shape]),
    ]);
    return [graph.predict(Object.fromEntries(named)) as tf.Tensor | tf.Tensor[]]
      .flat()
      .map((tensor) => ({ shape: tensor.shape, data: tensor.dataSync<'float32'>() }));
  });
}
