import * as tf from '@tensorflow/tfjs-core';
import type { CommandWriter } from '../backend/commandWriter.js';
import { type Inputs, type KernelRow, row } from './table.js';

interface ReductionAttributes {
  readonly axis?: number | number[];
  readonly reductionIndices?: number | number[];
  readonly keepDims?: boolean;
}

/** Reductions along any axes, with the native kernel that computes them; of truth values, "all" is the least. */
const reductions = { Sum: 'Sum', Mean: 'Mean', Prod: 'Prod', Max: 'Max', Min: 'Min', All: 'Min', Any: 'Max' };

function writeAxes(
  write: CommandWriter,
  { axis, reductionIndices = axis, keepDims = false }: ReductionAttributes,
  { x }: Inputs,
): void {
  write.integers(tf.util.parseAxisParam(reductionIndices as number | number[], x.shape));
  write.flag(keepDims);
}

export const reductionKernels: readonly KernelRow[] = [
  ...Object.entries(reductions).map(([kernel, native]) =>
    row<ReductionAttributes>({ kernel, native, inputs: ['x'], attributes: writeAxes }),
  ),
  ...['ArgMax', 'ArgMin'].map((kernel) =>
    row<tf.ArgMaxAttrs>({
      kernel,
      inputs: ['x'],
      attributes: (write, { axis }, { x }) => write.number(tf.util.parseAxisParam(axis, x.shape)[0] ?? 0),
    }),
  ),
  ...['Cumsum', 'Cumprod'].map((kernel) =>
    row<tf.CumsumAttrs>({
      kernel,
      inputs: ['x'],
      attributes: (write, { axis, exclusive, reverse }) => {
        write.number(axis);
        write.flag(exclusive);
        write.flag(reverse);
      },
    }),
  ),
  row<tf.SoftmaxAttrs>({
    kernel: 'Softmax',
    inputs: ['logits'],
    attributes: (write, { dim }) => write.number(dim),
  }),
];
