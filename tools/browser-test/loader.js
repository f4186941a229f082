/** The least that a web page needs to use a trained model; its bundle must still know every layer of the library. */
import { loadModel, useEngine } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';

globalThis.runTest = async (address, values, shape) => {
  await useEngine('wasm', { wasmPaths: '/wasm/' });
  const model = await loadModel(address);
  return Array.from(await model.predict(tf.tensor(values, shape)).data());
};
