import { batchNorm, conv2d, dropout, feature, image, pipe, scope, useEngine } from '@lulc/core';
import { type DenseNetwork, denseNetwork } from '@lulc/core/segmentation';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyNetwork } from '../testing/tinyViews.js';
import { trunk, viewTensor } from './trunk.js';

let images: tf.Tensor4D;

beforeAll(async () => {
  await useEngine('cpu');
  images = tf.randomNormal([2, 8, 8, 2], 0, 1, 'float32', 1);
});

/** A network whose encoder ends with a dropout that the decoder sees, too. */
function withDropout(): DenseNetwork {
  const input = image({ shape: [8, 8, 2], seed: 1 });
  const output = conv2d({ name: 'stem', filters: 4, kernelSize: 3, stride: 2 })(input);
  return denseNetwork(
    { name: 'dropping', input, output, features: [feature(output, 2)] },
    {
      name: 'dropping',
      build: (backbone) => {
        const encoded = scope('context', dropout<4>(0.5, { name: 'dropout' }))(backbone.output);
        return { encoded, decoded: scope('decoder', conv2d({ name: 'conv', filters: 3, kernelSize: 1 }))(encoded) };
      },
    },
  );
}

const zeros = (x: tf.Tensor): number => x.dataSync().filter((value) => value === 0).length;

describe('trunk', () => {
  it('names the weights of the part that is trained, and its statistics', () => {
    const names = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name);
    const encoder = trunk(tinyNetwork(8, 2), { output: 'encoded' });
    const whole = trunk(tinyNetwork(8, 2), { output: 'decoded' });
    const own = ['stem/conv1/kernel', 'stem/bn/gamma', 'stem/bn/beta', 'stem/conv2/kernel'];
    expect(names(encoder.weights)).toEqual(own);
    expect(names(whole.weights)).toEqual([...own, 'decoder/conv/kernel', 'decoder/conv/bias']);
    expect(names(encoder.state)).toEqual(['stem/bn/moving_mean', 'stem/bn/moving_variance']);
    expect([whole.encodedChannels, whole.decodedChannels]).toEqual([8, 6]);
    expect([encoder.encodedChannels, encoder.decodedChannels]).toEqual([8, 8]);
    expect(whole.decodedSize([8, 8])).toEqual([4, 4]);
  });

  it('gives the encoded map before its dropout where asked, while the decoder drops', () => {
    const dropping = trunk(withDropout(), { output: 'decoded' }).maps(images, true);
    expect(zeros(dropping.encoded)).toBeGreaterThan(0);
    const before = trunk(withDropout(), { output: 'decoded', beforeDropout: true });
    const maps = before.maps(images, true);
    expect(zeros(maps.encoded)).toBe(0);
    const plain = before.maps(images, false);
    expect(maps.encoded.dataSync()).toEqual(plain.encoded.dataSync());
    expect(maps.decoded.dataSync()).not.toEqual(plain.decoded.dataSync());
  });

  it('changes moving statistics in training only, and embeds as in inference', () => {
    const body = trunk(tinyNetwork(8, 2), { output: 'decoded' });
    const mean = body.state[0].variable;
    const first = body.embed(images);
    expect([...mean.dataSync()]).toEqual(Array(8).fill(0));
    body.maps(images, true);
    expect(mean.dataSync().every((value) => value !== 0)).toBe(true);
    const expected = tf.mean(body.maps(images, false).encoded, [1, 2]).dataSync();
    expect(body.embed(images).dataSync()).toEqual(expected);
    expect(first.dataSync()).not.toEqual(expected);
  });

  it('frees what its model has not', () => {
    const before = tf.memory().numTensors;
    const body = trunk(tinyNetwork(8, 2), { output: 'encoded' });
    body.dispose();
    expect(tf.memory().numTensors - before).toBe(body.model.weights.length);
    body.model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes a network without a decoder', () => {
    const input = image({ shape: [8, 8, 2], seed: 1 });
    const output = pipe<4>(conv2d({ filters: 4, kernelSize: 3 }), batchNorm())(input);
    const body = trunk(denseNetwork({ name: 'plain', input, output, features: [] }), { output: 'decoded' });
    const { encoded, decoded } = body.maps(images, true);
    expect(decoded).toBe(encoded);
    expect(encoded.shape).toEqual([2, 8, 8, 4]);
  });
});

it('refuses views that the network does not take', () => {
  const { model } = trunk(tinyNetwork(8, 2), { output: 'encoded' });
  const view = (shape: [number, number, number, number]) => ({
    images: new Float32Array(shape.reduce((a, b) => a * b)),
    imageShape: shape,
  });
  expect(viewTensor(view([3, 8, 8, 2]), model).shape).toEqual([3, 8, 8, 2]);
  for (const shape of [
    [3, 8, 8, 3],
    [3, 9, 8, 2],
  ] as const) {
    expect(() => viewTensor(view([...shape]), model)).toThrow(expect.objectContaining({ code: 'shape-mismatch' }));
  }
});
