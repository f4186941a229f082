import type * as tf from '@tensorflow/tfjs-core';
import type { CommandWriter } from '../backend/commandWriter.js';
import { type KernelRow, row } from './table.js';

function writeLocalResponse(write: CommandWriter, { depthRadius, bias, alpha, beta }: tf.LRNAttrs): void {
  write.number(depthRadius);
  write.number(bias);
  write.number(alpha);
  write.number(beta);
}

export const normalisationKernels: readonly KernelRow[] = [
  row<tf.FusedBatchNormAttrs>({
    kernel: 'FusedBatchNorm',
    inputs: ['x', 'mean', 'variance', 'offset', 'scale'],
    attributes: (write, { varianceEpsilon }) => write.number(varianceEpsilon ?? 0.001),
  }),
  row<tf.LRNAttrs>({ kernel: 'LRN', inputs: ['x'], attributes: writeLocalResponse }),
  row<tf.LRNAttrs>({ kernel: 'LRNGrad', inputs: ['x', 'y', 'dy'], attributes: writeLocalResponse }),
];
