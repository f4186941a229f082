import {
  ATTENTION,
  ATTENTION_GRAD,
  BATCH_NORM_TRAIN,
  BATCH_NORM_TRAIN_GRAD,
  DROPOUT_MASK,
  EMA_STEP,
  FUSED_ADAM_STEP,
  FUSED_SGD_STEP,
  GELU,
  GELU_GRAD,
  INSTANCE_NORM,
  INSTANCE_NORM_GRAD,
  LAYER_NORM,
  LAYER_NORM_GRAD,
  LEAKY_RELU_GRAD,
  RELU_GRAD,
  SIGMOID_CROSS_ENTROPY,
  SOFTMAX_CROSS_ENTROPY,
  SPLIT_FLAT,
  SWISH,
  SWISH_GRAD,
} from '@lulc/core';
import { type KernelRow, row } from './table.js';

type Numbers = Readonly<Record<string, number>>;

/** Kernels of `@lulc/core`'s seams, which other engines compose of TF.js ops. */
export const fusedKernels: readonly KernelRow[] = [
  row<Numbers>({
    kernel: BATCH_NORM_TRAIN,
    inputs: ['x', 'gamma', 'beta'],
    attributes: (write, { epsilon }) => write.number(epsilon),
  }),
  row<Numbers>({
    kernel: BATCH_NORM_TRAIN_GRAD,
    inputs: ['dy', 'x', 'gamma', 'mean', 'variance'],
    attributes: (write, { epsilon }) => write.number(epsilon),
  }),
  row<Numbers>({
    kernel: INSTANCE_NORM,
    inputs: ['x', 'gamma', 'beta'],
    attributes: (write, { epsilon }) => write.number(epsilon),
  }),
  row({ kernel: INSTANCE_NORM_GRAD, inputs: ['dy', 'x', 'gamma', 'mean', 'inverse'] }),
  row({ kernel: RELU_GRAD, inputs: ['dy', 'y'] }),
  row<Numbers>({
    kernel: LEAKY_RELU_GRAD,
    inputs: ['dy', 'y'],
    attributes: (write, { slope }) => write.number(slope),
  }),
  row({ kernel: SWISH, inputs: ['x'] }),
  row({ kernel: SWISH_GRAD, inputs: ['dy', 'x'] }),
  row({ kernel: GELU, inputs: ['x'] }),
  row({ kernel: GELU_GRAD, inputs: ['dy', 'x'] }),
  row<Numbers>({
    kernel: FUSED_ADAM_STEP,
    inputs: ['weights', 'gradient', 'm', 'v', 'decay'],
    attributes: (write, { learningRate, beta1, beta2, epsilon, step, weightDecay, decoupled }) => {
      write.dynamic('learningRate', learningRate);
      for (const value of [beta1, beta2, epsilon]) write.number(value);
      write.dynamic('step', step);
      for (const value of [weightDecay, decoupled]) write.number(value);
    },
  }),
  row<Numbers>({
    kernel: FUSED_SGD_STEP,
    inputs: ['weights', 'gradient', 'momentum', 'decay'],
    attributes: (write, { learningRate, momentum, nesterov, weightDecay }) => {
      write.dynamic('learningRate', learningRate);
      for (const value of [momentum, nesterov, weightDecay]) write.number(value);
    },
  }),
  row<Numbers>({
    kernel: DROPOUT_MASK,
    inputs: [],
    attributes: (write, { rate, perSample, stepKey, draw }, { x }) => {
      write.number(rate);
      write.dynamic('stepKey', stepKey);
      write.number(draw);
      write.integers(perSample === 1 ? x.shape.map((size, axis) => (axis === 0 ? size : 1)) : x.shape);
    },
  }),
  row<Numbers>({
    kernel: EMA_STEP,
    inputs: ['average', 'values'],
    attributes: (write, { keep }) => write.dynamic('keep', keep),
  }),
  row<Numbers>({
    kernel: SPLIT_FLAT,
    inputs: ['flat'],
    attributes: (write, sizes) => write.integers(Object.values(sizes)),
    outputs: 'list',
  }),
  row<Numbers>({
    kernel: SIGMOID_CROSS_ENTROPY,
    inputs: ['logits', 'targets', 'weights'],
    attributes: (write, { count }) => write.number(count),
  }),
  row<Numbers>({
    kernel: SOFTMAX_CROSS_ENTROPY,
    inputs: ['logits', 'targets'],
    attributes: (write, { count }) => write.number(count),
  }),
  row<Numbers>({
    kernel: LAYER_NORM,
    inputs: ['x', 'gamma', 'beta'],
    attributes: (write, { epsilon }) => write.number(epsilon),
  }),
  row({ kernel: LAYER_NORM_GRAD, inputs: ['dy', 'x', 'gamma', 'mean', 'inverse'] }),
  row<Numbers>({
    kernel: ATTENTION,
    inputs: ['q', 'k', 'v'],
    attributes: (write, { scale }) => write.number(scale),
  }),
  row<Numbers>({
    kernel: ATTENTION_GRAD,
    inputs: ['dy', 'q', 'k', 'v', 'shares'],
    attributes: (write, { scale }) => write.number(scale),
  }),
];
