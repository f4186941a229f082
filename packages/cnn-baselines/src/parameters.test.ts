import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ResNetOptions, resNet } from './index.js';

beforeAll(() => setBackend('cpu'));

/** ResNet18 of torchvision for 3 bands and 1000 classes; its convolutions have no bias. */
const torchvision18 = 11_689_512;
const biasesOf18 = 64 + 4 * 64 + 5 * 128 + 5 * 256 + 5 * 512;

/** Trainable and non-trainable weights: the specification's (benchmark 1.7 and the golden vector), or torchvision's. */
const table: readonly [string, ResNetOptions, number, number?][] = [
  ['ResNet50 S2', {}, 23_595_475, 53_120],
  ['ResNet50 S1+S2', { bands: 12 }, 23_595_475 + 6_272],
  ['ResNet18 S2', { depth: 18 }, torchvision18 + biasesOf18 + 7 * 7 * 7 * 64 - 513 * 1000 + 513 * 19],
  ['ResNet101 S2', { depth: 101 }, 42_613_715],
  ['ResNet152 S2', { depth: 152 }, 58_280_403],
  ['ResNet18, 3 bands, 1000 classes', { depth: 18, bands: 3, classes: 1000 }, torchvision18 + biasesOf18, 9_600],
];

describe('parameter counts', () => {
  it.each(table)('%s', (_, options, trainable, nonTrainable) => {
    const model = resNet({ ...options, inputSize: 32 });
    const count = (weights: { shape: (number | null)[] }[]) =>
      weights.reduce((sum, { shape }) => sum + shape.reduce<number>((product, size) => product * (size ?? 1), 1), 0);
    expect(count(model.trainableWeights)).toBe(trainable);
    if (nonTrainable !== undefined) expect(count(model.nonTrainableWeights)).toBe(nonTrainable);
    model.dispose();
  });
});
