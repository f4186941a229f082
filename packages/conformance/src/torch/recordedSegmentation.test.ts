import { conv2d, feature, image, pipe, relu, weightArrays } from '@lulc/core';
import {
  denseNetwork,
  evaluateSegmenter,
  predictProbabilities,
  type SegmentationLossSpec,
  segmenter,
  trainSegmenter,
} from '@lulc/core/segmentation';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTorch } from './available.js';
import { simulatedMasks } from './simulatedMasks.js';

const torch = await loadTorch();

const size = 12;
const classes = ['a', 'b', 'c'];
const source = simulatedMasks({ size, classes });
const bands = source.info.bands.length;

function network() {
  const input = image({ shape: [size, size, bands], seed: 1 });
  const output = pipe(conv2d({ filters: 8, kernelSize: 3, stride: 2 }), relu())(input);
  return segmenter(denseNetwork({ name: 'small', input, output, features: [feature(output, 2)] }), {
    classes: classes.length,
    dropout: 0.2,
  });
}

async function trained(loss: SegmentationLossSpec, capture: 'auto' | 'off') {
  const model = network();
  const result = await trainSegmenter({ model, train: source, epochs: 1, learningRate: 0.01, loss, capture });
  const weights = await weightArrays(model);
  const report = await evaluateSegmenter(model, source, { loss });
  model.dispose();
  return { weights, report, loss: result.history[0].trainLoss, states: result.capture.map(({ state }) => state) };
}

const losses: readonly SegmentationLossSpec[] = [
  { name: 'dice-ce', classWeights: [1, 2, 0.5], labelSmoothing: 0.1 },
  { name: 'focal' },
  { name: 'dice', batch: false, ignoreBackground: true },
];

describe.skipIf('missing' in torch)('segmentation on the torch engine', () => {
  beforeAll(() => tf.setBackend('torch'));

  it.each(losses)('%o: recorded steps train as others do', async (loss) => {
    const [recorded, plain] = [await trained(loss, 'auto'), await trained(loss, 'off')];
    expect(recorded.states).toEqual(['replaying', 'replaying']);
    expect(Math.abs(recorded.loss - plain.loss)).toBeLessThan(1e-5);
    for (const [path, { data }] of plain.weights) {
      const got = recorded.weights.get(path)?.data ?? [];
      for (const [i, value] of data.entries()) expect(Math.abs(got[i] - value)).toBeLessThan(1e-4);
    }
    expect(Math.abs(recorded.report.loss - plain.report.loss)).toBeLessThan(1e-4);
    expect(recorded.report.metrics).toMatchObject({ images: 27, pixels: 2765, ignored: 1123 });
  });

  it('slides over an image as the cpu engine does', async () => {
    const scene = {
      data: Float32Array.from({ length: 40 * 30 * bands }, (_, i) => Math.sin(i * 0.7)),
      shape: [40, 30, bands],
    } as const;
    const options = { image: scene, batchSize: 2, mirror: ['vertical'] } as const;
    const onTorch = await predictProbabilities({ ...options, network: network() });
    await tf.setBackend('cpu');
    const onCpu = await predictProbabilities({ ...options, network: network() });
    await tf.setBackend('torch');
    onTorch.data.forEach((value, i) => {
      expect(Math.abs(value - onCpu.data[i])).toBeLessThan(1e-5);
    });
  });
});
