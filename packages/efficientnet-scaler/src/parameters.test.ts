import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { efficientNet, type ScaledEfficientNetOptions, scaledEfficientNet } from './index.js';

beforeAll(() => setBackend('cpu'));

const sizes = ['B0', 'B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7'] as const;

function counts(model: LayersModel): [trainable: number, nonTrainable: number] {
  const count = (weights: { shape: (number | null)[] }[]) =>
    weights.reduce((sum, { shape }) => sum + shape.reduce<number>((product, size) => product * (size ?? 1), 1), 0);
  const result: [number, number] = [count(model.trainableWeights), count(model.nonTrainableWeights)];
  model.dispose();
  return result;
}

/** Trainable weights of the specification (benchmark 1.7), and the golden vector's other ones. */
describe("Keras' EfficientNets", () => {
  const table = [4_033_903, 6_539_539, 7_729_781, 10_727_955, 17_585_707, 28_382_739, 40_783_027, 63_839_651];
  it.each(sizes.map((size, i) => [size, table[i]] as const))('%s', (size, trainable) => {
    const [got, others] = counts(efficientNet({ size, inputSize: 32 }));
    expect(got).toBe(trainable);
    if (size === 'B0') expect(others).toBe(42_016);
  });
  it('with two more bands', () => {
    expect(counts(efficientNet({ bands: 12, inputSize: 32 }))[0]).toBe(4_033_903 + 2 * 9 * 32);
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
    const [got, others] = counts(scaledEfficientNet({ variant: 'reference', ...options }));
    expect(got).toBe(trainable);
    if (nonTrainable !== undefined) expect(others).toBe(nonTrainable);
  });

  const larger = {
    standard: [
      [5_449_479, 3_118_151],
      [6_435_985, 3_670_929],
      [8_894_397, 5_009_917],
      [14_505_145, 8_045_113],
      [23_281_211, 12_686_651],
      [33_367_293, 18_035_421],
      [52_029_909, 27_772_629],
    ],
    swapped: [
      [4_014_623, 2_402_975],
      [7_837_467, 4_442_203],
      [10_627_195, 5_981_563],
      [19_268_145, 10_693_393],
      [31_314_669, 17_187_917],
      [47_503_033, 25_850_937],
      [67_325_373, 36_484_413],
    ],
  } as const;
  describe.each(['standard', 'swapped'] as const)('%s orientation', (orientation) => {
    it.each(larger[orientation].map((row, i) => [sizes[i + 1], ...row] as const))(
      '%s ECA, ECA ghost',
      (preset, plain, ghost) => {
        const options = { preset, orientation, variant: 'reference', inputSize: 32 } as const;
        expect(counts(scaledEfficientNet(options))[0]).toBe(plain);
        expect(counts(scaledEfficientNet({ ...options, ghost: true }))[0]).toBe(ghost);
      },
    );
  });
});
