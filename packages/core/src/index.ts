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
// backbones and heads
// losses
// metrics
// model
export type { DataDescription, ModelCard, TrainingProvenance } from './model/card.js';
export { checkCompatible, createCard, parseCard, readCard, writeCard } from './model/card.js';
export type {
  LoadModelOptions,
  ModelFormat,
  NetworkOptions,
  SavedFile,
  SavedModel,
  SaveModelOptions,
  WeightPrecision,
} from './model/formats.js';
export type { JsonValue } from './model/json.js';
export { loadModel } from './model/loadModel.js';
export { saveModel } from './model/saveModel.js';
// runtime
export { batchNormTrain } from './ops/batchNormTrain.js';
export { relu } from './ops/relu.js';
// random
export type { Random } from './random/random.js';
export { hashSeed, random } from './random/random.js';
// training
// explanation
