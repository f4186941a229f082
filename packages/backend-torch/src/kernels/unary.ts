import type * as tf from '@tensorflow/tfjs-core';
import { type KernelRow, row } from './table.js';

/** Element-wise kernels of one input without attributes. */
const unary = [
  'Abs',
  'Neg',
  'Sign',
  'Square',
  'Sqrt',
  'Rsqrt',
  'Reciprocal',
  'Exp',
  'Expm1',
  'Log',
  'Log1p',
  'Sin',
  'Cos',
  'Tan',
  'Asin',
  'Acos',
  'Atan',
  'Sinh',
  'Cosh',
  'Tanh',
  'Asinh',
  'Acosh',
  'Atanh',
  'Ceil',
  'Floor',
  'Round',
  'Erf',
  'Relu',
  'Relu6',
  'Elu',
  'Selu',
  'Sigmoid',
  'Softplus',
  'IsNan',
  'IsInf',
  'IsFinite',
  'LogicalNot',
];

export const unaryKernels: readonly KernelRow[] = [
  ...unary.map((kernel) => row({ kernel, inputs: ['x'] })),
  row({ kernel: 'EluGrad', inputs: ['dy', 'y'] }),
  row({ kernel: 'Prelu', inputs: ['x', 'alpha'] }),
  row<tf.LeakyReluAttrs>({
    kernel: 'LeakyRelu',
    inputs: ['x'],
    attributes: (write, { alpha }) => write.number(alpha),
  }),
  row<tf.StepAttrs>({
    kernel: 'Step',
    inputs: ['x'],
    attributes: (write, { alpha }) => write.number(alpha),
  }),
  row<tf.ClipByValueAttrs>({
    kernel: 'ClipByValue',
    inputs: ['x'],
    attributes: (write, { clipValueMin, clipValueMax }) => {
      write.number(clipValueMin);
      write.number(clipValueMax);
    },
  }),
];
