import { type KernelRow, row } from './table.js';

/** Element-wise kernels of two inputs that broadcast. */
const binary = [
  'Add',
  'Sub',
  'Multiply',
  'RealDiv',
  'FloorDiv',
  'Mod',
  'Pow',
  'Maximum',
  'Minimum',
  'SquaredDifference',
  'Atan2',
  'BitwiseAnd',
];

export const arithmeticKernels: readonly KernelRow[] = [
  ...binary.map((kernel) => row({ kernel, inputs: ['a', 'b'] })),
  row({ kernel: 'AddN', inputs: 'list' }),
];
