/**
 * The ground of the `@lulc` packages: engines, a typed layer API, attention modules, losses, metrics, training, model files
 * and explanation, in Node and in browsers.
 *
 * @example
 * ```ts
 * import { classifier, conv2d, eca, feature, image, pipe, relu, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const input = image({ shape: [60, 60, 10] });
 * const output = pipe(conv2d({ filters: 16, kernelSize: 3, stride: 2 }), relu(), eca())(input);
 * const model = classifier({ name: 'tiny', input, output, features: [feature(output, 2)] }, { classes: 19 });
 * console.log(model.outputs[0].shape); // [null, 19]
 * ```
 *
 * @module
 */

// attention
export type { AttentionName, AttentionOptions } from './attention/attention.js';
export { attention, attentionNames } from './attention/attention.js';
export { cbam } from './attention/cbam.js';
export type { CoordinateAttentionOptions } from './attention/coordinate.js';
export { coordinateAttention } from './attention/coordinate.js';
export { eca, ecaKernelSize } from './attention/eca.js';
export type { SqueezeOptions } from './attention/squeezeExcitation.js';
export { squeezeExcitation } from './attention/squeezeExcitation.js';
// backbones and heads
export type { Backbone, Feature } from './backbone/backbone.js';
export { feature } from './backbone/backbone.js';
export type { ClassifierOptions } from './backbone/classifier.js';
export { classifier, classifierLayers, featureModel, logitsModel } from './backbone/classifier.js';
export type { ClassifierFamily, FamilyNetwork, ModelOptions } from './backbone/classifierFamily.js';
export { classifierFamily, optionsOfCard } from './backbone/classifierFamily.js';
export { bandNames, classNames } from './backbone/names.js';
export type { BandInput, BandPlane, BandStack } from './backbone/stackBands.js';
export { joinBands, stackBands } from './backbone/stackBands.js';
export type { ImageSceneOptions } from './data/imageScene.js';
export { imageScene } from './data/imageScene.js';
// data contracts
export type { ImageStatistics, StatisticsOfParts } from './data/imageStatistics.js';
export { imageStatistics, statisticsOfParts } from './data/imageStatistics.js';
export type { BandNormalization, Normalization } from './data/normalization.js';
export type { ResolvedNormalization } from './data/resolveNormalization.js';
export {
  checkNormalization,
  fixedNormalization,
  imageNormalization,
  needsStatistics,
  normalizeImage,
  resolveNormalization,
  resolveWithStatistics,
  scalingOfNormalization,
} from './data/resolveNormalization.js';
export type { GeoKeys, GeoReference, Scene, ScenePixels } from './data/scene.js';
export { requireInside, validPixels } from './data/sceneParts.js';
export type {
  Batch,
  BatchSource,
  ClassificationTask,
  Dataset,
  DatasetInfo,
  ImageArray,
  ImageSample,
  ImageSet,
  ImageSetInfo,
  Sample,
  SampleMeta,
  ScalingStatistics,
} from './data/types.js';
// errors
export type { LulcErrorCode, LulcErrorWhere } from './errors/lulcError.js';
export { isLulcError, LulcError, nearestName, unknownName } from './errors/lulcError.js';
export type { OptionKind, OptionKinds } from './errors/optionChecks.js';
export {
  knownOption,
  requireAbove,
  requireAtLeast,
  requireCount,
  requireKinds,
  requireShare,
} from './errors/optionChecks.js';
// explanation
export type { GradCamOptions } from './explain/gradCam.js';
export { gradCam } from './explain/gradCam.js';
// export to other tools
export type {
  AxisStep,
  BinaryOperation,
  BinaryStep,
  ConstantStep,
  ConvolutionStep,
  DepthToSpaceStep,
  GraphNode,
  GraphPadding,
  GraphShape,
  GraphStep,
  GraphWindow,
  LeakyReluStep,
  NodeOf,
  NormStep,
  PadStep,
  PoolStep,
  ReduceOperation,
  ReduceStep,
  ResizeStep,
  SliceStep,
  TransposeStep,
  UnaryOperation,
  UnaryStep,
} from './export/graph.js';
export type { GraphBuilder } from './export/graphBuilder.js';
export type { LayerContext, LayerConverter } from './export/layerConverter.js';
export { registerLayerConverter } from './export/layerConverter.js';
export type { ExportedOutput, GraphOptions } from './export/toGraph.js';
// fine-tuning
export type { AdaptBandsOptions } from './finetune/adaptInput.js';
export { adaptBands, resizeInput } from './finetune/adaptInput.js';
export { bandAdapter } from './finetune/bandAdapter.js';
export type { BandOptions } from './finetune/bandMixing.js';
export type { DepthGroup, RateOptions } from './finetune/depthRates.js';
export { depthGroups, layerRates } from './finetune/depthRates.js';
export { freeze, unfreeze } from './finetune/freeze.js';
export type { ReplaceHeadOptions } from './finetune/replaceHead.js';
export { replaceHead } from './finetune/replaceHead.js';
export type { LayerSelector } from './finetune/selectLayers.js';
export type {
  TransferOptions,
  TransferReport,
  WeightAdapter,
  WeightInTransfer,
} from './finetune/transferWeights.js';
export { transferWeights } from './finetune/transferWeights.js';
export type { GraphModelOptions } from './graphmodel/saveGraphModel.js';
export { saveGraphModel } from './graphmodel/saveGraphModel.js';
// layers
export type { ActivationName, LeakyReluOptions, OwnActivation } from './layers/activation.js';
export { Activation, activation, leakyRelu, relu } from './layers/activation.js';
export type { BatchNormConfig } from './layers/batchNormLayer.js';
export { BatchNorm } from './layers/batchNormLayer.js';
export type { ResidualOptions } from './layers/compose.js';
export { parallel, pipe, repeat, residual } from './layers/compose.js';
export type {
  Conv2dOptions,
  DenseOptions,
  DepthwiseConv2dOptions,
  TransposedConv2dOptions,
} from './layers/conv.js';
export { conv2d, dense, depthwiseConv2d, transposedConv2d } from './layers/conv.js';
export type { DilatedConv2dConfig } from './layers/dilatedConvLayer.js';
export { DilatedConv2d } from './layers/dilatedConvLayer.js';
export { dropout, dropPath } from './layers/dropout.js';
export type { GhostConv2dOptions, GhostForm } from './layers/ghost.js';
export { ghostConv2d } from './layers/ghost.js';
export type { InputOptions, LayerIdentity } from './layers/graph.js';
export { applyLayer, asSym, image, input, ownScope, scope, shared } from './layers/graph.js';
export type { InstanceNormConfig } from './layers/instanceNormLayer.js';
export { InstanceNorm } from './layers/instanceNormLayer.js';
export type { KernelInit } from './layers/kernelInit.js';
export { kernelInitializer } from './layers/kernelInit.js';
export type { LayerNormConfig, NormalisedAxis } from './layers/layerNormLayer.js';
export { LayerNorm } from './layers/layerNormLayer.js';
export type { Named } from './layers/merge.js';
export { add, concatenate, concatenateRows } from './layers/merge.js';
export type { MultiHeadAttentionConfig } from './layers/multiHeadAttentionLayer.js';
export { MultiHeadAttention } from './layers/multiHeadAttentionLayer.js';
export type { BatchNormOptions, InstanceNormalizationOptions, LayerNormalizationOptions } from './layers/norm.js';
export { batchNorm, instanceNormalization, layerNormalization } from './layers/norm.js';
export type { OpLayerDefinition } from './layers/opLayer.js';
export { defineOpLayer } from './layers/opLayer.js';
export type { MirrorPadOptions, PadAmounts, ZeroPadOptions } from './layers/pad.js';
export { mirrorPad, zeroPad } from './layers/pad.js';
export type { PoolOptions } from './layers/pool.js';
export { averagePool, globalAveragePool, globalMaxPool, maxPool } from './layers/pool.js';
export type { PositionConfig, PositionForm } from './layers/positionLayer.js';
export { Position } from './layers/positionLayer.js';
export { drawSeed, withStepRandom } from './layers/randomStream.js';
export type { ReducedAxis } from './layers/reduce.js';
export { maxOver, meanOver } from './layers/reduce.js';
export type { RescaleOptions } from './layers/rescale.js';
export { rescale } from './layers/rescale.js';
export { cropRows, reshape, swapSpatial } from './layers/reshape.js';
export type { BilinearResizeOptions } from './layers/resize.js';
export { bicubicResize, bilinearResize } from './layers/resize.js';
export { scale } from './layers/scale.js';
export { selectChannels } from './layers/select.js';
export type { Block, Rank, Sym } from './layers/sym.js';
export { channelsOf, shapeOf } from './layers/sym.js';
export type { MultiHeadAttentionOptions, PositionOptions } from './layers/tokens.js';
export { extractPatches, multiHeadAttention, position, swapTokens } from './layers/tokens.js';
// losses
export type { BceOptions, FocalOptions, SoftmaxCrossEntropyOptions } from './losses/classification.js';
export {
  bceFromLogits,
  focalFromLogits,
  SIGMOID_CROSS_ENTROPY,
  SOFTMAX_CROSS_ENTROPY,
  softmaxCrossEntropy,
} from './losses/classification.js';
export type { Loss, LossName, LossSpec } from './losses/spec.js';
export { createLoss } from './losses/spec.js';
// metrics
export { averagePrecision } from './metrics/averagePrecision.js';
export type { MultiLabelOptions } from './metrics/multiLabel.js';
export { multiLabelMetrics } from './metrics/multiLabel.js';
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
export { metricScalars } from './metrics/scalars.js';
export type { SingleLabelOptions } from './metrics/singleLabel.js';
export { singleLabelMetrics } from './metrics/singleLabel.js';
export type { StreamingMetrics } from './metrics/streaming.js';
// model
export type { DataDescription, ModelCard, ModelTask, TrainingProvenance } from './model/card.js';
export { checkCompatible, classificationTask, createCard, parseCard, readCard, writeCard } from './model/card.js';
export type { CompiledModel } from './model/compileForInference.js';
export { compileForInference } from './model/compileForInference.js';
export type {
  LoadModelOptions,
  ModelFormat,
  NetworkOptions,
  Quantization,
  SavedFile,
  SavedModel,
  SaveModelOptions,
  WeightPrecision,
} from './model/formats.js';
export { fromFloat16, toFloat16 } from './model/half.js';
export type { JsonValue } from './model/json.js';
export type { ModelSource, WeightFile } from './model/loadModel.js';
export { loadModel, loadTensors } from './model/loadModel.js';
export type { LayerOperations, OperationCount } from './model/operations.js';
export { countOperations } from './model/operations.js';
export type { ReadFileOptions } from './model/readFile.js';
export { readFile } from './model/readFile.js';
export type { SafetensorsContent } from './model/safetensors.js';
export { readSafetensors, writeSafetensors } from './model/safetensors.js';
export { modelToBytes, saveModel } from './model/saveModel.js';
export type { WeightArray, WeightType } from './model/weightArray.js';
export { sha256 } from './model/weightArray.js';
export type { LoadReport, LoadWeightsOptions, WeightMismatch } from './model/weights.js';
export { loadWeights, weightArrays, weightPaths } from './model/weights.js';
// numbers
export { roundHalfToEven } from './numbers/roundHalfToEven.js';
// runtime
export type { AttentionDropout } from './ops/attention.js';
export {
  ATTENTION,
  ATTENTION_DROPOUT,
  ATTENTION_DROPOUT_GRAD,
  ATTENTION_GRAD,
  dotProductAttention,
} from './ops/attention.js';
export { BATCH_NORM_TRAIN, BATCH_NORM_TRAIN_GRAD, batchNormTrain } from './ops/batchNormTrain.js';
export type { Taps } from './ops/bicubic.js';
export { bicubicTaps } from './ops/bicubic.js';
export { BILINEAR_RESIZE_GRAD } from './ops/bilinear.js';
export type { CaptureStatus } from './ops/capture.js';
export { DILATED_CONV_FILTER_GRAD, DILATED_CONV_INPUT_GRAD } from './ops/dilatedConv.js';
export type { MaskOptions } from './ops/dropoutMask.js';
export { DROPOUT_MASK } from './ops/dropoutMask.js';
export { INSTANCE_NORM, INSTANCE_NORM_GRAD, instanceNorm } from './ops/instanceNorm.js';
export { LAYER_NORM, LAYER_NORM_GRAD, layerNorm } from './ops/layerNorm.js';
export { LEAKY_RELU_GRAD } from './ops/leakyRelu.js';
export { RELU_GRAD } from './ops/relu.js';
export { GELU, GELU_GRAD, SWISH, SWISH_GRAD } from './ops/smoothUnits.js';
// random
export type { Random } from './random/random.js';
export { hashSeed, random } from './random/random.js';
export type { Engine, EngineAttempt, EngineDevice, EngineName, EngineOptions, EngineStatus } from './runtime/engine.js';
export { engineLadder, useEngine } from './runtime/useEngine.js';
// training
export type { CheckpointStore } from './training/checkpointStore.js';
export { memoryCheckpoints } from './training/checkpointStore.js';
export type { ProbabilityFunction, QuantizationReport } from './training/compareQuantized.js';
export { compareQuantized } from './training/compareQuantized.js';
export type { EvaluateOptions, EvaluationReport, Prediction, PredictOptions } from './training/evaluate.js';
export { evaluate, predictBatches } from './training/evaluate.js';
export { SPLIT_FLAT } from './training/flatVariables.js';
export { runTraining } from './training/loop.js';
export { FUSED_ADAM_STEP, FUSED_SGD_STEP } from './training/optimizer.js';
export type { DecayTarget, OptimizerName, OptimizerSpec } from './training/optimizerSpec.js';
export type { MetricChange } from './training/probabilityDifference.js';
export { EMA_STEP } from './training/runTensors.js';
export type { ScheduleName, SchedulePosition, ScheduleShape, ScheduleSpec } from './training/schedule.js';
export { checkSchedule, learningRateAt } from './training/schedule.js';
export type { TrainOptions } from './training/train.js';
export { train } from './training/train.js';
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
