import * as tf from '@tensorflow/tfjs-core';
import type { Generators, Reference } from '../case.js';
import { type Draw, sizeOf } from '../draw.js';

/** `x` as a matrix of its last axis. */
const flat = (x: tf.Tensor) => tf.reshape(x, [-1, x.shape[x.rank - 1]]);

/** Batch normalisation in training mode from TF.js' own differentiable ops. */
const normalised = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): tf.Tensor => {
  const axes = x.shape.slice(0, -1).map((_, i) => i);
  const { mean, variance } = tf.moments(x, axes);
  return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon))), gamma), beta);
};

/** The same of each image. */
const instanceNormalised = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): tf.Tensor => {
  const { mean, variance } = tf.moments(x, [1, 2], true);
  return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon))), gamma), beta);
};

const layerNormalised = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): tf.Tensor => {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon))), gamma), beta);
};

const attended = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, scale: number): tf.Tensor =>
  tf.matMul(shares(q, k, scale), v);

const shares = (q: tf.Tensor, k: tf.Tensor, scale: number): tf.Tensor =>
  tf.softmax(tf.mul(tf.matMul(q, k, false, true), scale));

/** Gradients by TF.js' tape. */
const gradients = (f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[], dy: tf.Tensor): tf.Tensor[] =>
  tf.grads(f)(inputs, dy);

/** An image batch with more positions than channels, and its parameters. */
function normCase(draw: Draw) {
  const shape = [draw.integer(4, 9), ...draw.list(draw.integer(0, 2), () => draw.integer(1, 5)), draw.integer(1, 20)];
  const channels = shape.slice(-1);
  const x = draw.floats(shape);
  const gamma = draw.floats(channels);
  return { shape, channels, x, gamma, attributes: { epsilon: draw.pick([1e-3, 0.1]) } };
}

/** Images of at least four pixels. */
function imagesCase(draw: Draw) {
  const shape = [draw.integer(1, 3), ...draw.list(2, () => draw.integer(2, 6)), draw.integer(1, 20)];
  const channels = shape.slice(-1);
  const [x, gamma] = [draw.floats(shape), draw.floats(channels)];
  return { shape, channels, x, gamma, attributes: { epsilon: draw.pick([1e-3, 0.1]) } };
}

/** Mean and variance over all axes but the last, in doubles. */
function statisticsOf(values: readonly number[], channels: number): { mean: number[]; variance: number[] } {
  const rows = values.length / channels;
  const over = (term: (value: number, c: number) => number) =>
    Array.from({ length: channels }, (_, c) => {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += term(values[row * channels + c], c);
      return sum / rows;
    });
  const mean = over((value) => value);
  return { mean, variance: over((value, c) => (value - mean[c]) ** 2) };
}

const vector = (values: readonly number[]) =>
  ({ dtype: 'float32', shape: [values.length], values: values.map(Math.fround) }) as const;

const adam: Reference = ({ weights, gradient, m, v, decay }, a) => {
  const l2 = a.decoupled === 1 ? 0 : a.weightDecay;
  const g = tf.add(gradient, tf.mul(tf.mul(weights, decay), l2));
  const nextM = tf.add(tf.mul(m, a.beta1), tf.mul(g, 1 - a.beta1));
  const nextV = tf.add(tf.mul(v, a.beta2), tf.mul(tf.square(g), 1 - a.beta2));
  const unbiased = (moment: tf.Tensor, beta: number) => tf.div(moment, 1 - beta ** a.step);
  const change = tf.div(unbiased(nextM, a.beta1), tf.add(tf.sqrt(unbiased(nextV, a.beta2)), a.epsilon));
  const shrink = a.decoupled === 1 ? a.learningRate * a.weightDecay : 0;
  const kept = tf.sub(weights, tf.mul(tf.mul(weights, decay), shrink));
  return [tf.sub(kept, tf.mul(change, a.learningRate)), nextM, nextV];
};

const sgd: Reference = ({ weights, gradient, momentum, decay }, a) => {
  const g = tf.add(gradient, tf.mul(tf.mul(weights, decay), a.weightDecay));
  const velocity = tf.add(tf.mul(momentum, a.momentum), g);
  const direction = a.nesterov === 1 ? tf.add(g, tf.mul(velocity, a.momentum)) : velocity;
  return [tf.sub(weights, tf.mul(direction, a.learningRate)), velocity];
};

