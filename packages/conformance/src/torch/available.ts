import { registerTorchBackend, type TorchEngine } from '@lulc/backend-torch';
import { isLulcError } from '@lulc/core';

/**
 * Loads the engine. `LULC_TEST_TORCH=1` says that it must be there, as in CI; without it, suites are skipped where it is
 * not installed.
 *
 * @returns the engine, or why it cannot be tested here
 */
export async function loadTorch(): Promise<TorchEngine | { readonly missing: string }> {
  try {
    return await registerTorchBackend();
  } catch (error) {
    if (!isLulcError(error, 'unavailable') || process.env.LULC_TEST_TORCH === '1') throw error;
    return { missing: error.message };
  }
}
