/**
 * The vision transformers and MLP-Mixers of the BigEarthNet benchmark.
 *
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { mlpMixer, visionTransformer } from '@lulc/vit-mlp-mixer';
 *
 * await useEngine('auto');
 * visionTransformer({ patch: 20, bands: 10, classes: 19 }).summary();
 * mlpMixer({ size: 'tiny', bands: 10, classes: 19 }).summary();
 * ```
 *
 * @module
 */
export type { MixerBlockOptions, PerceptronOptions, TransformerLayerOptions } from './blocks/blocks.js';
export { mixerBlock, perceptron, transformerLayer } from './blocks/blocks.js';
export { mixerBackbone } from './mixer/backbone.js';
export { mixerFamily, mlpMixer, mlpMixerFromBands } from './mixer/mlpMixer.js';
export type { MixerBackboneOptions, MixerOptions, MixerShape, MixerSize, ResolvedMixer } from './mixer/options.js';
export { mixerSizes, resolveMixer } from './mixer/options.js';
export { vitBackbone } from './vit/backbone.js';
export type { ResolvedVit, VitBackboneOptions, VitOptions } from './vit/options.js';
export { resolveVit } from './vit/options.js';
export type { Grid } from './vit/resizeWeights.js';
export { resizePositionTable, resizeVitWeights } from './vit/resizeWeights.js';
export type { VitShape, VitSize } from './vit/sizes.js';
export { vitSizes } from './vit/sizes.js';
export { visionTransformer, visionTransformerFromBands, vitFamily } from './vit/visionTransformer.js';
