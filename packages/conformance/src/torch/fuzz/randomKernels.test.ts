import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTorch } from '../available.js';

const torch = await loadTorch();

function mask(shape: number[], attributes: tf.NamedAttrMap): tf.Tensor {
  const x = tf.zeros(shape);
  return tf.engine().runKernel('DropoutMask', { x }, attributes) as tf.Tensor;
}

describe.skipIf('missing' in torch)('masks of dropout', () => {
  beforeAll(() => tf.setBackend('torch'));

  it.each([0, 0.1, 0.5, 0.9])('keep the mean at a rate of %d', (rate) => {
    const count = 40_000;
    const values = mask([count], { rate, perSample: 0, stepKey: 7, draw: 1 }).dataSync();
    expect([...new Set(values)].every((value) => value === 0 || value === Math.fround(1 / (1 - rate)))).toBe(true);
    const zeros = values.filter((value) => value === 0).length;
    // Six standard deviations of a binomial count.
    expect(Math.abs(zeros - rate * count)).toBeLessThanOrEqual(6 * Math.sqrt(count * rate * (1 - rate)));
  });

  it('are the same for a key and a draw, and others for other ones', () => {
    const of = (stepKey: number, draw: number) => [
      ...mask([50, 20], { rate: 0.5, perSample: 0, stepKey, draw }).dataSync(),
    ];
    const first = of(3, 4);
    expect(of(3, 4)).toEqual(first);
    for (const other of [of(4, 4), of(3, 5), of(4, 3)]) {
      const equal = other.filter((value, i) => value === first[i]).length;
      expect(Math.abs(equal - 500)).toBeLessThan(100);
    }
  });

  it('have one value for a sample where that is asked', () => {
    expect(mask([6, 4, 3], { rate: 0.5, perSample: 1, stepKey: 1, draw: 0 }).shape).toEqual([6, 1, 1]);
  });
});
