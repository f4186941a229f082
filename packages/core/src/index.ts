/**
 * The ground of the `@lulc` packages.
 *
 * @module
 */

// data contracts
export type {
  Batch,
  BatchSource,
  ClassificationTask,
  Dataset,
  DatasetInfo,
  ImageArray,
  Sample,
  SampleMeta,
  ScalingStatistics,
} from './data/types.js';
// errors
export type { LulcErrorCode, LulcErrorWhere } from './errors/lulcError.js';
export { isLulcError, LulcError, nearestName } from './errors/lulcError.js';
// layers
export { withStepRandom } from './layers/randomStream.js';
// runtime
export { batchNormTrain } from './ops/batchNormTrain.js';
export { relu } from './ops/relu.js';
// random
export type { Random } from './random/random.js';
export { hashSeed, random } from './random/random.js';
// backbones and heads
// losses
// metrics
// model
// training
// explanation
