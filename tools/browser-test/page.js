/** The page of the browser test: builds, saves and loads a model and maps clouds with the built packages. */
import { loadModel, readCard, saveModel } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { cloudMap, hashFilledModel, predict, startWasm } from './program.js';

/** Saves the model to the user's download folder. */
globalThis.download = async () => {
  const model = await hashFilledModel();
  await saveModel(model, 'downloads://b0.safetensors');
  model.dispose();
};

globalThis.runTest = async () => {
  const engine = await startWasm('/wasm/');
  const model = await hashFilledModel();
  const tensors = tf.memory().numTensors;
  const built = await predict(model);
  const leaked = tf.memory().numTensors - tensors;

  const stored = {};
  for (const place of ['indexeddb://b0', 'indexeddb://b0.safetensors']) {
    await saveModel(model, place);
    const copy = await loadModel(place);
    stored[place] = { ...(await predict(copy)), card: readCard(copy) };
    copy.dispose();
  }
  return { engine, built, leaked, stored, card: readCard(model), clouds: await cloudMap() };
};
