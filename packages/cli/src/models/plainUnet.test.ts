import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, it } from 'vitest';
import { countParameters } from './parameters.js';
import { plainUnet } from './plainUnet.js';

beforeAll(() => tf.setBackend('cpu'));

it('has the weights of its closed form', () => {
  const [bands, classes, widths] = [4, 2, [8, 16, 32]];
  const pair = (inputs: number, width: number) => 9 * inputs * width + 9 * width * width + 2 * 2 * width;
  const down = widths.reduce((sum, width, i) => sum + pair(i === 0 ? bands : widths[i - 1], width), 0);
  const up = widths
    .slice(0, -1)
    .reduce((sum, width, i) => sum + 4 * width * widths[i + 1] + width + pair(2 * width, width), 0);
  const model = plainUnet({ bands, classes, widths, inputSize: 16 });
  expect(countParameters(model).trainable).toBe(down + up + widths[0] * classes + classes);
  expect(model.outputs[0].shape).toEqual([null, 16, 16, 2]);
  expect(model.layers.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['encoder1/conv1', 'encoder3/pool', 'decoder/level2/up', 'decoder/level1/unit2/bn', 'head']),
  );
  model.dispose();
});

it('sees an image through its skips: a pixel changes what is nearby, finely', () => {
  const model = plainUnet({ bands: 1, classes: 1, widths: [4, 4], inputSize: 16, seed: 3 });
  const changed = tf.tidy(() => {
    const black = tf.zeros([1, 16, 16, 1]);
    const dot = tf.tensor4d(
      Float32Array.from({ length: 256 }, (_, i) => (i === 0 ? 1 : 0)),
      [1, 16, 16, 1],
    );
    const [a, b] = [black, dot].map((x) => (model.predict(x) as tf.Tensor).dataSync());
    return Array.from(a, (value, i) => value !== b[i]);
  });
  expect(changed[0]).toBe(true); // the corner itself
  expect(changed[255]).toBe(false); // the far corner is out of reach of so few layers
  model.dispose();
});

it('refuses an image that it cannot halve', () => {
  expect(() => plainUnet({ bands: 1, classes: 1, inputSize: 20 })).toThrow(
    expect.objectContaining({ code: 'invalid-argument' }),
  );
});
