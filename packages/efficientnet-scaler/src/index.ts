/**
 * Compound scaling for any family of networks, and the EfficientNets of the BigEarthNet benchmark: Keras', and the
 * benchmark's own with attention modules and ghost convolutions.
 *
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { efficientNet, scaledEfficientNet } from '@lulc/efficientnet-scaler';
 *
 * await useEngine('auto');
 * const keras = efficientNet({ size: 'B0', bands: 10, classes: 19 });
 * const scaled = scaledEfficientNet({ preset: 'B1', attention: 'eca', bands: 10, classes: 19 });
 * console.log(keras.countParams(), scaled.inputs[0].shape);
 * ```
 *
 * @module
 */

// blocks
export { growingDropPath } from './blocks/drop.js';
export type { MBConvOptions, MBConvStyle } from './blocks/mbConv.js';
export { mbConv } from './blocks/mbConv.js';
export type { StridePadding } from './blocks/padding.js';
export { squeezeGate } from './blocks/squeeze.js';
export type { EfficientNetShape, Stage } from './blocks/stages.js';
export { scaleEfficientNet } from './blocks/stages.js';
// Keras' EfficientNets
export { efficientNetBackbone } from './keras/backbone.js';
export { efficientNet, efficientNetFamily, efficientNetFromBands } from './keras/efficientNet.js';
export type { EfficientNetBackboneOptions, EfficientNetOptions, ResolvedEfficientNet } from './keras/options.js';
export { resolveEfficientNet } from './keras/options.js';
// the benchmark's own
export { scaledEfficientNetBackbone } from './scaled/backbone.js';
export type {
  ResolvedScaledEfficientNet,
  ScaledEfficientNetBackboneOptions,
  ScaledEfficientNetOptions,
} from './scaled/options.js';
export { resolveScaledEfficientNet } from './scaled/options.js';
export {
  scaledEfficientNet,
  scaledEfficientNetFamily,
  scaledEfficientNetFromBands,
} from './scaled/scaledEfficientNet.js';
// scaling
export type { CompoundCoefficients, ScaleFactors } from './scaling/compound.js';
export { compoundScale } from './scaling/compound.js';
export type { Growth } from './scaling/growth.js';
export { predictGrowth } from './scaling/growth.js';
export { roundFilters, roundRepeats, roundResolution } from './scaling/rounding.js';
export type { Candidate, CandidateOptions, ScoredCandidate, SearchOptions } from './scaling/search.js';
export { coefficientCandidates, searchCoefficients } from './scaling/search.js';
export type { NetworkShape, RoundingRules } from './scaling/shape.js';
export { scaleShape } from './scaling/shape.js';
export type { EfficientNetSize, Orientation, SizeFactors } from './scaling/sizes.js';
export { benchmarkPresets, efficientNetSizes } from './scaling/sizes.js';
