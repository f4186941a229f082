import { registerTorchBackend } from '@lulc/backend-torch';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // brings TF.js' gradients
import { expect, it } from 'vitest';
import { generators, testedElsewhere } from './generators.js';
import { fuzzKernel } from './run.js';

/** Names of the kernels of a backend. */
export const kernelsOf = (backend: string): string[] =>
  tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName);

/**
 * Declares a test for every kernel of the engine. `LULC_FUZZ_SEED` and `LULC_FUZZ_CASES` replace the arguments,
 * `LULC_FUZZ_KERNEL` picks kernels by name.
 *
 * @param seed of the random numbers
 * @param cases calls of each kernel
 */
export async function declareFuzzTests(seed: number, cases: number): Promise<void> {
  await registerTorchBackend();
  await tf.setBackend('cpu');
  await tf.setBackend('torch');
  const { LULC_FUZZ_SEED, LULC_FUZZ_CASES, LULC_FUZZ_KERNEL } = process.env;
  const wanted = LULC_FUZZ_KERNEL?.split(',');
  const kernels = kernelsOf('torch').filter((name) => generators[name] && (wanted?.includes(name) ?? true));
  it.each(kernels)('%s', (kernel) => {
    const count = Number(LULC_FUZZ_CASES ?? cases);
    const { compared, failures } = fuzzKernel(kernel, generators[kernel], Number(LULC_FUZZ_SEED ?? seed), count);
    expect(failures).toEqual([]);
    expect(compared, 'calls that the reference can compute').toBeGreaterThan(count / 2);
  });
  it('knows every kernel of the engine', () => {
    expect(kernelsOf('torch').filter((name) => !generators[name] && !testedElsewhere[name])).toEqual([]);
  });
}
