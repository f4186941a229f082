export type { FileDataset, OpenReport, SkippedSample, StackOptions } from './dataset/fileDataset.js';
export { openDataset } from './formats/node/openDataset.js';
export type { DatasetFormat, OpenDatasetOptions, TableOptions } from './formats/options.js';
export { createLoader } from './loader/node/createLoader.js';
export type { WorkerLoaderOptions } from './loader/options.js';
export { simulateLandscape } from './simulate/node/simulateLandscape.js';
export type { SimulateOptions, SimulateResult } from './simulate/options.js';
