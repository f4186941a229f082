import { useEngine } from '@lulc/core';
import type { ModelName } from '@lulc/model-zoo';
import { beforeAll, describe, it } from 'vitest';
import { loadTorch } from '../torch/available.js';
import { zooContract } from './contract.js';

/** The largest models that the fast suite tests, in trainable weights; the slow one tests the others. */
export const fastLimit = 1e6;

/** How long a test may take where other programs keep the cores busy, in milliseconds. */
const timeout = 600_000;

/**
 * Declares the contract of models on the torch engine; skipped where that is not installed.
 *
 * @param names which models
 */
export async function zooOnTorch(names: readonly ModelName[]): Promise<void> {
  const torch = await loadTorch();
  if ('missing' in torch) {
    it.skip(`the zoo on torch: ${torch.missing}`, () => {});
    return;
  }
  describe('on torch', { timeout }, () => {
    beforeAll(() => useEngine('torch'), timeout);
    zooContract(names);
  });
}
