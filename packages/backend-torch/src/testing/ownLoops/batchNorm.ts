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

/** What values below 0 are multiplied by behind a norm: without a ReLU, with one, and with one that leaks. */
const slopes = { '': 1, ' and ReLU': 0, ' and leaky ReLU': 0.01 };

const nameOf = (norm: string, slope: number): string => `${norm}${slope === 1 ? '' : 'Relu'}`;

function normalised(x: Values, mean: ArrayLike<number>, variance: ArrayLike<number>, slope: number): number[] {
  const channels = x.shape[3];
  const [gamma, beta] = [gammaOf(channels).values, betaOf(channels).values];
  return x.values.map((value, i) => {
    const c = i % channels;
    const y = ((value - mean[c]) / Math.sqrt(variance[c] + epsilon)) * gamma[c] + beta[c];
    return y < 0 ? y * slope : y;
  });
}

/** Each image of a batch by itself. */
function images({ shape, dtype, values }: Values): Values[] {
  const [batch, ...rest] = shape;
  const size = values.length / batch;
  const one = (_: unknown, i: number) => ({
    shape: [1, ...rest],
    dtype,
    values: values.slice(i * size, (i + 1) * size),
  });
  return Array.from({ length: batch }, one);
}

/** Batch normalisation in training. Far from 0, single precision itself holds fewer digits of what is left. */
function train(shape: Shape, slope: number, offset: number): LoopCase {
  const x = noise(shape, 1, 2, offset);
  const channels = shape[3];
  const { mean, variance } = momentsOf(x);
  const isEmpty = x.values.length === 0;
  return {
    kernel: `${nameOf('BatchNorm', slope)}Train`,
    inputs: [x, gammaOf(channels), betaOf(channels)],
    attributes: [epsilon, ...(slope === 1 ? [] : [slope])],
    wanted: [
      { shape, values: normalised(x, mean, variance, slope) },
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

/** Instance normalisation, whose other outputs are the mean and 1 / deviation of each image. */
function instance(shape: Shape, slope: number): LoopCase {
  const x = noise(shape, 1, 2, 0.5);
  const [batch, , , channels] = shape;
  const moments = images(x).map(momentsOf);
  const isEmpty = x.values.length === 0;
  const statistics = [
    moments.flatMap(({ mean }) => mean),
    moments.flatMap(({ variance }) => variance.map((value) => 1 / Math.sqrt(value + epsilon))),
  ];
  return {
    kernel: nameOf('InstanceNorm', slope),
    inputs: [x, gammaOf(channels), betaOf(channels)],
    attributes: [epsilon, ...(slope === 1 ? [] : [slope])],
    wanted: [
      { shape, values: images(x).flatMap((one, i) => normalised(one, moments[i].mean, moments[i].variance, slope)) },
      ...(isEmpty ? [] : statistics.map((values) => ({ shape: [batch, 1, 1, channels], values }))),
    ],
  };
}

/** Gradients by the closed form, for the statistics that are given. */
interface Gradients {
  readonly dx: readonly number[];
  readonly dgamma: readonly number[];
  readonly dbeta: readonly number[];
}

/** Where a ReLU opens or not by rounding, no gradient comes in. */
function awayFromZero(incoming: Values, y: readonly number[]): Values {
  return { ...incoming, values: incoming.values.map((g, i) => (Math.abs(y[i]) < 1e-4 ? 0 : g)) };
}

function gradientsOf(dy: Values, x: Values, mean: Values, variance: Values, slope: number): Gradients {
  const channels = x.shape[3];
  const gamma = gammaOf(channels);
  const y = normalised(x, mean.values, variance.values, 1);
  const g = dy.values.map((value, i) => (y[i] <= 0 ? value * slope : value));
  const r = variance.values.map((value) => 1 / Math.sqrt(value + epsilon));
  const normal = x.values.map((value, i) => (value - mean.values[i % channels]) * r[i % channels]);
  const dgamma = sumByChannel(g.length, channels, (i) => g[i] * normal[i]);
  const dbeta = sumByChannel(g.length, channels, (i) => g[i]);
  const rows = x.values.length / channels;
  const dx = g.map((value, i) => {
    const c = i % channels;
    return gamma.values[c] * r[c] * (value - dbeta[c] / rows - (normal[i] * dgamma[c]) / rows);
  });
  return { dx, dgamma, dbeta };
}

const vector = (values: readonly number[]): Values => ({
  shape: [values.length],
  dtype: 'float32',
  values: values.map(Math.fround),
});

/** A single row has no gradient but rounding, and nor has its gamma; the sums of many rows nearly cancel. */
const gradientTolerance = (rows: number) =>
  rows === 1 ? [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1e-5] : [2e-5, 1e-4, 1e-4];

function gradient(shape: Shape, slope: number): LoopCase {
  const channels = shape[3];
  const x = noise(shape, 1, 2, 0.5);
  const isEmpty = x.values.length === 0;
  const moments = momentsOf(x);
  const mean = isEmpty ? noise([channels], 8) : vector(moments.mean);
  const variance = isEmpty ? positive(channels, 9) : vector(moments.variance);
  const dy = awayFromZero(noise(shape, 5), normalised(x, mean.values, variance.values, 1));
  const { dx, dgamma, dbeta } = gradientsOf(dy, x, mean, variance, slope);
  return {
    kernel: `${nameOf('BatchNorm', slope)}TrainGrad`,
    inputs: [dy, x, gammaOf(channels), mean, variance, ...(slope === 1 ? [] : [betaOf(channels)])],
    attributes: [epsilon, ...(slope === 1 ? [] : [slope])],
    wanted: [
      { shape, values: dx },
      { shape: [channels], values: dgamma },
      { shape: [channels], values: dbeta },
    ],
    tolerance: gradientTolerance(x.values.length / channels),
  };
}

function instanceGradient(shape: Shape, slope: number): LoopCase {
  const [batch, , , channels] = shape;
  const x = noise(shape, 1, 2, 0.5);
  const isEmpty = x.values.length === 0;
  const moments = images(x).map((one) => {
    const { mean, variance } = momentsOf(one);
    return isEmpty
      ? { mean: noise([channels], 8), variance: positive(channels, 9) }
      : { mean: vector(mean), variance: vector(variance) };
  });
  const y = images(x).flatMap((one, i) => normalised(one, moments[i].mean.values, moments[i].variance.values, 1));
  const dy = awayFromZero(noise(shape, 5), y);
  const found = images(dy).map((one, i) => gradientsOf(one, images(x)[i], moments[i].mean, moments[i].variance, slope));
  const inverse = moments.flatMap(({ variance }) => variance.values.map((value) => 1 / Math.sqrt(value + epsilon)));
  const statistic = (values: readonly number[]): Values => ({ ...vector(values), shape: [batch, 1, 1, channels] });
  const total = (lists: readonly (readonly number[])[]) =>
    Array.from({ length: channels }, (_, c) => lists.reduce((sum, list) => sum + list[c], 0));
  return {
    kernel: `${nameOf('InstanceNorm', slope)}Grad`,
    inputs: [
      dy,
      x,
      gammaOf(channels),
      statistic(moments.flatMap(({ mean }) => mean.values)),
      statistic(inverse),
      ...(slope === 1 ? [] : [betaOf(channels)]),
    ],
    attributes: slope === 1 ? [] : [slope],
    wanted: [
      { shape, values: found.flatMap(({ dx }) => dx) },
      { shape: [channels], values: total(found.map(({ dgamma }) => dgamma)) },
      { shape: [channels], values: total(found.map(({ dbeta }) => dbeta)) },
    ],
    tolerance: gradientTolerance(x.values.length / channels / batch),
  };
}

/** Fixed statistics, then perhaps a ReLU. */
function fixed(shape: Shape, slope: number): LoopCase {
  const channels = shape[3];
  const x = noise(shape, 1);
  const [mean, variance] = [noise([channels], 8), positive(channels, 9)];
  return {
    kernel: 'BatchNormRelu',
    inputs: [x, mean, variance, betaOf(channels), gammaOf(channels)],
    attributes: [epsilon, slope],
    wanted: [{ shape, values: normalised(x, mean.values, variance.values, slope) }],
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

/**
 * Batch and instance normalisation in training, their gradients, and batch norm with fixed statistics, each without a ReLU, with
 * one and with a leaky one.
 */
export const batchNormCases: LoopCases = {
  ...Object.assign(
    {},
    ...Object.entries(slopes).flatMap(([after, slope]) => [
      overSizes(`batch norm${after} in training`, (shape) => train(shape, slope, 0)),
      overSizes(`gradient of batch norm${after}`, (shape) => gradient(shape, slope)),
      overSizes(`instance norm${after}`, (shape) => instance(shape, slope)),
      overSizes(`gradient of instance norm${after}`, (shape) => instanceGradient(shape, slope)),
      overSizes(`fixed batch norm${after}`, (shape) => fixed(shape, slope)),
    ]),
  ),
  ...overSizes('batch norm far from 0', (shape) => train(shape, 1, 1e4)),
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
