/**
 * Self-supervised pre-training for land-cover segmentation.
 *
 * @module
 */
export type { ProjectionHeadOptions } from './heads/projectionHead.js';
export { projectionHead } from './heads/projectionHead.js';
export type { Denominator, NtXentOptions } from './losses/ntXent.js';
export { ntXent } from './losses/ntXent.js';
export { styleVector } from './losses/styleVector.js';
export { unitRows } from './losses/unitRows.js';
export type { MethodRun, MethodSetup, PretrainingMethod } from './method/method.js';
export { addIntervalWeights, regionMeans } from './regions/regionMeans.js';
