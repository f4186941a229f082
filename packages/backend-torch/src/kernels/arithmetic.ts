import { type KernelRow, row } from './table.js';

/** Element-wise kernels of two inputs that broadcast. */
const binary = ['Add', 'Sub', 'Multiply'];

export const arithmeticKernels: readonly KernelRow[] = [...binary.map((kernel) => row({ kernel, inputs: ['a', 'b'] }))];
