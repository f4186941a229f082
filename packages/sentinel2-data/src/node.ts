/**
 * Datasets on disk: readers of images with labels, with masks or alone, loaders with worker threads, and simulated landscapes.
 *
 * @example
 * ```ts
 * import { createLoader, openDataset, simulateLandscape } from '@lulc/sentinel2-data/node';
 *
 * await simulateLandscape({ out: 'data/simulated', patches: 300, seed: 1 });
 * const train = await openDataset({ path: 'data/simulated', split: 'train' });
 * const loader = createLoader(train, { batchSize: 32, shuffle: true });
 * for await (const batch of loader.epoch(0)) console.log(batch.imageShape); // [32, 120, 120, 10]
 * await loader.close();
 * ```
 *
 * @module
 */

export type {
  DataLimit,
  FileDataset,
  FileImageSet,
  ImageFiles,
  OpenReport,
  SegmentationFileDataset,
  SkippedSample,
  StackOptions,
} from './dataset/fileDataset.js';
export { hasFiles, isFileDataset, isSegmentationFileDataset } from './dataset/fileDataset.js';
export { datasetFormats, detectFormat, openDataset } from './formats/node/openDataset.js';
export { writeIgbpFractions } from './formats/node/sen12ms.js';
export type {
  DatasetFormat,
  OpenDatasetOptions,
  PartFractions,
  Sen12MsOptions,
  TableOptions,
} from './formats/options.js';
export { createLoader } from './loader/node/createLoader.js';
export { createSegmentationLoader } from './loader/node/createSegmentationLoader.js';
export { createViewLoader } from './loader/node/createViewLoader.js';
export type {
  WorkerLoaderOptions,
  WorkerOptions,
  WorkerSegmentationLoaderOptions,
  WorkerViewLoaderOptions,
} from './loader/options.js';
export type { ClassLegend, MaskValue } from './masks/classLegend.js';
export type { CloudLegendName } from './masks/cloudLegends.js';
export type { MaskCoding } from './masks/maskCoding.js';
export type { PixelWindow } from './raster/pixelWindow.js';
export type { MapOptions, MapRows, MapType, MapValues, MapWriter } from './scene/mapOptions.js';
export { createMapWriter, writeMap } from './scene/node/mapWriter.js';
export { openScene } from './scene/node/openScene.js';
export type { QuickLookOptions } from './scene/node/writeQuickLook.js';
export { writeQuickLook } from './scene/node/writeQuickLook.js';
export type { OpenedScene, OpenSceneOptions, SceneProduct } from './scene/options.js';
export type { ProductMetadata } from './scene/safeMetadata.js';
export { readSceneMask } from './segmentation/node/landsatPatches.js';
export { openImages } from './segmentation/node/openImages.js';
export {
  detectSegmentationFormat,
  openSegmentation,
  segmentationFormats,
} from './segmentation/node/openSegmentation.js';
export type { NnUnetRawResult, WriteNnUnetRawOptions } from './segmentation/node/writeNnUnetRaw.js';
export { writeNnUnetRaw } from './segmentation/node/writeNnUnetRaw.js';
export type {
  LandsatPatchOptions,
  MaskFolderOptions,
  OpenImagesOptions,
  OpenSegmentationOptions,
  SegmentationFormat,
  WindowOptions,
} from './segmentation/options.js';
export { simulateLandscape } from './simulate/node/simulateLandscape.js';
export type { SimulatedParts, SimulateOptions, SimulateResult } from './simulate/options.js';
export { simulatedMarker } from './simulate/options.js';
