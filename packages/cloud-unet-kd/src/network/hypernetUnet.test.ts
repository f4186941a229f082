import { readCard, useEngine } from '@lulc/core';
import { segmentationLogits } from '@lulc/core/segmentation';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { hypernetUnet } from '../index.js';

beforeAll(() => useEngine('cpu'));

const trained = (widths?: readonly number[]) => {
  const model = hypernetUnet({ inputSize: 16, ...(widths && { widths }) });
  const sizes = [model.trainableWeights, model.nonTrainableWeights].map((weights) =>
    weights.reduce((sum, { shape }) => sum + shape.reduce<number>((product, side) => product * (side ?? 1), 1), 0),
  );
  model.dispose();
  return sizes;
};

describe('hypernetUnet', () => {
  it('has the published size, and that of half the widths', () => {
    expect(trained()).toEqual([492_111, 493_395 - 492_111]);
    expect(trained([16, 32, 64])[0]).toBe(125_231);
  });

  it('is a segmenter whose second probability is the sigmoid of the last channel', () => {
    const model = hypernetUnet({ widths: [2, 3], inputSize: 16, seed: 1 });
    expect(readCard(model)).toMatchObject({ task: 'segmentation', classes: ['clear', 'cloud'], inputSize: [16, 16] });
    const x = tf.randomNormal([1, 16, 16, 4], 0, 1, 'float32', 3);
    const [logits, probabilities] = [segmentationLogits(model), model].map(
      (network) => (network.predict(x) as tf.Tensor).dataSync() as Float32Array,
    );
    for (const i of [0, 1, 100, 255]) {
      expect(logits[2 * i]).toBeCloseTo(0, 10);
      expect(probabilities[2 * i + 1]).toBeCloseTo(1 / (1 + Math.exp(-logits[2 * i + 1])), 5);
    }
    // Upsampled without interpolation: pixels come in squares of four.
    expect(logits[1]).toBe(logits[3]);
    expect(new Set(logits).size).toBeGreaterThan(10);
  });

  it('refuses sizes that its pools do not divide, and another number of classes', () => {
    const code = { code: 'invalid-argument' };
    expect(() => hypernetUnet({ inputSize: 20 })).toThrow(expect.objectContaining(code));
    expect(() => hypernetUnet({ inputSize: 16, widths: [] })).toThrow(expect.objectContaining(code));
    const classes = ['a', 'b', 'c'] as unknown as [string, string];
    expect(() => hypernetUnet({ inputSize: 16, classes })).toThrow(expect.objectContaining(code));
  });
});
