/** Run in a process of its own: loads the engine, multiplies two matrices, and says so in one line of JSON. */
import * as tf from '@tensorflow/tfjs-core';
import { registerTorchBackend } from '../registerTorchBackend.js';

const { device, version } = await registerTorchBackend();
await tf.setBackend('torch');
const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6], [2, 1])).dataSync();
console.log(JSON.stringify({ product: [...product], device, version }));
