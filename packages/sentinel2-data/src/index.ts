/**
 * Sentinel-2 for deep learning: bands, label schemes, statistics, transforms and batches. This entry runs anywhere;
 * reading datasets from disk is in `@lulc/sentinel2-data/node`.
 *
 * @example
 * ```ts
 * import { bandOrders, bigEarthNet19, labelIndices, scalingFor } from '@lulc/sentinel2-data';
 *
 * const bands = bandOrders['bigearthnet-s2'];
 * console.log(scalingFor('bigearthnet-v1', bands).std.length); // 10
 * console.log(labelIndices(bigEarthNet19, ['Rice fields', 'Sea and ocean'])); // [2, 18]
 * ```
 *
 * @module
 */
export type { BandOrderName } from './bands/bandOrders.js';
export { bandOrders, resolveBands } from './bands/bandOrders.js';
export type { OpticalBand, PerSatellite, RadarBand } from './bands/bands.js';
export { bandByName, normalBandName, sentinel1Bands, sentinel2Bands } from './bands/bands.js';
export { bandIndices, selectChannels } from './bands/selectBands.js';
export type { ConcatenatedDataset } from './dataset/concatenateDatasets.js';
export { concatenateDatasets } from './dataset/concatenateDatasets.js';
export type { ArraysOptions } from './dataset/fromArrays.js';
export { fromArrays } from './dataset/fromArrays.js';
export type { LabelFractionOptions } from './dataset/labelFraction.js';
export { labelFraction, locationGroups } from './dataset/labelFraction.js';
export type { SegmentationArraysOptions } from './dataset/segmentationFromArrays.js';
export { segmentationFromArrays } from './dataset/segmentationFromArrays.js';
export type { Split, SplitFractions } from './dataset/split.js';
export { splitByGroup, stratifiedSplit } from './dataset/split.js';
export type { SubsetOf } from './dataset/subset.js';
export { subset } from './dataset/subset.js';
export { unlabelled } from './dataset/unlabelled.js';
export type { CorineClass } from './labels/bigEarthNet.js';
export { bigEarthNet19, bigEarthNet43, corineClasses } from './labels/bigEarthNet.js';
export { euroSat10 } from './labels/euroSat.js';
export type { IgbpClass } from './labels/igbp.js';
export { igbp10, igbp17, igbpClasses } from './labels/igbp.js';
export type { LabelScheme } from './labels/labelScheme.js';
export { labelIndex, labelIndices } from './labels/labelScheme.js';
export { createLoader } from './loader/createLoader.js';
export { createSegmentationLoader } from './loader/createSegmentationLoader.js';
export { createViewLoader } from './loader/createViewLoader.js';
export type {
  BatchOptions,
  LoaderOptions,
  SamplingOptions,
  SegmentationLoaderOptions,
  Shard,
  ViewLoaderOptions,
} from './loader/options.js';
export type { ClassLegend, MaskValue } from './masks/classLegend.js';
export type { CloudLegend, CloudLegendName } from './masks/cloudLegends.js';
export { cloudLegends } from './masks/cloudLegends.js';
export type { ComputeStatisticsOptions } from './normalisation/computeStatistics.js';
export { computeStatistics } from './normalisation/computeStatistics.js';
export type { BandStatistics } from './normalisation/statistics.js';
export { bandStatistics, scalingFor, scalingIfKnown } from './normalisation/statistics.js';
export type { Raster, ResampleMethod } from './raster/resample.js';
export { resample } from './raster/resample.js';
export type { LandsatPatchName, PatchValues, ScenePatch, StitchOptions } from './segmentation/landsatPatches.js';
export { landsatPatchName, stitchPatches } from './segmentation/landsatPatches.js';
export type { Augmentation } from './transforms/augmentation.js';
export { dihedral } from './transforms/augmentation.js';
export type { Preparation } from './transforms/prepareImage.js';
export { prepareImage } from './transforms/prepareImage.js';
