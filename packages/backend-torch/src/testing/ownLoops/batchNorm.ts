import type { Values } from '../againstCpu.js';
import { type LoopCase, type LoopCases, noise, overSizes, sumByChannel } from './case.js';

const epsilon = 1e-3;
type Shape = readonly [number, number, number, number];

/** Parameters by channel: scales of both signs, offsets around 0. */
const gammaOf = (channels: number) => noise([channels], 3, 1.5);
const betaOf = (channels: number) => noise([channels], 4, 1);
const positive = (channels: number, seed: number): Values => noise([channels], seed, 0.5, 1);

function momentsOf({ values, shape }: Values): { mean: number[]; variance: number[] } {
  const channels = shape[shape.length - 1];
  const rows = values.length / channels;
  const mean = sumByChannel(values.length, channels, (i) => values[i]).map((sum) => sum / rows);
  const variance = sumByChannel(values.length, channels, (i, c) => (values[i] - mean[c]) ** 2);
  return { mean, variance: variance.map((sum) => sum / rows) };
}

function normalised(x: Values, mean: ArrayLike<number>, variance: ArrayLike<number>, relu: boolean): number[] {
  const channels = x.shape[3];
  const [gamma, beta] = [gammaOf(channels).values, betaOf(channels).values];
  return x.values.map((value, i) => {
    const c = i % channels;
    const y = ((value - mean[c]) / Math.sqrt(variance[c] + epsilon)) * gamma[c] + beta[c];
    return relu ? Math.max(0, y) : y;
  });
}

/** Batch normalisation in training. Far from 0, single precision itself holds fewer digits of what is left. */
function train(shape: Shape, relu: boolean, offset: number): LoopCase {
  const x = noise(shape, 1, 2, offset);
  const channels = shape[3];
  const { mean, variance } = momentsOf(x);
  const isEmpty = x.values.length === 0;
  return {
    kernel: relu ? 'BatchNormReluTrain' : 'BatchNormTrain',
    inputs: [x, gammaOf(channels), betaOf(channels)],
    attributes: [epsilon],
    wanted: [
      { shape, values: normalised(x, mean, variance, relu) },
      // The mean of nothing is whatever it is.
      ...(isEmpty
        ? []
        : [
            { shape: [channels], values: mean },
            { shape: [channels], values: variance },
          ]),
    ],
    // A single row has no deviation: its rounding is divided by the root of epsilon.
    tolerance: offset === 0 ? 1e-5 : [x.values.length === channels ? 0.05 : 2e-3, 5e-7, 5e-4],
  };
}

/** Its gradient by the closed form, for the statistics that it is given. */
function gradient(shape: Shape, relu: boolean): LoopCase {
  const channels = shape[3];
  const x = noise(shape, 1, 2, 0.5);
  const [gamma, beta] = [gammaOf(channels), betaOf(channels)];
  const isEmpty = x.values.length === 0;
  const moments = momentsOf(x);
  const asInput = (values: readonly number[], otherwise: Values): Values =>
    isEmpty ? otherwise : { shape: [channels], dtype: 'float32', values: values.map(Math.fround) };
  const mean = asInput(moments.mean, noise([channels], 8));
  const variance = asInput(moments.variance, positive(channels, 9));
  const y = normalised(x, mean.values, variance.values, false);
  const incoming = noise(shape, 5);
  // Where the ReLU opens or not by rounding, no gradient comes in.
  const dy: Values = { ...incoming, values: incoming.values.map((g, i) => (Math.abs(y[i]) < 1e-4 ? 0 : g)) };
  const g = dy.values.map((value, i) => (relu && y[i] <= 0 ? 0 : value));
  const r = variance.values.map((value) => 1 / Math.sqrt(value + epsilon));
  const normal = x.values.map((value, i) => (value - mean.values[i % channels]) * r[i % channels]);
  const dgamma = sumByChannel(g.length, channels, (i) => g[i] * normal[i]);
  const dbeta = sumByChannel(g.length, channels, (i) => g[i]);
  const rows = x.values.length / channels;
  const dx = g.map((value, i) => {
    const c = i % channels;
    return gamma.values[c] * r[c] * (value - dbeta[c] / rows - (normal[i] * dgamma[c]) / rows);
  });
  return {
    kernel: relu ? 'BatchNormReluTrainGrad' : 'BatchNormTrainGrad',
    inputs: [dy, x, gamma, mean, variance, ...(relu ? [beta] : [])],
    attributes: [epsilon],
    wanted: [
      { shape, values: dx },
      { shape: [channels], values: dgamma },
      { shape: [channels], values: dbeta },
    ],
    // A single row has no gradient but rounding, and nor has its gamma; the sums of many rows nearly cancel.
    tolerance: rows === 1 ? [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1e-5] : [2e-5, 1e-4, 1e-4],
  };
}

/** Fixed statistics, then a ReLU. */
function fixed(shape: Shape): LoopCase {
  const channels = shape[3];
  const x = noise(shape, 1);
  const [mean, variance] = [noise([channels], 8), positive(channels, 9)];
  return {
    kernel: 'BatchNormRelu',
    inputs: [x, mean, variance, betaOf(channels), gammaOf(channels)],
    attributes: [epsilon],
    wanted: [{ shape, values: normalised(x, mean.values, variance.values, true) }],
  };
}

/** Fixed statistics that go into the filter and bias of the convolution before. */
function folded(channels: number, depthwise: boolean, hasBias: boolean): LoopCase {
  const shape = depthwise ? [3, 3, channels, 1] : [3, 3, 5, channels];
  const filter = noise(shape, 1);
  const bias = hasBias ? noise([channels], 2) : undefined;
  const [mean, variance, beta, gamma] = [
    noise([channels], 8),
    positive(channels, 9),
    betaOf(channels),
    gammaOf(channels),
  ];
  const scale = gamma.values.map((value, c) => value / Math.sqrt(variance.values[c] + epsilon));
  return {
    kernel: 'FoldBatchNorm',
    inputs: [filter, bias, mean, variance, beta, gamma],
    attributes: [epsilon, Number(depthwise)],
    wanted: [
      { shape, values: filter.values.map((value, i) => value * scale[i % channels]) },
      {
        shape: [channels],
        values: scale.map((value, c) => ((bias?.values[c] ?? 0) - mean.values[c]) * value + beta.values[c]),
      },
    ],
  };
}

/** Batch normalisation: in training with its gradient, with fixed statistics, each with and without a ReLU. */
export const batchNormCases: LoopCases = {
  ...overSizes('batch norm in training', (shape) => train(shape, false, 0)),
  ...overSizes('batch norm and ReLU in training', (shape) => train(shape, true, 0)),
  ...overSizes('batch norm far from 0', (shape) => train(shape, false, 1e4)),
  ...overSizes('gradient of batch norm', (shape) => gradient(shape, false)),
  ...overSizes('gradient of batch norm and ReLU', (shape) => gradient(shape, true)),
  ...overSizes('fixed batch norm and ReLU', fixed),
  ...Object.fromEntries(
    [1, 17, 56].flatMap((channels) =>
      [true, false].flatMap((depthwise) =>
        [true, false].map((hasBias) => [
          `batch norm into a ${depthwise ? 'depthwise' : 'dense'} filter of ${channels}${hasBias ? ' with a bias' : ''}`,
          () => folded(channels, depthwise, hasBias),
        ]),
      ),
    ),
  ),
};
