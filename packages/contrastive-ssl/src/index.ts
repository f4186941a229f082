/**
 * Self-supervised pre-training for land-cover segmentation.
 *
 * @module
 */
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
export type { Denominator, NtXentOptions } from './losses/ntXent.js';
export { ntXent } from './losses/ntXent.js';
export { styleVector } from './losses/styleVector.js';
export { unitRows } from './losses/unitRows.js';
export type { MethodRun, MethodSetup, PretrainingMethod } from './method/method.js';
export type { HealthRecord, PretrainingFacts, PretrainOptions, PretrainResult } from './pretrain/pretrain.js';
export { pretrain } from './pretrain/pretrain.js';
export type { Recipe } from './pretrain/recipes.js';
export { glcNetFineTuning, glcNetRecipe } from './pretrain/recipes.js';
export type { Point, RegionPair, RegionView } from './regions/drawRegions.js';
export { drawRegions } from './regions/drawRegions.js';
export { addIntervalWeights, regionMeans } from './regions/regionMeans.js';
export type { Negatives } from './regions/regionTensors.js';
