/**
 * Self-supervised pre-training for land-cover segmentation: GLCNet, Embedding Earth and the methods they are compared
 * with, as data that `pretrain` runs on any dense network.
 *
 * @example
 * ```ts
 * import { glcNet, pretrain } from '@lulc/contrastive-ssl';
 * import { useEngine } from '@lulc/core';
 * import { glcNetViews } from '@lulc/core/views';
 * import { planDenseNetwork } from '@lulc/model-zoo';
 * import { createViewLoader, fromArrays } from '@lulc/sentinel2-data';
 *
 * await useEngine('auto');
 * const scene = () => Uint8Array.from({ length: 48 * 48 * 4 }, () => 256 * Math.random());
 * const images = fromArrays({
 *   images: Array.from({ length: 4 }, () => ({ data: scene(), shape: [48, 48, 4] as const })),
 *   labels: [[0], [0], [0], [0]], // not read
 *   classes: ['any'],
 *   bands: ['B04', 'B03', 'B02', 'B08'],
 * });
 * const decoder = { name: 'deeplabv3plus', width: 16, rates: [1, 2] } as const;
 * const { build } = await planDenseNetwork({ family: 'wrn-eca', decoder, bands: 4, inputSize: 32 });
 * const { model, history } = await pretrain({
 *   method: glcNet({ regions: 2 }),
 *   network: build,
 *   train: createViewLoader(images, { batchSize: 4, views: glcNetViews({ size: [32, 32], bands: 4 }) }),
 *   epochs: 2,
 * });
 * console.log(history.length, model.inputs[0].shape); // 2 [ null, 32, 32, 4 ]
 * ```
 *
 * @module
 */
export type { ByolOptions } from './baselines/byol.js';
export { byol } from './baselines/byol.js';
export type { DenseClOptions } from './baselines/denseCL.js';
export { denseCL } from './baselines/denseCL.js';
export type { InpaintingOptions } from './baselines/inpainting.js';
export { inpainting } from './baselines/inpainting.js';
export type { JigsawOptions } from './baselines/jigsaw.js';
export { jigsaw } from './baselines/jigsaw.js';
export type { MoCoOptions } from './baselines/moCoV2.js';
export { moCoV2 } from './baselines/moCoV2.js';
export { distantPermutations } from './baselines/permutations.js';
export type { VicRegLOptions } from './baselines/vicRegL.js';
export { vicRegL } from './baselines/vicRegL.js';
export type { SimClrOptions } from './contrast/simClr.js';
export { simClr } from './contrast/simClr.js';
export type { EmbeddingEarthOptions } from './embedding-earth/embeddingEarth.js';
export { embeddingEarth } from './embedding-earth/embeddingEarth.js';
export type { GlcNetMode, GlcNetOptions } from './glcnet/glcNet.js';
export { glcNet } from './glcnet/glcNet.js';
export type { ProjectionHeadOptions } from './heads/projectionHead.js';
export { projectionHead } from './heads/projectionHead.js';
export type { CollapseLimits } from './health/collapse.js';
export { collapseOf } from './health/collapse.js';
export type { EmbeddingHealth } from './health/embeddingHealth.js';
export { alignment, embeddingHealth } from './health/embeddingHealth.js';
export type { Matrix } from './health/matrix.js';
export type { HealthOptions, ProbeOptions } from './health/measureHealth.js';
export type { LabelledEmbeddings } from './health/probes.js';
export { linearProbe, nearestNeighbours, probeScore } from './health/probes.js';
export { cosineDistance } from './losses/cosineDistance.js';
export type { DenseFeatures } from './losses/denseInfoNce.js';
export { denseInfoNce } from './losses/denseInfoNce.js';
export { holeLoss } from './losses/holeLoss.js';
export { infoNce } from './losses/infoNce.js';
export type { Denominator, NtXentOptions } from './losses/ntXent.js';
export { ntXent } from './losses/ntXent.js';
export { styleVector } from './losses/styleVector.js';
export { unitRows } from './losses/unitRows.js';
export type { VicRegOptions } from './losses/vicReg.js';
export { vicReg } from './losses/vicReg.js';
export type { MethodRun, MethodSetup, PretrainingMethod } from './method/method.js';
export type { MethodEntry, MethodName, MethodOptions } from './methods/pretrainingMethods.js';
export { createMethod, defaultViews, methodNames, pretrainingMethods } from './methods/pretrainingMethods.js';
export type { CopyStatistics } from './momentum/momentumCopy.js';
export type { HealthRecord, PretrainingFacts, PretrainOptions, PretrainResult } from './pretrain/pretrain.js';
export { pretrain } from './pretrain/pretrain.js';
export type { Recipe } from './pretrain/recipes.js';
export { glcNetFineTuning, glcNetRecipe } from './pretrain/recipes.js';
export type { CellMatches } from './regions/cellMatches.js';
export { cellMatches } from './regions/cellMatches.js';
export type { Point, RegionPair, RegionView } from './regions/drawRegions.js';
export { drawRegions } from './regions/drawRegions.js';
export { addIntervalWeights, regionMeans } from './regions/regionMeans.js';
export type { Negatives } from './regions/regionTensors.js';
