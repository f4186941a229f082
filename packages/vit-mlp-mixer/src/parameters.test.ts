import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { mlpMixer, visionTransformer } from './index.js';

beforeAll(() => setBackend('cpu'));

/** All weights of a model, which are trainable. */
function count(model: LayersModel): number {
  expect(model.nonTrainableWeights).toEqual([]);
  const sum = model.trainableWeights.reduce(
    (total, { shape }) => total + shape.reduce<number>((product, size) => product * (size as number), 1),
    0,
  );
  model.dispose();
  return sum;
}

describe('parameter counts equal the specification (benchmark 1.7)', () => {
  it.each([
    [6, 55_237_395, 55_262_931],
    [12, 15_984_915, 15_991_251],
    [20, 7_760_147, 7_762_387],
    [30, 5_458_707, 5_459_667],
    [40, 4_989_203, 4_989_715],
  ] as const)('ViT/%d', (patch, reference, corrected) => {
    expect(count(visionTransformer({ patch, variant: 'reference' }))).toBe(reference);
    expect(count(visionTransformer({ patch }))).toBe(corrected);
    expect(count(visionTransformer({ size: `ViT/${patch}`, bands: 12 }))).toBe(corrected + 128 * patch ** 2);
  });

  it.each([
    ['base', 446_723, 447_171, 36_864],
    ['tiny', 136_955, 136_667, 18_432],
  ] as const)('MLPMixer, %s', (size, reference, corrected, twoBands) => {
    expect(count(mlpMixer({ size, variant: 'reference' }))).toBe(reference);
    expect(count(mlpMixer({ size }))).toBe(corrected);
    expect(count(mlpMixer({ size, bands: 12 }))).toBe(corrected + twoBands);
  });

  it('ViTM/20 is ViT/20 with a linear head on the mean token', () => {
    const heads = 2304 * 2048 + 2048 + 2048 * 1024 + 1024 + (1024 - 64) * 19;
    expect(count(visionTransformer({ size: 'ViTM/20' }))).toBe(7_762_387 - heads);
    expect(7_762_387 - heads).toBe(925_331);
    expect(count(visionTransformer({ size: 'ViTM/20', variant: 'reference' }))).toBe(7_760_147 - heads);
  });
});
