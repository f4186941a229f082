import { arithmeticKernels } from './arithmetic.js';
import { comparisonKernels } from './comparison.js';
import { complexKernels } from './complex.js';
import { convolutionKernels } from './convolution.js';
import { creationKernels } from './creation.js';
import { fusedKernels } from './fused.js';
import { identityKernels } from './identity.js';
import { imageKernels } from './image.js';
import { indexingKernels } from './indexing.js';
import { matrixKernels } from './matrix.js';
import { movementKernels } from './movement.js';
import { normalisationKernels } from './normalisation.js';
import { poolingKernels } from './pooling.js';
import { randomKernels } from './random.js';
import { reductionKernels } from './reduction.js';
import { sortingKernels } from './sorting.js';
import { sparseKernels } from './sparse.js';
import { stringKernels } from './strings.js';
import type { KernelRow } from './table.js';
import { unaryKernels } from './unary.js';

/** Every kernel of the engine. */
export const kernelRows: readonly KernelRow[] = [
  ...identityKernels,
  ...fusedKernels,
  ...arithmeticKernels,
  ...convolutionKernels,
  ...poolingKernels,
  ...imageKernels,
  ...comparisonKernels,
  ...creationKernels,
  ...normalisationKernels,
  ...randomKernels,
  ...reductionKernels,
  ...sortingKernels,
  ...unaryKernels,
  ...movementKernels,
  ...indexingKernels,
  ...matrixKernels,
  ...complexKernels,
  ...stringKernels,
  ...sparseKernels,
];
