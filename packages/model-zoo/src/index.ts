/**
 * The BigEarthNet benchmark's model zoo by name: what there is, how large it is, how it was trained, and the networks
 * themselves.
 *
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { createModel, listModels } from '@lulc/model-zoo';
 *
 * for (const { name, parameters, gflops } of listModels({ parameters: { max: 1e6 } })) console.log(name, parameters, gflops);
 *
 * await useEngine('auto');
 * const model = await createModel('WideResNet-ECA-B4', { bands: 10, classes: 19 });
 * model.summary();
 * ```
 *
 * @module
 */
// dense networks and segmentation models
export type { FeatureOutput, FeaturesOptions } from './dense/createFeatures.js';
export { createFeatures } from './dense/createFeatures.js';
export type { SegmenterModelOptions } from './dense/createSegmenter.js';
export { createSegmenter } from './dense/createSegmenter.js';
export type { DensePlan } from './dense/denseNetwork.js';
export { buildDenseNetwork, decoderNames, planDenseNetwork } from './dense/denseNetwork.js';
export type { GlcNetNetworkOptions } from './dense/glcNet.js';
export { glcNetNetwork } from './dense/glcNet.js';
export type {
  DecoderOptions,
  DenseNetworkOptions,
  EncoderFamily,
  EncoderFamilyOptions,
  EncoderOptions,
} from './dense/options.js';
// weights of other tools
export type { CheckpointFiles } from './import/checkpoint/readCheckpoint.js';
export { readCheckpoint } from './import/checkpoint/readCheckpoint.js';
export type { ForeignWeights } from './import/foreign.js';
export { readKerasH5 } from './import/h5/readKerasH5.js';
export type { ImportOptions, ImportReport, SkippedWeight } from './import/importWeights.js';
export { importWeights } from './import/importWeights.js';
export type { WeightOrigin, ZooEra } from './import/origins.js';
export type { ForeignFormat, ForeignSource } from './import/source.js';
// the zoo
export type { CardOverrides, ModelOverrides } from './zoo/createModel.js';
export { createFromCard, createModel } from './zoo/createModel.js';
export type { FamilyOf, ModelName } from './zoo/entries.js';
export { modelNames } from './zoo/entries.js';
export type { Family, FamilyName, FamilyOptions } from './zoo/families.js';
export { buildFamily, families, familyNames } from './zoo/families.js';
export type { ModelFilter, ModelInfo, Range } from './zoo/info.js';
export { listModels, modelInfo } from './zoo/info.js';
export type { ModelSizes, NetworkSize, Variant } from './zoo/modelSizes.js';
export type { Recipe, RecipeName, RecipeOptions } from './zoo/recipes.js';
export { recipeOptions, recipes } from './zoo/recipes.js';
