import * as tf from '@tensorflow/tfjs-core';
import { type KernelRow, row } from './table.js';

export const sortingKernels: readonly KernelRow[] = [
  row<tf.TopKAttrs>({ kernel: 'TopK', inputs: ['x'], attributes: (write, { k }) => write.number(k) }),
  row<tf.UniqueAttrs>({
    kernel: 'Unique',
    inputs: ['x'],
    attributes: (write, { axis }, { x }) => write.number(tf.util.parseAxisParam(axis, x.shape)[0]),
  }),
  row<tf.SearchSortedAttrs>({
    kernel: 'SearchSorted',
    inputs: ['sortedSequence', 'values'],
    attributes: (write, { side }) => write.flag(side !== 'left'),
  }),
  row<tf.BincountAttrs>({
    kernel: 'Bincount',
    inputs: ['x', 'weights'],
    attributes: (write, { size }) => write.number(size),
  }),
  row<tf.DenseBincountAttrs>({
    kernel: 'DenseBincount',
    inputs: ['x', 'weights'],
    attributes: (write, { size, binaryOutput = false }) => {
      write.number(size);
      write.flag(binaryOutput);
    },
  }),
];
