import { shapeOf } from '@lulc/core';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ScaledWRNOptions, scaledWRN } from './index.js';

beforeAll(() => setBackend('cpu'));

/** Trainable and non-trainable weights of the specification (benchmark 1.4 and 1.7). */
const table: readonly [string, ScaledWRNOptions, number, number?][] = [
  ['B0 ECA S2', { preset: 'B0' }, 305_889, 928],
  ['B1 ECA S2', { preset: 'B1' }, 372_357, 1_024],
  ['B2 ECA S2', { preset: 'B2' }, 432_105, 1_104],
  ['B3 ECA S2', { preset: 'B3' }, 589_053, 1_280],
  ['B4 ECA S2', { preset: 'B4' }, 984_313, 1_648],
  ['B5 ECA S2', { preset: 'B5' }, 5_160_363, 5_936],
  ['B6 ECA S2', { preset: 'B6' }, 7_274_855, 7_040],
  ['B7 ECA S2', { preset: 'B7' }, 14_057_623, 11_168],
  ['B0 ECA S1+S2', { preset: 'B0', bands: 12 }, 306_177, 928],
  ['B4 ECA S1+S2', { preset: 'B4', bands: 12 }, 984_601, 1_648],
  ['B5 ECA S1+S2', { preset: 'B5', bands: 12 }, 5_160_651],
  ['B7 ECA S1+S2', { preset: 'B7', bands: 12 }, 14_057_911],
  ['B0 ECA S1', { preset: 'B0', bands: 2 }, 305_889 - 8 * 9 * 16],
  ['B0 plain', { attention: 'none' }, 305_875],
  ['B0 SE', { attention: 'se' }, 308_801],
  ['B0 CBAM', { attention: 'cbam' }, 309_095],
  ['B0 COORD', { attention: 'coord' }, 311_771],
  ['B4 plain', { preset: 'B4', attention: 'none' }, 984_299],
  ['B4 SE', { preset: 'B4', attention: 'se' }, 993_183],
  ['B4 CBAM', { preset: 'B4', attention: 'cbam' }, 993_477],
  ['B4 COORD', { preset: 'B4', attention: 'coord' }, 994_875],
  ['B0 ghost as coded', { ghost: true, variant: 'reference', attention: 'none' }, 156_019],
  ['B0 ECA ghost as coded', { ghost: true, variant: 'reference' }, 156_033],
  ['B0 SE ghost as coded', { ghost: true, variant: 'reference', attention: 'se' }, 158_945],
  ['B0 CBAM ghost as coded', { ghost: true, variant: 'reference', attention: 'cbam' }, 159_239],
  ['B0 COORD ghost as coded', { ghost: true, variant: 'reference', attention: 'coord' }, 161_915],
  ['B4 ECA ghost as coded', { preset: 'B4', ghost: true, variant: 'reference' }, 497_133],
  ['B0 ghost corrected', { ghost: true, attention: 'none' }, 159_715],
  ['B0 ECA ghost corrected', { ghost: true }, 159_729],
  ['B0 SE ghost corrected', { ghost: true, attention: 'se' }, 162_641],
  ['B0 CBAM ghost corrected', { ghost: true, attention: 'cbam' }, 162_935],
  ['B0 COORD ghost corrected', { ghost: true, attention: 'coord' }, 165_611],
  // EfficientNet-style exponents (spec 1.4, table B)
  ['alpha 1.1, phi 5', { alpha: 1.1, beta: 1.2, gamma: 1.1, phi: 5 }, 6_715_139],
  ['alpha 1.2, phi 3', { alpha: 1.2, beta: 1.1, gamma: 1.15, phi: 3 }, 1_932_801],
  ['alpha 1.15, phi 4', { alpha: 1.15, beta: 1.2, gamma: 1.1, phi: 4 }, 4_589_723],
];

describe('parameter counts equal the specification', () => {
  it.each(table)('%s', (_, options, trainable, nonTrainable) => {
    const model = scaledWRN(options);
    const count = (weights: { shape: (number | null)[] }[]) =>
      weights.reduce((sum, { shape }) => sum + shape.reduce<number>((product, size) => product * (size ?? 1), 1), 0);
    expect(count(model.trainableWeights)).toBe(trainable);
    if (nonTrainable !== undefined) expect(count(model.nonTrainableWeights)).toBe(nonTrainable);
    model.dispose();
  });
});

describe('input sizes of the presets', () => {
  it.each([
    ['B0', 60],
    ['B1', 60],
    ['B2', 70],
    ['B3', 80],
    ['B4', 90],
    ['B5', 100],
    ['B6', 110],
    ['B7', 120],
  ] as const)('%s takes %d pixels', (preset, size) => {
    const model = scaledWRN({ preset });
    expect(shapeOf(model.inputs[0] as never)).toEqual([size, size, 10]);
    model.dispose();
  });
});
