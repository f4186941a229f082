import { channelCounts, type LoopCase, type LoopCases, noise, overSizes, sumByChannel } from './case.js';

type Shape = readonly [number, number, number, number];

/** Lengths of vectors of weights. */
const lengths = [0, 1, 7, 130, 70_001];

function reluGradient(shape: Shape, slope: number): LoopCase {
  const [dy, y] = [noise(shape, 1), noise(shape, 2)];
  return {
    kernel: slope === 0 ? 'ReluGrad' : 'LeakyReluGrad',
    inputs: [dy, y],
    attributes: slope === 0 ? [] : [slope],
    wanted: [{ shape, values: dy.values.map((value, i) => (y.values[i] > 0 ? value : value * slope)) }],
    tolerance: 0,
  };
}

function addRelu(shape: Shape): LoopCase {
  const [a, b] = [noise(shape, 1), noise(shape, 2)];
  return {
    kernel: 'AddRelu',
    inputs: [a, b],
    wanted: [{ shape, values: a.values.map((value, i) => Math.max(0, Math.fround(value + b.values[i]))) }],
    tolerance: 0,
  };
}

/** An image scaled by a gate, and an image or another gate added. */
function scaleAdd([batch, height, width, channels]: Shape, isGate: boolean): LoopCase {
  const shape = [batch, height, width, channels];
  const gateShape = [batch, 1, 1, channels];
  const [x, gate, added] = [noise(shape, 1), noise(gateShape, 2), noise(isGate ? gateShape : shape, 3)];
  const perSample = height * width * channels;
  const gateAt = (i: number) => Math.floor(i / perSample) * channels + (i % channels);
  const values = x.values.map((value, i) => value * gate.values[gateAt(i)] + added.values[isGate ? gateAt(i) : i]);
  return { kernel: 'ScaleAdd', inputs: [x, gate, added], wanted: [{ shape, values }], tolerance: 1e-6 };
}

function productSum([batch, height, width, channels]: Shape): LoopCase {
  const shape = [batch, height, width, channels];
  const [a, b] = [noise(shape, 1), noise(shape, 2)];
  const perSample = height * width * channels;
  const values = Array.from({ length: batch }, (_, sample) =>
    sumByChannel(perSample, channels, (i) => a.values[sample * perSample + i] * b.values[sample * perSample + i]),
  ).flat();
  return { kernel: 'ProductSum', inputs: [a, b], wanted: [{ shape: [batch, channels], values }] };
}

/** The vectors of an update; every third weight does not decay. */
function vectors(length: number) {
  const of = (seed: number, spread: number, offset = 0) => noise([length], seed, spread, offset);
  const decay = { ...of(9, 1), values: Array.from({ length }, (_, i) => Number(i % 3 > 0)) };
  return { weights: of(1, 2), gradient: of(2, 1), first: of(3, 1), second: of(4, 0.5, 0.6), decay };
}

function adam(length: number, decoupled: boolean, weightDecay: number): LoopCase {
  const { weights, gradient, first, second, decay } = vectors(length);
  const [learningRate, beta1, beta2, epsilon, step] = [0.01, 0.9, 0.999, 1e-7, 5];
  const g = gradient.values.map(
    (value, i) => value + (decoupled ? 0 : weightDecay * decay.values[i] * weights.values[i]),
  );
  const m = first.values.map((value, i) => beta1 * value + (1 - beta1) * g[i]);
  const v = second.values.map((value, i) => beta2 * value + (1 - beta2) * g[i] ** 2);
  const next = weights.values.map((value, i) => {
    const change = m[i] / (1 - beta1 ** step) / (Math.sqrt(v[i] / (1 - beta2 ** step)) + epsilon);
    return value - learningRate * (change + (decoupled ? weightDecay * decay.values[i] * value : 0));
  });
  return {
    kernel: 'FusedAdamStep',
    inputs: [weights, gradient, first, second, decay],
    attributes: [learningRate, beta1, beta2, epsilon, step, weightDecay, Number(decoupled)],
    wanted: [next, m, v].map((values) => ({ shape: [length], values })),
    tolerance: 1e-6,
  };
}

function sgd(length: number, nesterov: boolean): LoopCase {
  const { weights, gradient, first, decay } = vectors(length);
  const [learningRate, momentum, weightDecay] = [0.1, 0.9, 0.01];
  const g = gradient.values.map((value, i) => value + weightDecay * decay.values[i] * weights.values[i]);
  const velocity = first.values.map((value, i) => momentum * value + g[i]);
  const next = weights.values.map(
    (value, i) => value - learningRate * (nesterov ? g[i] + momentum * velocity[i] : velocity[i]),
  );
  return {
    kernel: 'FusedSgdStep',
    inputs: [weights, gradient, first, decay],
    attributes: [learningRate, momentum, Number(nesterov), weightDecay],
    wanted: [next, velocity].map((values) => ({ shape: [length], values })),
    tolerance: 1e-6,
  };
}

function average(length: number): LoopCase {
  const [old, values] = [noise([length], 1), noise([length], 2)];
  return {
    kernel: 'EmaStep',
    inputs: [old, values],
    attributes: [0.99],
    wanted: [{ shape: [length], values: old.values.map((value, i) => 0.99 * value + 0.01 * values.values[i]) }],
    tolerance: 1e-6,
  };
}

function parts(sizes: readonly number[]): LoopCase {
  const flat = noise([sizes.reduce((sum, size) => sum + size, 0)], 1);
  let begin = 0;
  const wanted = sizes.map((size) => {
    begin += size;
    return { shape: [size], values: flat.values.slice(begin - size, begin) };
  });
  return { kernel: 'SplitFlat', inputs: [flat], attributes: [sizes.length, ...sizes], wanted, tolerance: 0 };
}

const forLengths = (name: string, make: (length: number) => LoopCase): LoopCases =>
  Object.fromEntries(lengths.map((length) => [`${name} of ${length}`, () => make(length)]));

/** What runs value by value, and sums over images. */
export const elementwiseCases: LoopCases = {
  ...overSizes('gradient of ReLU', (shape) => reluGradient(shape, 0)),
  ...overSizes('gradient of leaky ReLU', (shape) => reluGradient(shape, 0.25)),
  ...overSizes('sum and ReLU', addRelu),
  ...overSizes('gated image and an image', (shape) => scaleAdd(shape, false)),
  ...overSizes('gated image and a gate', (shape) => scaleAdd(shape, true)),
  ...overSizes('sums of a product', productSum),
  ...forLengths('Adam', (length) => adam(length, false, 0.01)),
  ...forLengths('AdamW', (length) => adam(length, true, 0.01)),
  ...forLengths('SGD', (length) => sgd(length, false)),
  ...forLengths('SGD of Nesterov', (length) => sgd(length, true)),
  ...forLengths('moving average', average),
  'parts of a vector': () => parts(channelCounts),
  'parts of nothing': () => parts([0, 0]),
};
