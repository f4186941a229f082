import * as tf from '@tensorflow/tfjs-core';
import { model } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { conv2d, image, pipe, shapeOf, useEngine } from '../index.js';
import { mirrorPad, zeroPad } from './pad.js';

beforeAll(() => useEngine('cpu'));

it('puts zeros on all four sides', () => {
  const input = image({ shape: [2, 1, 1] });
  const padded = model({ inputs: input, outputs: zeroPad({ size: 1 })(input) });
  const values = tf.tidy(() => (padded.predict(tf.tensor4d([5, 7], [1, 2, 1, 1])) as tf.Tensor).dataSync());
  expect([...values]).toEqual([0, 0, 0, 0, 5, 0, 0, 7, 0, 0, 0, 0]);
});

it('puts zeros on two sides only', () => {
  expect(shapeOf(zeroPad({ size: [0, 2] })(image({ shape: [3, 4, 1] })))).toEqual([3, 8, 1]);
});

it('gives a convolution with a stride the same margin before and after', () => {
  const block = pipe(zeroPad({ size: 3 }), conv2d({ filters: 2, kernelSize: 7, stride: 2, padding: 'valid' }));
  expect(shapeOf(block(image({ shape: [120, 24, 3] })))).toEqual([60, 12, 2]);
});

it.each([-1, 1.5])('refuses the size %d', (size) => {
  expect(() => zeroPad({ size })(image({ shape: [4, 4, 1] }))).toThrow(
    expect.objectContaining({ code: 'invalid-argument' }),
  );
});

describe('mirrorPad', () => {
  const x = () => tf.randomUniform([2, 3, 4, 2], -1, 1, 'float32', 6);
  const amounts = [
    [3, 1],
    [0, 2],
  ] as const;
  const build = () => {
    const input = image({ shape: [3, 4, 2] });
    return model({ inputs: input, outputs: mirrorPad({ size: amounts })(input) });
  };

  it("is TensorFlow's symmetric padding", () => {
    const got = build().predict(x()) as tf.Tensor;
    const wanted = tf.mirrorPad(x(), [[0, 0], [...amounts[0]], [...amounts[1]], [0, 0]], 'symmetric');
    expect(got.shape).toEqual(build().outputs[0].shape.map((size) => size ?? 2));
    expect([...got.dataSync()]).toEqual([...wanted.dataSync()]);
  });

  it('gives each pixel the gradients of all its images', () => {
    const gradient = tf.grad((a) => tf.sum(build().apply(a) as tf.Tensor))(x());
    // Rows 0 to 2 occur 2, 2 and 3 times, columns 0 to 3 once, once, twice and twice.
    const times = [2, 2, 3].flatMap((rows) => [1, 1, 2, 2].flatMap((columns) => [rows * columns, rows * columns]));
    expect([...gradient.dataSync()]).toEqual([...times, ...times]);
  });

  it.each([-1, 0.5, 4])('refuses the size %d', (size) => {
    expect(() => mirrorPad({ size })(image({ shape: [3, 4, 1] }))).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});
