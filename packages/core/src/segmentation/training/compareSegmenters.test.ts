import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useEngine } from '../../index.js';
import { memorySegmentation } from '../../testing/memorySegmentation.js';
import { tinySegmenter } from '../../testing/tinySegmenter.js';
import { compareSegmenters, type PixelProbabilityFunction } from './compareSegmenters.js';

beforeAll(() => useEngine('cpu'));

const source = memorySegmentation({ length: 3, batchSize: 2 });
const counted = 3 * 8 * 7;

/** The model's own probabilities, changed. */
function altered(change: (values: Float32Array) => void): PixelProbabilityFunction {
  return async ({ images, imageShape }) => {
    const values = tf.tidy(() => (tinySegmenter().predict(tf.tensor(images, [...imageShape])) as tf.Tensor).dataSync());
    change(values as Float32Array);
    return values as Float32Array;
  };
}

describe('two segmenters', () => {
  it('are the same where both are one', async () => {
    const model = tinySegmenter();
    const report = await compareSegmenters(model, model, source);
    expect(report).toMatchObject({ images: 3, pixels: counted, maxDifference: 0, meanDifference: 0, agreement: 1 });
    expect([...Object.values(report.metrics), ...report.jaccard].map(({ delta }) => delta)).toEqual(
      Array.from({ length: 9 }, () => 0),
    );
  });

  it('differ by what one of them changes, where masks count', async () => {
    const report = await compareSegmenters(
      tinySegmenter(),
      altered((values) => {
        // Pixel 0 is sure of another class; what the ignored last row says does not matter.
        const first = values.subarray(0, 3);
        const best = first.indexOf(Math.max(...first));
        first.fill(0).fill(1, (best + 1) % 3, ((best + 1) % 3) + 1);
        values.fill(0, 56 * 3, 64 * 3);
      }),
      source,
    );
    // Two batches, one pixel of each.
    expect(report.agreement).toBeCloseTo(1 - 2 / counted, 10);
    expect(report.maxDifference).toBeGreaterThan(0.3);
    expect(report.meanDifference).toBeLessThan((2 * 2) / (counted * 3));
    const { overallAccuracy } = report.metrics;
    expect(overallAccuracy.delta).toBeCloseTo(overallAccuracy.quantized - overallAccuracy.original, 12);
    expect(Math.abs(overallAccuracy.delta)).toBeLessThanOrEqual(2 / counted + 1e-9);
  });

  it('must give the same number of probabilities', async () => {
    const fewer: PixelProbabilityFunction = async () => new Float32Array(12);
    await expect(compareSegmenters(tinySegmenter(), fewer, source)).rejects.toMatchObject({ code: 'shape-mismatch' });
  });

  it('are not compared on nothing, nor after a signal', async () => {
    const model = tinySegmenter();
    const empty = memorySegmentation({ length: 0, batchSize: 2 });
    await expect(compareSegmenters(model, model, empty)).rejects.toMatchObject({ code: 'invalid-argument' });
    const signal = AbortSignal.abort();
    await expect(compareSegmenters(model, model, source, { signal })).rejects.toMatchObject({ code: 'aborted' });
  });
});
