/**
 * The standard convolutional networks of the BigEarthNet benchmark, to compare with: ResNets, DenseNets, VGGs and K-Branch.
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

// DenseNets
export { denseNetBackbone } from './densenet/backbone.js';
export type { DenseNetStyle } from './densenet/blocks.js';
export { denseBlock } from './densenet/blocks.js';
export { denseNet, denseNetFamily, denseNetFromBands } from './densenet/denseNet.js';
export type { DenseNetDepth, DenseNetShape } from './densenet/depths.js';
export { denseNetShapes } from './densenet/depths.js';
export type { DenseNetBackboneOptions, DenseNetOptions, ResolvedDenseNet } from './densenet/options.js';
export { resolveDenseNet } from './densenet/options.js';
// K-Branch
export type { KBranchBandOptions } from './kbranch/backbone.js';
export { kBranchBackbone } from './kbranch/backbone.js';
export type { BranchDistance } from './kbranch/branches.js';
export { kBranch, kBranchFromBands } from './kbranch/kBranch.js';
export type { KBranchBackboneOptions, KBranchOptions, ResolvedKBranch } from './kbranch/options.js';
export { resolveKBranch } from './kbranch/options.js';
// ResNets
export { resNetBackbone } from './resnet/backbone.js';
export type { ResNetStyle } from './resnet/blocks.js';
export { basicBlock, bottleneckBlock } from './resnet/blocks.js';
export type { ResNetDepth, ResNetShape } from './resnet/depths.js';
export { resNetShapes } from './resnet/depths.js';
export type {
  OutputStride,
  ResNetBackboneOptions,
  ResNetOptions,
  ResNetStyleName,
  ResolvedResNet,
} from './resnet/options.js';
export { resolveResNet } from './resnet/options.js';
export { resNet, resNetFamily, resNetFromBands } from './resnet/resNet.js';
// VGGs
export { vggBackbone } from './vgg/backbone.js';
export { vggStage } from './vgg/blocks.js';
export type { VggDepth, VggShape } from './vgg/depths.js';
export { vggShapes } from './vgg/depths.js';
export type { ResolvedVgg, VggBackboneOptions, VggOptions } from './vgg/options.js';
export { resolveVgg } from './vgg/options.js';
export { vgg, vggFamily, vggFromBands } from './vgg/vgg.js';
