import { LulcError } from '@lulc/core';
import { findAddon, openAddon } from '../install/findAddon.js';
import type { Addon } from './addon.js';

/**
 * Loads the native side: once per environment, however often it is called.
 *
 * @throws LulcError `unavailable` when there is none, or it cannot be loaded
 */
export function loadAddon(): Addon {
  const found = findAddon();
  if (found === undefined)
    throw new LulcError('unavailable', 'the torch engine is not installed', { hint: 'Run: lulc engine install torch' });
  try {
    return openAddon(found) as Addon;
  } catch (error) {
    throw new LulcError('unavailable', `the torch engine cannot be loaded: ${(error as Error).message}`, {
      where: { file: found.path },
      hint: 'Run: lulc engine install torch --force',
    });
  }
}
