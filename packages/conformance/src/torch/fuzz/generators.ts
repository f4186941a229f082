import type { Generators } from './case.js';
import { complexNumbers } from './generators/complex.js';
import { convolutions } from './generators/convolution.js';
import { elementwise } from './generators/elementwise.js';
import { fused } from './generators/fused.js';
import { images } from './generators/image.js';
import { indexing } from './generators/indexing.js';
import { matrix } from './generators/matrix.js';
import { movement } from './generators/movement.js';
import { pooling } from './generators/pooling.js';
import { reductions } from './generators/reductions.js';
import { text } from './generators/text.js';

/** Random calls of every kernel. */
export const generators: Generators = {
  ...elementwise,
  ...reductions,
  ...movement,
  ...indexing,
  ...matrix,
  ...convolutions,
  ...pooling,
  ...images,
  ...complexNumbers,
  ...text,
  ...fused,
};

/** Kernels that are tested elsewhere, and where. */
export const testedElsewhere: Readonly<Record<string, string>> = {
  Multinomial: "draws random numbers; TensorFlow.js core's specs test their frequencies",
  DropoutMask: 'draws random numbers; randomKernels.test.ts tests them',
  Draw: 'draws on the canvas of a browser',
};
