import { isLulcError } from '@lulc/core';
import { findAddon } from './findAddon.js';

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
export function probeTorch(): { readonly detail: string; readonly cuda: boolean } | { readonly missing: string } {
  try {
    const addon = findAddon();
    if (addon === undefined) return { missing: 'the native part of @lulc/backend-torch is not installed' };
    return { detail: addon.libtorch, cuda: addon.cuda };
  } catch (error) {
    return { missing: isLulcError(error) ? error.message : String(error) };
  }
}