/** Query, key and value of an attention. */
function attentionCase(draw: Draw) {
  const [batch, heads, tokens, others, channels, outChannels] = draw.list(6, () => draw.integer(1, 5));
  return {
    q: draw.floats([batch, heads, tokens, channels]),
    k: draw.floats([batch, heads, others, channels]),
    v: draw.floats([batch, heads, others, outChannels]),
    dy: draw.floats([batch, heads, tokens, outChannels]),
    attributes: { scale: draw.uniform(0.1, 1) },
  };
}

/** In a vector of one or two numbers the largest may be what is left of two that nearly cancel. */
const cancelling = { absolute: 1e-6, reason: 'a moment and a gradient that nearly cancel' };

const swished = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.sigmoid(x));

const gelued = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.mul(tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1), 0.5));

/** An element-wise function of this library. */
function smooth(f: (x: tf.Tensor) => tf.Tensor): Generators[string] {
  return {
    measure: 'largest',
    make: (draw) => ({ inputs: { x: draw.floats(draw.shape(1, 4, { max: 7 })) } }),
    reference: ({ x }) => [f(x)],
  };
}

/** The gradient of such a function. */
function smoothGradient(f: (x: tf.Tensor) => tf.Tensor): Generators[string] {
  return {
    measure: 'largest',
    exception: cancelling,
    make: (draw) => {
      const shape = draw.shape(1, 4, { max: 7 });
      return { inputs: { dy: draw.floats(shape), x: draw.floats(shape) } };
    },
    reference: ({ dy, x }) => gradients(f, [x], dy),
  };
}

