import { expect, it } from 'vitest';
import type { NodeOf } from '../../export/graph.js';
import { GraphBuilder } from '../../export/graphBuilder.js';
import { channelScales, quantizePerChannel } from '../../model/quantize.js';
import { correctBiases } from './correctBiases.js';
import { integerSteps, type WeightedStep } from './integerSteps.js';

const g = new GraphBuilder('layer');
const image: NodeOf<'input'> = { op: 'input', name: 'image', shape: [null, 2, 2, 3], inputs: [] };
const flat: NodeOf<'input'> = { op: 'input', name: 'flat', shape: [null, 3], inputs: [] };
const line = (count: number, seed: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(seed + 1.7 * i));
const pointwise = { strides: [1, 1], padding: 'valid' } as const;

/** Mean of each channel of a step far from the margin, from the means of what it reads. */
function meansOf(
  kernel: Float32Array,
  bias: Float32Array | undefined,
  means: readonly number[],
  depthwise: boolean,
  channels: number,
): number[] {
  return Array.from({ length: channels }, (_, c) => {
    const multiplier = channels / means.length;
    const taps = Array.from({ length: kernel.length / channels }, (_, row) => kernel[row * channels + c]);
    const products = taps.map((weight, row) => weight * means[depthwise ? Math.floor(c / multiplier) : row]);
    return products.reduce((sum, value) => sum + value, bias?.[c] ?? 0);
  });
}

const bias = g.constant([4], line(4, 9));
it.each<[string, WeightedStep, boolean]>([
  [
    'a convolution',
    g.convolution(image, g.constant([1, 1, 3, 4], line(12, 1)), bias, pointwise) as WeightedStep,
    false,
  ],
  [
    'one without bias',
    g.convolution(image, g.constant([1, 1, 3, 4], line(12, 2)), undefined, pointwise) as WeightedStep,
    false,
  ],
  [
    'a depthwise one',
    g.convolution(image, g.constant([1, 2, 3, 2], line(12, 3)), g.constant([6], line(6, 4)), {
      ...pointwise,
      depthwise: true,
    }) as WeightedStep,
    true,
  ],
  ['a dense step', g.dense(flat, g.constant([3, 4], line(12, 5)), bias) as WeightedStep, false],
])('means of channels stay as they were with a rounded kernel: %s', (_, step, depthwise) => {
  const means = [0.4, -1.3, 2.1];
  const { ends, originOf } = correctBiases([step], integerSteps([step], []), new Map([[step.inputs[0], means]]), 7);
  const [[, , corrected], [, kernel, before]] = [ends[0].inputs, step.inputs] as NodeOf<'constant'>[][];
  const channels = step.shape[step.shape.length - 1] as number;
  const shape = [kernel.data.length / channels, channels];
  const { quanta, scales } = quantizePerChannel(kernel.data, shape, 1, channelScales(kernel.data, shape, 1, 63));
  const rounded = Float32Array.from(quanta, (quantum, i) => quantum * scales[i % channels]);
  const wanted = meansOf(kernel.data, before?.data, means, depthwise, channels);
  const got = meansOf(rounded, corrected.data, means, depthwise, channels);
  const uncorrected = meansOf(rounded, before?.data, means, depthwise, channels);
  for (const [c, mean] of wanted.entries()) expect(got[c]).toBeCloseTo(mean, 5);
  expect(Math.max(...wanted.map((mean, c) => Math.abs(mean - uncorrected[c])))).toBeGreaterThan(1e-3);
  expect(originOf(ends[0])).toBe(step);
});
