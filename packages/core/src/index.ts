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
export type { LossName, LossSpec } from './losses/spec.js';
// metrics
export type {
  ClassCounts,
  ClassReport,
  MetricReport,
  MultiLabelClassReport,
  MultiLabelReport,
  MultiLabelScores,
  Scores,
  SingleLabelReport,
  ZeroSupportRule,
} from './metrics/report.js';
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
export type { CheckpointStore } from './training/checkpointStore.js';
export type { EvaluateOptions, EvaluationReport, Prediction } from './training/evaluate.js';
export type { DecayTarget, OptimizerName, OptimizerSpec } from './training/optimizerSpec.js';
export type { ScheduleName, SchedulePosition, ScheduleShape, ScheduleSpec } from './training/schedule.js';
export { checkSchedule, learningRateAt } from './training/schedule.js';
export type { TrainOptions } from './training/train.js';
export type {
  BestEpoch,
  CheckpointOptions,
  ClipOptions,
  EarlyStoppingOptions,
  EmaOptions,
  EpochRecord,
  LoopOptions,
  MonitorOptions,
  NamedVariable,
  TrainingEvent,
  TrainingListener,
  TrainingProblem,
  TrainingSource,
  TrainResult,
} from './training/types.js';
// explanation
