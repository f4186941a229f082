import * as tf from '@tensorflow/tfjs-core';
import type { CommandWriter } from '../backend/commandWriter.js';
import { activationCode } from './activation.js';
import { type Inputs, type KernelRow, row } from './table.js';

/** Matrix products. */
export const matrixKernels: readonly KernelRow[] = [
  row<tf.BatchMatMulAttrs>({ kernel: 'BatchMatMul', inputs: ['a', 'b'], attributes: writeTransposes }),
  row<tf._FusedMatMulAttrs & { readonly leakyreluAlpha?: number }>({
    kernel: '_FusedMatMul',
    native: 'FusedMatMul',
    inputs: ['a', 'b', 'bias', 'preluActivationWeights'],
    attributes: (write, attributes) => {
      writeTransposes(write, attributes);
      write.number(activationCode(attributes.activation));
      write.number(attributes.leakyreluAlpha ?? 0);
    },
  }),
  row<tf.EinsumAttrs>({
    kernel: 'Einsum',
    inputs: 'list',
    attributes: (write, { equation }, inputs) => {
      const tensors = inputList(inputs);
      const { allDims, summedDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, tensors.length);
      tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors as tf.Tensor[]);
      write.number(allDims.length - summedDims.length);
      for (const labels of idDims) write.integers(labels);
    },
  }),
];

function writeTransposes(write: CommandWriter, { transposeA, transposeB }: tf.BatchMatMulAttrs): void {
  write.flag(transposeA);
  write.flag(transposeB);
}

function inputList(inputs: Inputs): readonly tf.TensorInfo[] {
  return inputs as unknown as readonly tf.TensorInfo[];
}
