import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { denseNet, kBranch, resNet, vgg } from './index.js';
import { counts } from './testing/counts.js';

beforeAll(() => setBackend('cpu'));

/** Trainable weights of the larger networks for 10 bands and 19 classes (benchmark 1.7). */
it.each<[string, () => LayersModel, number]>([
  ['ResNet101', () => resNet({ depth: 101, inputSize: 32 }), 42_613_715],
  ['ResNet152', () => resNet({ depth: 152, inputSize: 32 }), 58_280_403],
  ['DenseNet169', () => denseNet({ depth: 169, inputSize: 32 }), 12_538_067],
  ['DenseNet201', () => denseNet({ depth: 201, inputSize: 32 }), 18_151_379],
  ['VGG19', () => vgg({ depth: 19, inputSize: 32 }), 20_038_163],
  ['K-Branch, 2 branches on their native grids', () => kBranch(), 14_859_347],
  ['K-Branch, 2 branches, 20 m bands resized', () => kBranch({ native: false }), 36_977_747],
  ['K-Branch, 3 branches on their native grids', () => kBranch({ branches: 3 }), 16_523_251],
])('%s', (_, build, trainable) => {
  expect(counts(build()).trainable).toBe(trainable);
});
