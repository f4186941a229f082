import * as tf from '@tensorflow/tfjs-core';
import { model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { selectChannels, useEngine } from '../index.js';
import { image } from './graph.js';
import { channelRuns } from './select.js';

beforeAll(() => useEngine('cpu'));

/** Two pixels of four channels: the tens are the pixel, the ones the channel. */
const pixels = [0, 1, 2, 3, 10, 11, 12, 13];

it.each([
  [[2], [2, 12]],
  [
    [1, 2],
    [1, 2, 11, 12],
  ],
  [
    [3, 0, 1, 0],
    [3, 0, 1, 0, 13, 10, 11, 10],
  ],
])('takes the channels %o in their order', (channels, expected) => {
  const x = image({ shape: [1, 2, 4] });
  const y = selectChannels(channels)(x);
  expect(y.shape).toEqual([null, 1, 2, channels.length]);
  const model = tfModel({ inputs: x, outputs: y });
  const values = tf.tidy(() => [...(model.predict(tf.tensor4d(pixels, [1, 1, 2, 4])) as tf.Tensor).dataSync()]);
  expect(values).toEqual(expected);
});

it('makes no layer for all channels as they are, and cuts once where channels lie side by side', () => {
  const x = image({ shape: [1, 2, 4] });
  expect(selectChannels([0, 1, 2, 3])(x)).toBe(x);
  expect(channelRuns([4, 5, 6, 1, 3, 2])).toEqual([
    [4, 3],
    [1, 1],
    [3, 1],
    [2, 1],
  ]);
});

it.each([[[]], [[4]], [[-1]], [[0.5]]])('refuses the channels %o of four', (channels) => {
  expect(() => selectChannels(channels)(image({ shape: [1, 2, 4] }))).toThrow(
    expect.objectContaining({ code: 'invalid-argument' }),
  );
});
