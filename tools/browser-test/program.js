/**
 * What the browser test computes, the same in Node and in the page: a B0 and a cloud student with weights and images from a
 * hash, so that both sides have the same numbers without exchanging them.
 */
import { predictClouds, studentUnet } from '@lulc/cloud-unet-kd';
import { gradCam, imageScene, loadWeights, random, useEngine, weightArrays } from '@lulc/core';
import { scaledWRN } from '@lulc/wrn-eca';
import * as tf from '@tensorflow/tfjs-core';

/** Starts the wasm engine. */
export async function startWasm(wasmPaths) {
  const engine = await useEngine('wasm', { wasmPaths });
  return engine.name;
}

/** B0 for 10 bands and 19 classes; every weight is set from its path. */
export async function hashFilledModel() {
  return filled(scaledWRN({ preset: 'B0', bands: 10, classes: 19 }));
}

async function filled(model) {
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

/** The cloud map of a scene that is larger than the student's tiles and partly without data (probability -1). */
export async function cloudMap() {
  const model = await filled(studentUnet({ stages: 3, base: 4, inputSize: 32 }));
  const [height, width, bands] = [70, 50, 4];
  const { normal } = random(5);
  const data = Float32Array.from({ length: height * width * bands }, (_, i) =>
    i < 20 * width * bands ? 0 : 3000 + 900 * normal(),
  );
  const probabilities = [];
  const labels = [];
  const cover = await predictClouds(
    {
      scene: imageScene({ data, shape: [height, width, bands] }, { bands: ['B04', 'B03', 'B02', 'B08'], nodata: 0 }),
      networks: model,
      normalization: Array.from({ length: bands }, () => ({ scheme: 'image-z-score' })),
      mirror: ['horizontal', 'vertical'],
    },
    ({ probability, mask }) => {
      probabilities.push(...Array.from(probability, (p) => (Number.isNaN(p) ? -1 : p)));
      labels.push(...mask);
    },
  );
  model.dispose();
  return { probabilities, labels, cover };
}
