import * as tf from '@tensorflow/tfjs-core';
import { model } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { image, useEngine } from '../index.js';
import { type RescaleOptions, rescale } from './rescale.js';

beforeAll(() => useEngine('cpu'));

function rescaled(values: readonly number[], options: RescaleOptions): number[] {
  const input = image({ shape: [1, values.length, 1] });
  const network = model({ inputs: input, outputs: rescale(options)(input) });
  return tf.tidy(() => [
    ...(network.predict(tf.tensor4d([...values], [1, 1, values.length, 1])) as tf.Tensor).dataSync(),
  ]);
}

it('multiplies, then adds', () => {
  expect(rescaled([-2, 0, 8], { factor: 0.25 })).toEqual([-0.5, 0, 2]);
  expect(rescaled([-2, 0, 8], { factor: 0.25, offset: 1 })).toEqual([0.5, 1, 3]);
});
