import * as tf from '@tensorflow/tfjs-core';
import { model } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { image, useEngine } from '../index.js';
import { type GhostConv2dOptions, ghostConv2d } from './ghost.js';

beforeAll(() => useEngine('cpu'));

/** Values of the two halves of a ghost convolution's output, for an image of noise. */
function halves(options: Partial<GhostConv2dOptions>): [first: number[], second: number[]] {
  const input = image({ shape: [6, 6, 4], seed: 3 });
  const network = model({ inputs: input, outputs: ghostConv2d({ filters: 8, kernelSize: 1, ...options })(input) });
  const values = tf.tidy(() => [
    ...(network.predict(tf.randomNormal([1, 6, 6, 4], 0, 1, 'float32', 2)) as tf.Tensor).dataSync(),
  ]);
  network.dispose();
  return [values.filter((_, i) => i % 8 < 4), values.filter((_, i) => i % 8 >= 4)];
}

const negative = (values: readonly number[]) => values.some((value) => value < 0);

describe('what follows the batch norms of a ghost convolution', () => {
  it.each([
    ['as-coded', true],
    ['intended', true],
    ['intended-activated', false],
  ] as const)('is ReLU by default; of %s the first half has it: %s', (form, raw) => {
    const [first, second] = halves({ form });
    expect([negative(first), negative(second)]).toEqual([raw, false]);
  });
  it('is nothing where it is told so, and swish where it is told that', () => {
    const [first, second] = halves({ activation: 'linear' });
    expect([negative(first), negative(second)]).toEqual([true, true]);
    const swish = (v: number) => v / (1 + Math.exp(-v));
    const [activated] = halves({ activation: 'swish' });
    for (const [i, value] of first.entries()) expect(activated[i]).toBeCloseTo(swish(value), 5);
  });
});
