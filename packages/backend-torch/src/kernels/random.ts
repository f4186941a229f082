import type * as tf from '@tensorflow/tfjs-core';
import { type KernelRow, row } from './table.js';

export const randomKernels: readonly KernelRow[] = [
  row<tf.MultinomialAttrs>({
    kernel: 'Multinomial',
    inputs: ['logits'],
    attributes: (write, { numSamples, seed, normalized }) => {
      write.number(numSamples);
      write.number(seed);
      write.flag(normalized);
    },
  }),
];
