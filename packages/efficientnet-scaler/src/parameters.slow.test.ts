import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { efficientNet, scaledEfficientNet } from './index.js';
import { counts, kerasCounts, publishedCounts } from './testing/counts.js';

beforeAll(() => setBackend('cpu'));

const larger = ['B2', 'B3', 'B4', 'B5', 'B6', 'B7'] as const;

it.each(larger)("Keras' EfficientNet %s", (size) => {
  expect(counts(efficientNet({ size, inputSize: 32 }))).toEqual(kerasCounts[size]);
});

describe.each(['standard', 'swapped'] as const)("the benchmark's own, as coded, %s orientation", (orientation) => {
  it.each(larger)('%s ECA, and with ghosts', (preset) => {
    const options = { preset, orientation, variant: 'reference', inputSize: 32 } as const;
    const { plain, ghost } = publishedCounts[orientation][preset];
    expect(counts(scaledEfficientNet(options)).trainable).toBe(plain);
    expect(counts(scaledEfficientNet({ ...options, ghost: true })).trainable).toBe(ghost);
  });
});
