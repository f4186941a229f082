/**
 * What `@lulc/core` adds where there is a file system: checkpoints, logs, atomic writes, the tensorflow engine's
 * installation, and what packages of native engines need to install theirs.
 *
 * @module
 */

// files
export { writeAtomically } from './model/node/atomicFile.js';
// installing native engines
export type { CommandResult } from './runtime/node/command.js';
export { commandError, complaint, runCommand } from './runtime/node/command.js';
export type { CxxCompiler } from './runtime/node/compiler.js';
export { findCxxCompiler } from './runtime/node/compiler.js';
export { engineHome } from './runtime/node/engineHome.js';
export type { InstalledPackage } from './runtime/node/findPackage.js';
export { findPackage } from './runtime/node/findPackage.js';
export type { FolderInstallation, Trial } from './runtime/node/installFolder.js';
export { installFolder, requireInstallable } from './runtime/node/installFolder.js';
export { withInstallLock } from './runtime/node/installLock.js';
// runtime
export type { InstallTensorflowOptions, TensorflowInstallation } from './runtime/node/installTensorflow.js';
export { installTensorflow } from './runtime/node/installTensorflow.js';
export { nodeHeaders } from './runtime/node/nodeHeaders.js';
// training
export { fileCheckpoints } from './training/node/fileCheckpoints.js';
export { jsonlLog } from './training/node/jsonlLog.js';
export type { ProgressOptions } from './training/node/progressLog.js';
export { progressLog } from './training/node/progressLog.js';
export { tensorBoardLog } from './training/node/tensorBoardLog.js';
