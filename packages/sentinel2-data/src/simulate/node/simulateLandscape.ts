import { LulcError } from '@lulc/core';
import type { SimulateOptions, SimulateResult } from '../options.js';

/** @throws LulcError */
export async function simulateLandscape(options: SimulateOptions): Promise<SimulateResult> {
  throw new LulcError('internal', `not written yet: ${options.out}`);
}
