import { findBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TorchBackend } from '../../backend/torchBackend.js';
import { findAddon } from '../../install/findAddon.js';
import type { Addon } from '../../native/addon.js';
import { backendName, registerTorchBackend } from '../../registerTorchBackend.js';
import { type Outcome, onNative } from '../againstCpu.js';
import { batchNormCases } from './batchNorm.js';
import type { LoopCase, LoopCases, Wanted } from './case.js';
import { fewChannelCases, filterGradientCases, pointwiseCases, winogradCases } from './convolution.js';
import { elementwiseCases } from './elementwise.js';
import { productCases } from './product.js';
import { resizeCases } from './resize.js';
import { rowCases } from './rows.js';

const cases: LoopCases = {
  ...batchNormCases,
  ...elementwiseCases,
  ...rowCases,
  ...winogradCases,
  ...pointwiseCases,
  ...fewChannelCases,
  ...filterGradientCases,
  ...productCases,
  ...resizeCases,
};

const best: readonly Addon['instructionSet'][] = ['baseline', 'avx2', 'avx512'];

/**
 * Declares the tests of the engine's own loops, for one instruction set. It is chosen when the addon is loaded, so each set
 * needs a test file, that is a process, of its own.
 *
 * @param instructionSet the set; where the processor lacks it, its best one is tested by another file and these are skipped
 */
export function declareLoopTests(instructionSet: Addon['instructionSet']): void {
  process.env.LULC_TORCH_ISA = instructionSet;
  describe.skipIf(findAddon() === undefined)(`own loops with ${instructionSet}`, () => {
    let used: Addon['instructionSet'];

    beforeAll(async () => {
      await registerTorchBackend();
      used = (findBackend(backendName) as TorchBackend).addon.instructionSet;
    });

    it('uses no better instructions than it may', () => {
      expect(best.indexOf(used)).toBeLessThanOrEqual(best.indexOf(instructionSet));
    });

    it.for(Object.entries(cases))('%s', ([, make], { skip }) => {
      skip(used !== instructionSet, `the processor has ${used}`);
      expectRight(make());
    });

    it.each(Object.entries(winogradCases))("%s is by Winograd's filtering, unless that is off", async (_, make) => {
      const { kernel, inputs, attributes = [] } = make();
      const run = () => onNative(kernel, inputs, attributes)[0].values;
      const fast = run();
      await registerTorchBackend({ winograd: false });
      const direct = run();
      await registerTorchBackend({ winograd: true });
      expect(fast).not.toEqual(direct);
      expect(fast).toEqual(run());
    });
  });
}

function expectRight({ kernel, inputs, attributes = [], wanted, tolerance = 1e-5 }: LoopCase): void {
  const found = onNative(kernel, inputs, attributes);
  wanted.forEach((output, i) => {
    const limit = typeof tolerance === 'number' ? tolerance : tolerance[i];
    expect(found[i].shape, `shape of output ${i}`).toEqual([...output.shape]);
    expect(deviation(found[i], output), `deviation of output ${i}`).toBeLessThanOrEqual(limit);
  });
}

/** The largest difference over the largest wanted value; infinite where something is not a number. */
function deviation({ values }: Outcome, { values: wanted }: Wanted): number {
  let [difference, largest] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    const apart = Math.abs(values[i] - wanted[i]);
    if (Number.isNaN(apart)) return Number.POSITIVE_INFINITY;
    difference = Math.max(difference, apart);
    largest = Math.max(largest, Math.abs(wanted[i]));
  }
  return difference === 0 ? 0 : difference / largest;
}