/** Kernels of this library that other engines compose of several. */
export const fused: Generators = {
  BatchNormTrain: {
    measure: 'largest',
    make: (draw) => {
      const { x, gamma, channels, attributes } = normCase(draw);
      return { inputs: { x, gamma, beta: draw.floats(channels) }, attributes };
    },
    reference: ({ x, gamma, beta }, { epsilon }) => {
      const { mean, variance } = tf.moments(flat(x), 0);
      return [normalised(x, gamma, beta, epsilon), mean, variance];
    },
  },
  BatchNormTrainGrad: {
    measure: 'largest',
    exception: { tolerance: 1e-4, reason: 'differences of sums that nearly cancel, divided by the deviation' },
    make: (draw) => {
      const { shape, x, gamma, channels, attributes } = normCase(draw);
      const { mean, variance } = statisticsOf(x.values as number[], channels[0]);
      return {
        inputs: { dy: draw.floats(shape), x, gamma, mean: vector(mean), variance: vector(variance) },
        attributes,
      };
    },
    reference: ({ dy, x, gamma }, { epsilon }) =>
      gradients((a, g, b) => normalised(a, g, b, epsilon), [x, gamma, tf.zerosLike(gamma)], dy),
  },
  ReluGrad: {
    measure: 'exact',
    make: (draw) => {
      const shape = draw.shape(1, 4, { max: 7 });
      return { inputs: { dy: draw.floats(shape), y: draw.floats(shape, { low: -1, high: 1, step: 0.5 }) } };
    },
    reference: ({ dy, y }) => [tf.where(tf.greater(y, 0), dy, tf.zerosLike(dy))],
  },
  LeakyReluGrad: {
    measure: 'exact',
    make: (draw) => {
      const shape = draw.shape(1, 4, { max: 7 });
      const inputs = { dy: draw.floats(shape), y: draw.floats(shape, { low: -1, high: 1, step: 0.5 }) };
      return { inputs, attributes: { slope: draw.pick([0, 0.01, 0.25, 1]) } };
    },
    reference: ({ dy, y }, { slope }) => [tf.where(tf.greater(y, 0), dy, tf.mul(dy, slope))],
  },
  InstanceNorm: {
    measure: 'largest',
    make: (draw) => {
      const { x, gamma, channels, attributes } = imagesCase(draw);
      return { inputs: { x, gamma, beta: draw.floats(channels) }, attributes };
    },
    reference: ({ x, gamma, beta }, { epsilon }) => {
      const { mean, variance } = tf.moments(x, [1, 2], true);
      return [instanceNormalised(x, gamma, beta, epsilon), mean, tf.rsqrt(tf.add(variance, epsilon))];
    },
  },
  InstanceNormGrad: {
    measure: 'largest',
    exception: { tolerance: 1e-4, reason: 'differences of sums that nearly cancel, divided by the deviation' },
    make: (draw) => {
      const { x, shape, gamma, channels, attributes } = imagesCase(draw);
      const values = x.values as number[];
      const perImage = values.length / shape[0];
      const statistics = Array.from({ length: shape[0] }, (_, i) =>
        statisticsOf(values.slice(i * perImage, (i + 1) * perImage), channels[0]),
      );
      const byImage = (of: readonly number[]) => ({ ...vector(of), shape: [shape[0], 1, 1, channels[0]] });
      const mean = byImage(statistics.flatMap((one) => one.mean));
      const deviations = statistics.flatMap(({ variance }) => variance.map((v) => Math.sqrt(v + attributes.epsilon)));
      const inverse = byImage(deviations.map((deviation) => 1 / deviation));
      return { inputs: { dy: draw.floats(shape), x, gamma, mean, inverse }, attributes };
    },
    reference: ({ dy, x, gamma }, { epsilon }) =>
      gradients((a, g, b) => instanceNormalised(a, g, b, epsilon), [x, gamma, tf.zerosLike(gamma)], dy),
  },
  Swish: smooth(swished),
  SwishGrad: smoothGradient(swished),
  Gelu: smooth(gelued),
  GeluGrad: smoothGradient(gelued),
  FusedAdamStep: {
    measure: 'largest',
    exception: cancelling,
    make: (draw) => {
      const size = [draw.integer(1, 70)];
      const [weights, gradient, m] = draw.list(3, () => draw.floats(size));
      const v = draw.floats(size, { low: 0.01 });
      return {
        inputs: { weights, gradient, m, v, decay: { ...draw.booleans(size), dtype: 'float32' } },
        attributes: {
          learningRate: draw.uniform(1e-4, 0.1),
          beta1: 0.9,
          beta2: draw.pick([0.99, 0.999]),
          epsilon: draw.pick([1e-7, 1e-3]),
          step: draw.integer(1, 100),
          weightDecay: draw.pick([0, 0.01]),
          decoupled: draw.integer(0, 1),
        },
      };
    },
    reference: adam,
  },
  FusedSgdStep: {
    measure: 'largest',
    exception: cancelling,
    make: (draw) => {
      const size = [draw.integer(1, 70)];
      const [weights, gradient, momentum] = draw.list(3, () => draw.floats(size));
      return {
        inputs: { weights, gradient, momentum, decay: { ...draw.booleans(size), dtype: 'float32' } },
        attributes: {
          learningRate: draw.uniform(1e-4, 0.1),
          momentum: draw.pick([0, 0.9]),
          nesterov: draw.integer(0, 1),
          weightDecay: draw.pick([0, 0.01]),
        },
      };
    },
    reference: sgd,
  },
  EmaStep: {
    measure: 'largest',
    make: (draw) => {
      const size = [draw.integer(1, 70)];
      return {
        inputs: { average: draw.floats(size), values: draw.floats(size) },
        attributes: { keep: draw.pick([0.9, 0.999]) },
      };
    },
    reference: ({ average, values }, { keep }) => [tf.add(tf.mul(average, keep), tf.mul(values, 1 - keep))],
  },
  SplitFlat: {
    measure: 'exact',
    make: (draw) => {
      const sizes = draw.list(draw.integer(1, 5), () => draw.integer(0, 6));
      const total = sizes.reduce((a, b) => a + b, 0);
      return {
        inputs: { flat: draw.floats([total]) },
        attributes: Object.fromEntries(sizes.map((size, i) => [`size${i}`, size])),
      };
    },
    reference: ({ flat: x }, sizes) => {
      let begin = 0;
      return Object.values(sizes).map((size) => {
        const part = tf.slice(x, [begin], [size]);
        begin += size;
        return part;
      });
    },
  },
  SigmoidCrossEntropy: {
    measure: 'largest',
    make: (draw) => {
      const shape = [draw.integer(1, 6), draw.integer(1, 6)];
      const inputs = { logits: draw.floats(shape), targets: draw.floats(shape, { low: 0, high: 1 }) };
      return {
        inputs: draw.chance() ? inputs : { ...inputs, weights: draw.floats(shape.slice(1), { low: 0 }) },
        attributes: { count: sizeOf(shape) },
      };
    },
    reference: ({ logits, targets, weights = tf.scalar(1) }, { count }) => {
      const loss = (z: tf.Tensor) => {
        const entropy = tf.sub(tf.add(tf.relu(z), tf.log1p(tf.exp(tf.neg(tf.abs(z))))), tf.mul(z, targets));
        return tf.div(tf.sum(tf.mul(entropy, weights)), count);
      };
      return [loss(logits), tf.div(tf.mul(tf.sub(tf.sigmoid(logits), targets), weights), count)];
    },
  },
  SoftmaxCrossEntropy: {
    measure: 'largest',
    make: (draw) => {
      const shape = [draw.integer(1, 6), draw.integer(1, 6)];
      return {
        inputs: { logits: draw.floats(shape), targets: draw.floats(shape, { low: 0, high: 1 }) },
        attributes: { count: shape[0] },
      };
    },
    reference: ({ logits, targets }, { count }) => {
      const loss = (z: tf.Tensor) => tf.div(tf.neg(tf.sum(tf.mul(tf.logSoftmax(z), targets))), count) as tf.Scalar;
      return [loss(logits), tf.grad(loss)(logits)];
    },
  },
  LayerNorm: {
    measure: 'largest',
    make: (draw) => {
      const shape = [...draw.shape(1, 3, { empty: false }), draw.integer(4, 20)];
      const channels = shape.slice(-1);
      return {
        inputs: { x: draw.floats(shape), gamma: draw.floats(channels), beta: draw.floats(channels) },
        attributes: { epsilon: draw.pick([1e-3, 0.1]) },
      };
    },
    reference: ({ x, gamma, beta }, { epsilon }) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return [layerNormalised(x, gamma, beta, epsilon), mean, tf.rsqrt(tf.add(variance, epsilon))];
    },
  },
  LayerNormGrad: {
    measure: 'largest',
    exception: { tolerance: 1e-4, reason: 'differences of sums that nearly cancel, divided by the deviation' },
    make: (draw) => {
      const shape = [...draw.shape(1, 3, { empty: false }), draw.integer(4, 20)];
      const [width] = shape.slice(-1);
      const x = draw.floats(shape);
      const rows = draw.list(sizeOf(shape) / width, (row) =>
        statisticsOf((x.values as number[]).slice(row * width, (row + 1) * width).map(Number), 1),
      );
      const perRow = (values: number[]) => ({ ...vector(values), shape: [...shape.slice(0, -1), 1] });
      return {
        inputs: {
          dy: draw.floats(shape),
          x,
          gamma: draw.floats([width]),
          mean: perRow(rows.map(({ mean }) => mean[0])),
          inverse: perRow(rows.map(({ variance }) => 1 / Math.sqrt(variance[0] + layerNormEpsilon))),
        },
      };
    },
    reference: ({ dy, x, gamma }) =>
      gradients((a, g, b) => layerNormalised(a, g, b, layerNormEpsilon), [x, gamma, tf.zerosLike(gamma)], dy),
  },
  Attention: {
    measure: 'largest',
    make: (draw) => {
      const { q, k, v, attributes } = attentionCase(draw);
      return { inputs: { q, k, v }, attributes };
    },
    reference: ({ q, k, v }, { scale }) => [attended(q, k, v, scale), shares(q, k, scale)],
  },
  AttentionGrad: {
    measure: 'largest',
    exception: { absolute: 1e-5, reason: 'products with differences of shares, which nearly cancel' },
    make: (draw) => {
      const { q, k, v, dy, attributes } = attentionCase(draw);
      const before = tf.getBackend();
      tf.engine().setBackend('cpu');
      const values = tf.tidy(() => {
        const [a, b] = [q, k].map(({ values: numbers, shape }) => tf.tensor(numbers as number[], [...shape]));
        return [...shares(a, b, attributes.scale).dataSync()];
      });
      tf.engine().setBackend(before);
      const shape = [...q.shape.slice(0, 3), k.shape[2]];
      return { inputs: { dy, q, k, v, shares: { dtype: 'float32', shape, values } }, attributes };
    },
    reference: ({ dy, q, k, v }, { scale }) => gradients((a, b, c) => attended(a, b, c, scale), [q, k, v], dy),
  },
};

/** The gradient kernel gets 1 / deviation, not epsilon. */
const layerNormEpsilon = 1e-3;
