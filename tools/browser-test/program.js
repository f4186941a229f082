/**
 * What the browser test computes, the same in Node and in the page: a B0 with weights and images from a hash, so that
 * both sides have the same numbers without exchanging them.
 */
import { gradCam, loadWeights, random, useEngine, weightArrays } from '@lulc/core';
import { scaledWRN } from '@lulc/wrn-eca';
import * as tf from '@tensorflow/tfjs-core';

/** Starts the wasm engine. */
export async function startWasm(wasmPaths) {
  const engine = await useEngine('wasm', { wasmPaths });
  return engine.name;
}

/** B0 for 10 bands and 19 classes; every weight is set from its path. */
export async function hashFilledModel() {
  const model = scaledWRN({ preset: 'B0', bands: 10, classes: 19 });
  const arrays = await weightArrays(model);
  let number = 0;
  for (const [path, { shape, data }] of arrays) {
    const { next } = random(++number);
    const fanIn = shape.slice(0, -1).reduce((product, side) => product * side, 1);
    const centre = path.endsWith('gamma') || path.endsWith('moving_variance') ? 1 : 0;
    const spread = path.endsWith('kernel') ? Math.sqrt(3 / fanIn) : 0.2;
    for (let i = 0; i < data.length; i++) data[i] = centre + spread * (2 * next() - 1);
  }
  loadWeights(model, arrays);
  return model;
}

/** Probabilities `[2, 19]` and Grad-CAM maps for two images of the model's size. */
export async function predict(model) {
  const shape = [2, ...model.inputs[0].shape.slice(1)];
  const { normal } = random(99);
  const images = tf.tensor4d(
    Float32Array.from({ length: shape.reduce((product, side) => product * side, 1) }, normal),
    shape,
  );
  const probabilities = model.predict(images);
  const maps = gradCam(model, images);
  const result = { probabilities: Array.from(await probabilities.data()), maps: Array.from(await maps.data()) };
  tf.dispose([images, probabilities, maps]);
  return result;
}
