// files
export { writeAtomically } from './model/node/atomicFile.js';
// runtime
export type { InstallTensorflowOptions, TensorflowInstallation } from './runtime/node/installTensorflow.js';
export { installTensorflow } from './runtime/node/installTensorflow.js';
