/**
 * Ends the process in the middle of work. Argument: how.
 *
 * - `exit`: `process.exit(3)` while reads are pending and tensors are alive
 * - `throw`: an exception that nobody catches
 * - `end`: the program comes to its end with tensors alive
 * - `worker`: `process.exit(3)` while a worker computes
 */
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { registerTorchBackend } from '@lulc/backend-torch';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { rawBackend } from './engine.js';

async function main(): Promise<void> {
  await registerTorchBackend();
  await tf.setBackend('torch');
  if (!isMainThread) {
    parentPort?.postMessage('started');
    for (;;) tf.tidy(() => void tf.matMul(tf.ones([300, 300]), tf.ones([300, 300])).dataSync());
  }
  const kept = Array.from({ length: 20 }, (_, i) => tf.fill([500, 500], i));
  const work = tf.matMul(kept[0] as tf.Tensor2D, kept[1] as tf.Tensor2D);
  const pending = kept.map((tensor) => rawBackend().addon.readAsync(rawBackend().data(tensor.dataId).handle));
  void work.data();
  const how = process.argv[2];
  if (how === 'exit') process.exit(3);
  if (how === 'throw') throw new Error('on purpose');
  if (how === 'worker') {
    await new Promise((done) => new Worker(__filename).once('message', done));
    process.exit(3);
  }
  await Promise.all(pending);
}

process.on('unhandledRejection', (error) => {
  throw error;
});
void main();
