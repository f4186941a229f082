/**
 * Semantic segmentation: decoders over any backbone, losses, metrics, training, and inference in sliding windows.
 *
 * @module
 */
export type {
  MaskArray,
  SegmentationBatch,
  SegmentationDataset,
  SegmentationInfo,
  SegmentationSample,
  SegmentationSource,
  SoftTargetFile,
} from './data/segmentation.js';
export { ignoreLabel } from './data/segmentation.js';
export type {
  ConvStyle,
  ConvUnit,
  DecoderNorm,
  UnitActivation,
  UnitInit,
  UnitNorm,
  UnitPadding,
} from './segmentation/convUnit.js';
export { convUnit } from './segmentation/convUnit.js';
export type { DeepLabOptions, ResolvedDeepLab } from './segmentation/deepLabV3Plus.js';
export { deepLabV3Plus, resolveDeepLab } from './segmentation/deepLabV3Plus.js';
export type { DeepSupervisionOptions } from './segmentation/deepSupervision.js';
export { deepSupervisionHeads } from './segmentation/deepSupervision.js';
export type { Decoder, DecoderMaps, DenseNetwork } from './segmentation/denseNetwork.js';
export { denseNetwork } from './segmentation/denseNetwork.js';
// inference
export type { Colour } from './segmentation/inference/colourMask.js';
export { colourMask } from './segmentation/inference/colourMask.js';
export { ensemblePredictor } from './segmentation/inference/ensemblePredictor.js';
export type { MirrorAxis } from './segmentation/inference/mirror.js';
export type { ModelPredictor } from './segmentation/inference/modelPredictor.js';
export type { PredictMaskOptions, ProbabilityMap, ScaledImage } from './segmentation/inference/predictMask.js';
export { mostProbable, predictMask, predictProbabilities } from './segmentation/inference/predictMask.js';
export type { SlidingWindowOptions, WindowOptions } from './segmentation/inference/slidingWindow.js';
export { slidingWindow } from './segmentation/inference/slidingWindow.js';
export type {
  ImageWindow,
  Strip,
  StripWriter,
  TileNetwork,
  TilePredictor,
  TileReader,
} from './segmentation/inference/types.js';
export type { Importance, WindowPlacement } from './segmentation/inference/windows.js';
export { importanceProfile, windowStarts } from './segmentation/inference/windows.js';
// losses
export type { PixelCrossEntropyOptions, PixelFocalOptions } from './segmentation/losses/crossEntropy.js';
export { pixelCrossEntropy, pixelFocal } from './segmentation/losses/crossEntropy.js';
export { deepSupervisionLoss, deepSupervisionWeights, shrinkMasks } from './segmentation/losses/deepSupervision.js';
export type { DiceOptions } from './segmentation/losses/dice.js';
export { softDice } from './segmentation/losses/dice.js';
export type { RegionOptions } from './segmentation/losses/regions.js';
export { regionDiceBce } from './segmentation/losses/regions.js';
export type {
  SegmentationLoss,
  SegmentationLossName,
  SegmentationLossSpec,
  WeightedLoss,
} from './segmentation/losses/spec.js';
export { segmentationLoss } from './segmentation/losses/spec.js';
// metrics
export type {
  ReferenceSegmentationScores,
  SegmentationClassReport,
  SegmentationReport,
  SegmentationScalarName,
} from './segmentation/metrics/report.js';
export { segmentationScalarNames, segmentationScalars } from './segmentation/metrics/report.js';
export type {
  SegmentationCounts,
  SegmentationMetrics,
  SegmentationMetricsOptions,
} from './segmentation/metrics/segmentationMetrics.js';
export { segmentationMetrics } from './segmentation/metrics/segmentationMetrics.js';
export type { SegmenterOptions } from './segmentation/segmenter.js';
export { segmentationLogits, segmenter, segmenterLayers } from './segmentation/segmenter.js';
// training and evaluation
export type { PixelProbabilityFunction, SegmenterComparison } from './segmentation/training/compareSegmenters.js';
export { compareSegmenters } from './segmentation/training/compareSegmenters.js';
export type { EvaluateSegmenterOptions, MaskPrediction } from './segmentation/training/evaluateSegmenter.js';
export { evaluateSegmenter, predictMaskBatches } from './segmentation/training/evaluateSegmenter.js';
export type { SegmentationObjective, SegmenterOutputs, SegmenterTargets } from './segmentation/training/objective.js';
export { segmentationObjective } from './segmentation/training/objective.js';
export type { TrainSegmenterOptions } from './segmentation/training/trainSegmenter.js';
export { trainSegmenter } from './segmentation/training/trainSegmenter.js';
export type { ResolvedUnet, UnetOptions, UnetResolution, UnetUpsampling } from './segmentation/unetDecoder.js';
export { resolveUnet, unetDecoder } from './segmentation/unetDecoder.js';
