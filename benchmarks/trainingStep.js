import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { benchNetwork, trainingSubject } from '../packages/cli/dist/bench-subjects.js';

// One TensorFlow.js for the library and for this script: the one the workspace has.
const require = createRequire(import.meta.url);
export const tf = (await import(pathToFileURL(require.resolve('@tensorflow/tfjs-core')).href)).default;

/**
 * Training steps of a network of `lulc bench` on the active engine: the same that the command measures.
 *
 * @param name a network of `lulc bench --models`
 * @param options height and width in pixels (default: the network's own), images per step
 */
export async function prepare(name, { size, batch = 16 } = {}) {
  const network = await benchNetwork(name);
  return { batch, ...trainingSubject(network, size ?? network.size, batch) };
}
