import { useEngine } from '@lulc/core';
import type { ViewBatch } from '@lulc/core/views';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { embeddingEarth } from '../embedding-earth/embeddingEarth.js';
import { glcNet } from '../glcnet/glcNet.js';
import { tinyNetwork } from '../testing/tinyViews.js';

const size = 2048;

it.each([
  ['pixels', embeddingEarth({ pixels: 256, projection: 8 })],
  ['regions', glcNet({ mode: 'no-global', localHead: [6, 4], denseChannels: 5, regions: 8 })],
])('contrasts %s of a pair of images of 2,048 by 2,048 pixels', async (_, method) => {
  await useEngine(process.env.LULC_ENGINE ? 'auto' : 'wasm');
  const view = (mirror: 1 | -1, phase: number) => ({
    images: Float32Array.from({ length: size * size }, (_, i) => Math.sin(phase + i * 0.37)),
    imageShape: [1, size, size, 1] as const,
    affines: Float64Array.of(mirror, 0, mirror < 0 ? size : 0, 0, 1, 0),
  });
  const batch: ViewBatch = { epoch: 0, indices: [0], views: [view(1, 0), view(-1, 1)] };
  const run = method.create({ network: () => tinyNetwork(size, 1), batchSize: 1, seed: 1 });
  const tensors = run.tensors(batch);
  const variables = run.weights.map(({ variable }) => variable);
  const { value, grads } = tf.variableGrads(() => run.loss(tensors), variables);
  expect(Number.isFinite(value.dataSync()[0])).toBe(true);
  for (const { name, variable } of run.weights) {
    const slopes = grads[variable.name].dataSync();
    expect([name, slopes.every(Number.isFinite) && slopes.some((slope) => slope !== 0)]).toEqual([name, true]);
  }
  // What is drawn is small beside the images: nothing grows with the square of the pixels.
  const drawn = tensors.slice(2).reduce((sum, tensor) => sum + tensor.size, 0);
  expect(drawn).toBeLessThan(size * size);
});
