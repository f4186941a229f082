import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { denseNet, kBranch, resNet, vgg } from './index.js';
import { counts } from './testing/counts.js';

beforeAll(() => setBackend('cpu'));

/** ResNet18 of torchvision for 3 bands and 1000 classes; its convolutions have no bias. */
const torchvision18 = 11_689_512;
const biasesOf18 = 64 + 4 * 64 + 5 * 128 + 5 * 256 + 5 * 512;

const inputSize = 32;

/**
 * Trainable and non-trainable weights: the specification's (benchmark 1.7 and the golden vectors), or torchvision's. Larger
 * networks are in the slow suite.
 */
const table: readonly [string, () => LayersModel, number, number?][] = [
  ['ResNet50 S2', () => resNet({ inputSize }), 23_595_475, 53_120],
  ['ResNet50 S1+S2', () => resNet({ inputSize, bands: 12 }), 23_595_475 + 6_272],
  [
    'ResNet18 S2',
    () => resNet({ inputSize, depth: 18 }),
    torchvision18 + biasesOf18 - 7 * 7 * 3 * 64 + 7 * 7 * 10 * 64 - 513 * 1000 + 513 * 19,
  ],
  [
    'ResNet18, 3 bands, 1000 classes',
    () => resNet({ inputSize, depth: 18, bands: 3, classes: 1000 }),
    torchvision18 + biasesOf18,
    9_600,
  ],
  ['DenseNet121 S2', () => denseNet({ inputSize }), 6_995_283, 83_648],
  ['DenseNet121 S1+S2', () => denseNet({ inputSize, bands: 12 }), 6_995_283 + 6_272],
  ['VGG16 S2', () => vgg({ inputSize }), 14_728_467, 0],
  ['VGG16 S1+S2', () => vgg({ inputSize, bands: 12 }), 14_728_467 + 1_152],
  // of two branches, of which the fusion and the head are as at any size
  [
    'K-Branch, 2 branches, at 24 pixels',
    () => kBranch({ inputSize: 24 }),
    14_859_347 - 2 * (30 * 30 - 6 * 6) * 64 * 128,
  ],
];

describe('parameter counts', () => {
  it.each(table)('%s', (_, build, trainable, nonTrainable) => {
    const got = counts(build());
    expect(got.trainable).toBe(trainable);
    if (nonTrainable !== undefined) expect(got.nonTrainable).toBe(nonTrainable);
  });
});
