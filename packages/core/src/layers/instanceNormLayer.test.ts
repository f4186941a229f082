import * as tf from '@tensorflow/tfjs-core';
import { model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { image, instanceNormalization, useEngine } from '../index.js';

beforeAll(() => useEngine('cpu'));

describe('instanceNormalization', () => {
  it('normalises each image, with a weight and an offset per channel', () => {
    const x = image({ shape: [2, 2, 1] });
    const model = tfModel({ inputs: x, outputs: instanceNormalization({ name: 'norm', epsilon: 1e-9 })(x) });
    model.setWeights([tf.tensor1d([3]), tf.tensor1d([1])]);
    expect(model.weights.map(({ originalName }) => originalName)).toEqual(['norm/gamma', 'norm/beta']);
    const y = model.predict(tf.tensor4d([0, 2, 0, 2, 10, 30, 30, 10], [2, 2, 2, 1])) as tf.Tensor;
    for (const [i, value] of [-2, 4, -2, 4, -2, 4, 4, -2].entries()) expect(y.dataSync()[i]).toBeCloseTo(value, 4);
  });

  it('refuses no epsilon', () => {
    expect(() => instanceNormalization({ epsilon: 0 })).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});
