/**
 * Scaled Wide ResNets with Efficient Channel Attention for Sentinel-2 land-cover classification.
 *
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { scaledWRN } from '@lulc/wrn-eca';
 *
 * await useEngine('auto');
 * const model = scaledWRN({ preset: 'B4', bands: 10, classes: 19 });
 * model.summary();
 * ```
 *
 * @module
 */
export type { WrnStyle } from './blocks/blocks.js';
export { expandBlock, identityBlock, stage, stem } from './blocks/blocks.js';
export { wrnBackbone } from './model/backbone.js';
export type { ResolvedWrn, ScaledWRNOptions, WrnBackboneOptions } from './model/options.js';
export { resolveWrn } from './model/options.js';
export { scaledWRN, scaledWRNFromBands, wrnFamily } from './model/scaledWrn.js';
export type { DepthRule, WrnCoefficients, WrnPreset, WrnShape } from './scaling/scaling.js';
export { scaleWrn, wrnPresets } from './scaling/scaling.js';
