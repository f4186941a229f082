/**
 * What `@lulc/core` adds where there is a file system: checkpoints, logs, atomic writes, and the tensorflow engine's
 * installation.
 *
 * @module
 */

// files
export { writeAtomically } from './model/node/atomicFile.js';
// runtime
export type { InstallTensorflowOptions, TensorflowInstallation } from './runtime/node/installTensorflow.js';
export { installTensorflow } from './runtime/node/installTensorflow.js';
// training
export { fileCheckpoints } from './training/node/fileCheckpoints.js';
export { jsonlLog } from './training/node/jsonlLog.js';
export type { ProgressOptions } from './training/node/progressLog.js';
export { progressLog } from './training/node/progressLog.js';
export { tensorBoardLog } from './training/node/tensorBoardLog.js';
