import * as tf from '@tensorflow/tfjs-core';
import { kernelRows } from './kernels/kernels.js';
import { kernelConfig } from './kernels/table.js';
import { loadAddon } from './native/loadAddon.js';
import { CapturingBackend } from './program/capturingBackend.js';

/** Name of the TF.js backend. */
export const backendName = 'torch';

/** What {@link registerTorchBackend} says about the engine. */
export interface TorchEngine {
  /** What it computes on. */
  readonly device: 'cpu' | 'cuda';
  /** Version of libtorch. */
  readonly version: string;
}

/**
 * Loads libtorch and registers the TF.js backend `torch` with all its kernels. It does not make it the active one:
 * `useEngine` of `@lulc/core` or `tf.setBackend('torch')` does. Calling it again is cheap.
 *
 * @returns what it runs on
 * @throws LulcError `unavailable` when the engine is not installed or cannot be loaded
 *
 * @example
 * ```ts
 * // not run: needs libtorch
 * import { registerTorchBackend } from '@lulc/backend-torch';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * const { device, version } = await registerTorchBackend();
 * await tf.setBackend('torch');
 * console.log(`libtorch ${version} on ${device}`);
 * ```
 */
export async function registerTorchBackend(): Promise<TorchEngine> {
  const registered = tf.engine().findBackend(backendName) as CapturingBackend | null;
  const backend = registered ?? new CapturingBackend(loadAddon());
  if (registered === null) {
    for (const kernelRow of kernelRows) tf.registerKernel(kernelConfig(kernelRow, backendName, backend));
    tf.registerBackend(backendName, () => backend, 4);
  }
  return { device: backend.addon.device, version: backend.addon.libtorch };
}
