import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { conv2d, image, pipe, relu, useEngine } from '../index.js';
import { feature } from './backbone.js';
import { classifier, featureModel, logitsModel } from './classifier.js';
import { stackBands } from './stackBands.js';

beforeAll(() => useEngine('cpu'));

function tiny(task: 'multi-label' | 'single-label') {
  const input = image({ shape: [6, 6, 2], seed: 1 });
  const output = pipe(conv2d({ filters: 4, kernelSize: 3, stride: 2 }), relu())(input);
  return classifier({ name: 'tiny', input, output, features: [feature(output, 2)] }, { classes: 3, task });
}
const x = () => tf.randomNormal([2, 6, 6, 2], 0, 1, 'float32', 5);

describe('classifier', () => {
  it.each(['multi-label', 'single-label'] as const)('%s: probabilities come from the logits', (task) => {
    const model = tiny(task);
    const [p, z] = tf.tidy(() => {
      const images = x();
      return [model.predict(images), logitsModel(model).predict(images)].map((t) => (t as tf.Tensor2D).arraySync());
    });
    for (const [row, logits] of z.entries()) {
      const total = logits.reduce((sum, v) => sum + Math.exp(v), 0);
      for (const [c, v] of logits.entries()) {
        expect(p[row][c]).toBeCloseTo(task === 'multi-label' ? 1 / (1 + Math.exp(-v)) : Math.exp(v) / total, 5);
      }
    }
  });
  it('shares weights with its logits and features', () => {
    const model = tiny('multi-label');
    expect((featureModel(model).predict(x()) as tf.Tensor).shape).toEqual([2, 4]);
    expect(logitsModel(model).weights.map(({ id }) => id)).toEqual(model.weights.map(({ id }) => id));
  });
  it('refuses a number of classes that is none', () => {
    const input = image({ shape: [6, 6, 2] });
    expect(() => classifier({ name: 'x', input, output: input, features: [] }, { classes: 0 })).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});

describe('stackBands', () => {
  it('joins bands of several sizes in the given order', () => {
    const { inputs, image: stacked } = stackBands(
      [
        { name: 'B02', size: 8 },
        { name: 'B05', size: 4 },
        { name: 'B11', size: 4 },
      ],
      8,
    );
    expect(inputs.map((band) => band.shape)).toEqual([
      [null, 8, 8],
      [null, 4, 4],
      [null, 4, 4],
    ]);
    expect(stacked.shape).toEqual([null, 8, 8, 3]);
  });
  it('needs a band', () => {
    expect(() => stackBands([], 8)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});
