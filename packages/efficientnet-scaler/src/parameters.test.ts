import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { efficientNet, type ScaledEfficientNetOptions, scaledEfficientNet } from './index.js';
import { counts, kerasCounts, publishedCounts } from './testing/counts.js';

beforeAll(() => setBackend('cpu'));

/** Only the smaller networks; the others are in the slow suite. */
describe("Keras' EfficientNets", () => {
  it.each(['B0', 'B1', 'B2'] as const)('%s', (size) => {
    expect(counts(efficientNet({ size, inputSize: 32 }))).toEqual(kerasCounts[size]);
  });
  it('B0 with two more bands', () => {
    const [{ trainable }, { trainable: base }] = [counts(efficientNet({ bands: 12, inputSize: 32 })), kerasCounts.B0];
    expect(trainable).toBe(base + 2 * 9 * 32);
  });
});

describe("the benchmark's own, as coded", () => {
  it.each<[string, ScaledEfficientNetOptions, number, number?]>([
    ['CBAM', { attention: 'cbam' }, 4_370_739],
    ['CBAM ghost', { attention: 'cbam', ghost: true }, 3_001_971],
    ['COORD', { attention: 'coord' }, 4_149_287],
    ['COORD ghost', { attention: 'coord', ghost: true }, 2_780_519],
    ['SE', { attention: 'se' }, 4_369_171],
    ['SE ghost', { attention: 'se', ghost: true }, 3_000_403, 52_848],
    ['ECA', { attention: 'eca' }, 3_419_583, 42_080],
    ['ECA ghost', { attention: 'eca', ghost: true }, 2_050_815],
    ['ECA S1+S2', { attention: 'eca', bands: 12 }, 3_419_583 + 18 * 32],
  ])('B0 %s', (_, options, trainable, nonTrainable) => {
    const got = counts(scaledEfficientNet({ variant: 'reference', ...options }));
    expect(got.trainable).toBe(trainable);
    if (nonTrainable !== undefined) expect(got.nonTrainable).toBe(nonTrainable);
  });

  it.each(['standard', 'swapped'] as const)('B1 ECA, and with ghosts, %s orientation', (orientation) => {
    const options = { preset: 'B1', orientation, variant: 'reference', inputSize: 32 } as const;
    const { plain, ghost } = publishedCounts[orientation].B1;
    expect(counts(scaledEfficientNet(options)).trainable).toBe(plain);
    expect(counts(scaledEfficientNet({ ...options, ghost: true })).trainable).toBe(ghost);
  });
});

describe('the corrected variant', () => {
  /** Expanded and output channels of B0's blocks, and what SE of Keras has for each. */
  const blocks = b0Blocks();

  it('without attention is what Keras builds, without its attention', () => {
    const squeezes = blocks.reduce((sum, { input, inner }) => {
      const hidden = input / 4;
      return sum + 2 * inner * hidden + hidden + inner;
    }, 0);
    const { trainable, nonTrainable } = kerasCounts.B0;
    expect(counts(scaledEfficientNet({ attention: 'none' }))).toEqual({
      trainable: trainable - squeezes,
      nonTrainable,
    });
  });

  it('with ghosts has half of each 1×1 convolution, and a cheap 3×3 one', () => {
    const saved = (from: number, to: number) => (from * to) / 2 - (9 * to) / 2;
    const less = blocks.reduce(
      (sum, { input, inner, output }) => sum + (inner > input ? saved(input, inner) : 0) + saved(inner, output),
      0,
    );
    const [plain, ghost] = [{}, { ghost: true }].map((options) => counts(scaledEfficientNet(options)));
    expect(ghost).toEqual({ trainable: plain.trainable - less, nonTrainable: plain.nonTrainable });
  });
});

/** Channels of B0's blocks, from the table of the specification (1.2). */
function b0Blocks(): { input: number; inner: number; output: number }[] {
  const widths = [16, 24, 40, 80, 112, 192, 320];
  const repeats = [1, 2, 2, 3, 3, 4, 1];
  let input = 32;
  return widths.flatMap((output, stage) =>
    Array.from({ length: repeats[stage] }, () => {
      const block = { input, inner: input * (stage === 0 ? 1 : 6), output };
      input = output;
      return block;
    }),
  );
}
