/**
 * The standard convolutional networks of the BigEarthNet benchmark, to compare with: ResNets.
 *
 * @example
 * ```ts
 * import { resNet } from '@lulc/cnn-baselines';
 * import { useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const model = resNet({ depth: 50, bands: 10, classes: 19 });
 * model.summary();
 * ```
 *
 * @module
 */
export { resNetBackbone } from './resnet/backbone.js';
export type { ResNetStyle } from './resnet/blocks.js';
export { basicBlock, bottleneckBlock } from './resnet/blocks.js';
export type { ResNetDepth, ResNetShape } from './resnet/depths.js';
export { resNetShapes } from './resnet/depths.js';
export type { ResNetBackboneOptions, ResNetOptions, ResNetStyleName, ResolvedResNet } from './resnet/options.js';
export { resolveResNet } from './resnet/options.js';
export { resNet, resNetFromBands } from './resnet/resNet.js';
