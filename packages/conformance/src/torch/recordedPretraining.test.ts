import {
  byol,
  denseCL,
  embeddingEarth,
  glcNet,
  inpainting,
  jigsaw,
  moCoV2,
  type PretrainingMethod,
  pretrain,
  simClr,
  vicRegL,
} from '@lulc/contrastive-ssl';
import { batchNorm, conv2d, feature, image, pipe, random, relu, weightArrays } from '@lulc/core';
import { deepLabV3Plus, denseNetwork } from '@lulc/core/segmentation';
import type { ViewSource } from '@lulc/core/views';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTorch } from './available.js';

const torch = await loadTorch();

const steps = 9;
const size = 16;

/** Simulated views: crops of noise, the second mirrored; other ones in every step, some without common ground. */
const source: ViewSource = {
  info: {
    name: 'simulated',
    split: 'train',
    bands: ['B04', 'B03', 'B02'],
    imageSize: [24, 24],
    groundSamplingDistance: undefined,
    scaling: undefined,
    simulated: true,
    licence: 'none',
    citation: 'none',
  },
  length: 4 * steps,
  batchSize: 4,
  seed: 1,
  stepsPerEpoch: steps,
  async *epoch(epoch, fromStep = 0) {
    for (let step = fromStep; step < steps; step++) {
      const { normal, next } = random(1, epoch, step);
      const view = (mirror: 1 | -1) => ({
        images: Float32Array.from({ length: 4 * size * size * 3 }, normal),
        imageShape: [4, size, size, 3] as const,
        affines: Float64Array.from(
          [0, 1, 2, 3].flatMap((row) => [
            mirror,
            0,
            (mirror < 0 ? size : 0) + next() * (row === 3 ? 40 : 6),
            0,
            1,
            6 * next(),
          ]),
        ),
      });
      yield { epoch, indices: [0, 1, 2, 3].map((row) => 4 * step + row), views: [view(1), view(-1)] };
    }
  },
  close: async () => {},
};

function network() {
  const input = image({ shape: [size, size, 3], seed: 1 });
  const fine = pipe<4>(conv2d({ name: 'conv1', filters: 6, kernelSize: 3, stride: 2 }), batchNorm(), relu())(input);
  const output = pipe<4>(conv2d({ name: 'conv2', filters: 8, kernelSize: 3, stride: 2 }), batchNorm(), relu())(fine);
  const features = [feature(fine, 2), feature(output, 4)];
  return denseNetwork(
    { name: 'tiny', input, output, features },
    deepLabV3Plus({ width: 8, rates: [1, 2], lowLevelStride: 2, encodedDropout: 0.3 }),
  );
}

async function trained(method: PretrainingMethod, capture: 'auto' | 'off') {
  const options = { learningRate: 0.01, optimizer: 'adam', epochs: 1, seed: 3 } as const;
  const { capture: states, model, history } = await pretrain({ method, network, train: source, capture, ...options });
  const weights = await weightArrays(model);
  model.dispose();
  return { weights, loss: history[0].trainLoss, states: states.map(({ state }) => state) };
}

describe.skipIf('missing' in torch)('pre-training on the torch engine', () => {
  beforeAll(() => tf.setBackend('torch'));

  const heads = { globalHead: [8, 4], localHead: [6, 4], denseChannels: 5, regions: 3, regionSize: 0.25 } as const;
  const queue = { projection: [8, 4], queue: 16, momentum: 0.9 } as const;
  it.each([
    ['glcnet', glcNet(heads)],
    ['glcnet as published', glcNet({ ...heads, variant: 'reference' })],
    ['embedding earth', embeddingEarth({ pixels: 12, projection: 4 })],
    ['simclr', simClr({ head: [8, 4] })],
    ['moco v2', moCoV2(queue)],
    ['moco v2 with moving statistics', moCoV2({ ...queue, statistics: 'moving' })],
    ['byol', byol({ projection: [8, 4], predictor: [8], momentum: 0.9, ramp: 6 })],
    ['densecl', denseCL({ ...queue, map: 'decoded', grid: 3, warmup: 4 })],
    ['vicregl', vicRegL({ expander: [8, 8], mapExpander: [8, 8], matches: 5 })],
    ['inpainting', inpainting({ holes: 3, holeSize: 3, width: 4 })],
    ['jigsaw', jigsaw({ permutations: 5, features: 8, hidden: 16 })],
  ])('%s: recorded steps train as others do', async (_, method) => {
    const [recorded, plain] = [await trained(method, 'auto'), await trained(method, 'off')];
    expect(recorded.states).toEqual(['replaying', 'replaying']);
    expect(plain.states).toEqual([]);
    expect(recorded.loss).toBeCloseTo(plain.loss, 4);
    for (const [path, { data }] of plain.weights) {
      const got = recorded.weights.get(path)?.data ?? [];
      for (const [i, value] of data.entries()) expect(Math.abs(got[i] - value)).toBeLessThan(1e-3);
    }
  });
});
