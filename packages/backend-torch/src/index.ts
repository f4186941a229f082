/**
 * A TF.js backend over libtorch: the models of TensorFlow.js at PyTorch speed, on CPU and CUDA, in Node.
 *
 * ```ts
 * import { useEngine } from '@lulc/core';
 *
 * const engine = await useEngine('torch'); // loads this package
 * ```
 *
 * @module
 */
// installing
export type { FoundAddon } from './install/findAddon.js';
export { findAddon } from './install/findAddon.js';
export type { FindLibtorchOptions, FoundLibtorch, LibtorchOrigin } from './install/findLibtorch.js';
export { findLibtorch } from './install/findLibtorch.js';
export type { InstallTorchOptions, TorchInstallation } from './install/installTorch.js';
export { installTorch } from './install/installTorch.js';
export type { Libtorch } from './install/libtorch.js';
export type { InstalledTorch, MissingTorch } from './install/probe.js';
export { probeTorch } from './install/probe.js';
// engine
export type { TorchEngine, TorchOptions, TorchPrecision } from './registerTorchBackend.js';
export { backendName, registerTorchBackend } from './registerTorchBackend.js';
