/**
 * Cloud masks for multispectral images: U-Nets that configure themselves (nnU-Net), distilled into tiny students.
 *
 * @example
 * ```ts
 * import { predictClouds, studentUnet } from '@lulc/cloud-unet-kd';
 * import { imageScene, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const bands = ['B02', 'B03', 'B04', 'B08'];
 * const student = studentUnet({ stages: 3, base: 4, bands, inputSize: 32, seed: 1 }); // knows nothing yet: see trainUnet
 * const image = { data: new Uint16Array(80 * 60 * 4).fill(2000), shape: [80, 60, 4] as const };
 * const { validPixels } = await predictClouds({
 *   scene: imageScene(image, { bands, nodata: 0 }),
 *   networks: student,
 *   normalization: bands.map(() => ({ scheme: 'fixed', mean: 2000, std: 1000 }) as const),
 * });
 * console.log(validPixels); // 4800
 * ```
 *
 * @module
 */
// baselines
export type { CloudBaseline } from './baselines/baseline.js';
export { evaluateBaseline } from './baselines/baseline.js';
export type { BraatenCohenYangOptions } from './baselines/braatenCohenYang.js';
export { braatenCohenYang } from './baselines/braatenCohenYang.js';
export type { GlobalThresholdOptions } from './baselines/globalThreshold.js';
export { fitGlobalThreshold, globalThreshold } from './baselines/globalThreshold.js';
export type { FittedBaseline, RelativeBrightnessOptions } from './baselines/relativeBrightness.js';
export { fitRelativeBrightness, relativeBrightness } from './baselines/relativeBrightness.js';
// distillation
export type { CachedTeacherMaps, CacheTeacherMapsOptions } from './distillation/cacheTeacherMaps.js';
export { cacheTeacherMaps } from './distillation/cacheTeacherMaps.js';
export type { DistanceName, DistanceOptions } from './distillation/distances.js';
export { distillationDistance } from './distillation/distances.js';
export type { DistillationResult, DistillationRow, DistillOptions, StudentName } from './distillation/distill.js';
export { distill } from './distillation/distill.js';
export type { DistillationOptions } from './distillation/objective.js';
export { cloudLoss, distillationObjective } from './distillation/objective.js';
export type { ScoredNetworks, ScoreNetworksOptions } from './distillation/scoreNetworks.js';
export { scoreNetworks } from './distillation/scoreNetworks.js';
export type { TeacherMap, TeacherMaps } from './distillation/teacherMaps.js';
export { memoryTeacherMaps } from './distillation/teacherMaps.js';
export { withSoftTargets } from './distillation/withSoftTargets.js';
// fingerprint
export type { FingerprintOptions } from './fingerprint/fingerprint.js';
export { fingerprint } from './fingerprint/fingerprint.js';
export type { DatasetNames } from './fingerprint/fingerprintFile.js';
export { fingerprintFromJson, fingerprintToJson } from './fingerprint/fingerprintFile.js';
export type { Fingerprint, IntensityProperties } from './fingerprint/fingerprintTypes.js';
// inference
export type { CloudSink, CloudStrip } from './inference/cloudStrip.js';
export type { CloudCover, CloudProgress, PredictCloudsOptions } from './inference/predictClouds.js';
export { predictClouds } from './inference/predictClouds.js';
export type { ProbabilityArrays, ProbabilityCoding, ProbabilityType } from './inference/probabilityLevels.js';
export { probabilityCodings, probabilityLevels } from './inference/probabilityLevels.js';
// metrics
export type { EmptyRule, MeanCloudScores } from './metrics/aggregate.js';
export { emptyRules } from './metrics/aggregate.js';
export type {
  ChipCounts,
  CloudMetrics,
  CloudMetricsOptions,
  CloudReport,
  CloudTally,
  GroupScores,
  JudgedChip,
} from './metrics/cloudMetrics.js';
export { cloudMetrics } from './metrics/cloudMetrics.js';
export type { CoverReport, DownlinkDecision } from './metrics/cover.js';
export type { CloudCurves, CurvePoint, LevelHistogram } from './metrics/curves.js';
export { curvesOf } from './metrics/curves.js';
export type { CloudCounts, CloudScores } from './metrics/scores.js';
export { cloudScoreNames, cloudScores, hypernetSmoothing } from './metrics/scores.js';
// networks
export type { UnetCount } from './network/countUnet.js';
export { countUnet } from './network/countUnet.js';
export type { HypernetUnetOptions } from './network/hypernetUnet.js';
export { hypernetUnet } from './network/hypernetUnet.js';
export type { PlainConvOptions, PlainConvUnetOptions, ResolvedPlainConv } from './network/options.js';
export { resolvePlainConv } from './network/options.js';
export { plainConvEncoder } from './network/plainConvEncoder.js';
export type { PlanNetworkOptions } from './network/plainConvUnet.js';
export { networkOptions, plainConvUnet, unetForPlan } from './network/plainConvUnet.js';
export type { SolveStudentOptions, StudentCandidate } from './network/solveStudent.js';
export { solveStudent } from './network/solveStudent.js';
export type { StudentShape, StudentUnetOptions } from './network/studentUnet.js';
export { studentOptions, studentUnet, studentWidths } from './network/studentUnet.js';
// planning
export type { NormalizationName, NormalizationVariant } from './plan/normalizations.js';
export { normalizationFor, normalizationNames } from './plan/normalizations.js';
export type { Plan, PlanChange, PlannerVersion, PlanOverride, PlanValues } from './plan/plan.js';
export type { PlanOptions } from './plan/planFor.js';
export { overrule, planFor } from './plan/planFor.js';
export type { PlansFromJsonOptions, PlansToJsonOptions } from './plan/plansFile.js';
export { plansFromJson, plansToJson } from './plan/plansFile.js';
export type { ReducePlanOptions, TrainingMultiplyAdds } from './plan/reducePlan.js';
export { passesPerStep, reducePlan, trainingMultiplyAdds } from './plan/reducePlan.js';
// splits
export type { CrossValidationOptions, FoldOptions, Split, SplitCase, SplitRule } from './splits/splits.js';
export { crossValidation, splitOfFold } from './splits/splits.js';
export { splitsFromJson, splitsToJson } from './splits/splitsFile.js';
// training
export type { SplitIndices } from './training/folds.js';
export { outOfFold, splitIndices } from './training/folds.js';
export type { PlanLoading, PlanLoadingOptions } from './training/planLoading.js';
export { planLoading } from './training/planLoading.js';
export type { RecipeOverride, TrainingRecipe } from './training/recipe.js';
export { nnUNetRecipe, recipeWith } from './training/recipe.js';
export type { TrainedUnet, TrainUnetOptions } from './training/trainUnet.js';
export { trainUnet } from './training/trainUnet.js';
