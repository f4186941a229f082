/**
 * Self-supervised pre-training for land-cover segmentation.
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
