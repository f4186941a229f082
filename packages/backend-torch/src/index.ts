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
export type { TorchEngine } from './registerTorchBackend.js';
export { backendName, registerTorchBackend } from './registerTorchBackend.js';
