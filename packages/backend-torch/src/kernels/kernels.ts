import { arithmeticKernels } from './arithmetic.js';
import { complexKernels } from './complex.js';
import { identityKernels } from './identity.js';
import { sparseKernels } from './sparse.js';
import { stringKernels } from './strings.js';
import type { KernelRow } from './table.js';

/** Every kernel of the engine. */
export const kernelRows: readonly KernelRow[] = [
  ...identityKernels,
  ...arithmeticKernels,
  ...complexKernels,
  ...stringKernels,
  ...sparseKernels,
];
