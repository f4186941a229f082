import { isLulcError } from '@lulc/core';
import { findAddon } from './findAddon.js';

/** The engine is installed. */
export interface InstalledTorch {
  /** What it runs on, e.g. `'libtorch 2.13.0 (CPU) in /usr'`. */
  readonly detail: string;
  /** Whether it was built for NVIDIA GPUs. */
  readonly cuda: boolean;
}

/** The engine is not installed. */
export interface MissingTorch {
  /** What is missing, in a sentence. */
  readonly missing: string;
}

/**
 * Whether the engine is installed, without loading any native code; never throws.
 *
 * @returns what was found, and whether it was built for NVIDIA GPUs; or what is missing
 *
 * @example
 * ```ts
 * import { probeTorch } from '@lulc/backend-torch';
 *
 * const found = probeTorch();
 * console.log('missing' in found ? found.missing : found.detail);
 * ```
 */
export function probeTorch(): InstalledTorch | MissingTorch {
  try {
    const addon = findAddon();
    if (addon === undefined) return { missing: 'the native part of @lulc/backend-torch is not installed' };
    return { detail: addon.libtorch, cuda: addon.cuda };
  } catch (error) {
    return { missing: isLulcError(error) ? error.message : String(error) };
  }
}
