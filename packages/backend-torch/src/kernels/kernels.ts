import { arithmeticKernels } from './arithmetic.js';
import { identityKernels } from './identity.js';
import type { KernelRow } from './table.js';

/** Every kernel of the engine. */
export const kernelRows: readonly KernelRow[] = [...identityKernels, ...arithmeticKernels];
