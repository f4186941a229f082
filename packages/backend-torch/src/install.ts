/**
 * Putting the torch engine onto a machine; light to import: TF.js' kernels are not loaded.
 *
 * @module
 */

export type { FoundAddon } from './install/findAddon.js';
export { findAddon } from './install/findAddon.js';
export type { FindLibtorchOptions, FoundLibtorch, LibtorchOrigin } from './install/findLibtorch.js';
export { findLibtorch } from './install/findLibtorch.js';
export type { InstallTorchOptions, TorchInstallation } from './install/installTorch.js';
export { installTorch } from './install/installTorch.js';
export type { Libtorch } from './install/libtorch.js';
export type { PrebuildOptions, PrebuiltAddon } from './install/prebuild.js';
export { prebuildTorch } from './install/prebuild.js';
export type { InstalledTorch, MissingTorch } from './install/probe.js';
export { probeTorch } from './install/probe.js';
