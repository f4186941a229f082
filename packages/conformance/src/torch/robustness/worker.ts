/**
 * Two engines at the same time, one of them in a worker thread, and a worker that is ended in the middle of its work.
 * Prints `done` when all results were right.
 */
import { writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { registerTorchBackend } from '@lulc/backend-torch';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { checkEngine, rawBackend } from './engine.js';

/** A chain of products and convolutions whose result is known: every step divides by what it multiplied with. */
function compute(scale: number, rounds: number): number {
  return tf.tidy(() => {
    let x: tf.Tensor = tf.fill([1, 24, 24, 8], scale);
    for (let i = 0; i < rounds; i++) {
      const y = tf.conv2d(x as tf.Tensor4D, tf.ones([1, 1, 8, 8]), 1, 'same');
      x = tf.div(tf.reshape(tf.matMul(tf.reshape(y, [576, 8]), tf.ones([8, 8])), x.shape), 64);
    }
    return tf.mean(x).dataSync()[0];
  });
}

function check(scale: number, rounds: number): void {
  const got = compute(scale, rounds);
  if (got !== scale) throw new Error(`${got} instead of ${scale}`);
}

const started = (worker: Worker) => new Promise((done) => worker.once('message', done));
const ended = (worker: Worker) =>
  new Promise<number>((done, failed) => {
    worker.once('error', failed);
    worker.once('exit', done);
  });

async function inWorker({ scale, rounds }: { scale: number; rounds: number }): Promise<void> {
  await registerTorchBackend();
  await tf.setBackend('torch');
  parentPort?.postMessage('started');
  for (let i = 0; i < rounds; i++) check(scale, 4);
}

async function inMain(): Promise<void> {
  await registerTorchBackend();
  await tf.setBackend('torch');
  const worker = (scale: number, rounds: number) => new Worker(__filename, { workerData: { scale, rounds } });

  // Several at once, while this thread computes, too.
  const workers = [worker(2, 60), worker(3, 60)];
  const endings = workers.map(ended);
  await Promise.all(workers.map(started));
  for (let i = 0; i < 60; i++) check(5, 4);
  const statuses = await Promise.all(endings);
  if (statuses.some((status) => status !== 0)) throw new Error(`workers ended with ${statuses}`);

  // One that never comes to an end by itself; its tensors must go with it.
  const { usedBytes } = rawBackend().addon.statistics();
  for (let i = 0; i < 3; i++) {
    const endless = worker(7, 1e9);
    await started(endless);
    check(11, 20);
    await endless.terminate();
    checkEngine();
  }
  const left = rawBackend().addon.statistics().usedBytes - usedBytes;
  if (left !== 0) throw new Error(`${left} bytes of ended workers are left`);

  // A second registration in this thread is the same engine.
  const backend = rawBackend();
  await registerTorchBackend();
  if (rawBackend() !== backend) throw new Error('a second registration made a second backend');
  checkEngine();
  writeSync(1, 'done\n');
}

(isMainThread ? inMain() : inWorker(workerData as { scale: number; rounds: number })).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
