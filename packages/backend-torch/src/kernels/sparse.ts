import { onCpu } from './onCpu.js';
import { type KernelRow, row } from './table.js';

/** Kernels of ragged and sparse tensors: the shapes of their results depend on values, so they need those in JavaScript. */
export const sparseKernels: readonly KernelRow[] = [
  'RaggedGather',
  'RaggedRange',
  'RaggedTensorToTensor',
  'SparseFillEmptyRows',
  'SparseReshape',
  'SparseSegmentMean',
  'SparseSegmentSum',
].map((kernel) => row({ kernel, run: onCpu(kernel), everyType: true }));
