import { onCpu } from './onCpu.js';
import { type KernelRow, row } from './table.js';

/** Kernels of strings and of the canvas, which live in JavaScript anyway. */
export const stringKernels: readonly KernelRow[] = [
  'StringNGrams',
  'StringSplit',
  'StringToHashBucketFast',
  'StaticRegexReplace',
  'Draw',
].map((kernel) => row({ kernel, run: onCpu(kernel), everyType: true }));
