import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { feature } from '../backbone/backbone.js';
import {
  conv2d,
  createCard,
  image,
  loadModel,
  modelToBytes,
  readCard,
  useEngine,
  weightArrays,
  writeCard,
} from '../index.js';
import { deepLabV3Plus } from './deepLabV3Plus.js';
import { type Decoder, denseNetwork } from './denseNetwork.js';
import { segmentationLogits, segmenter, segmenterLayers } from './segmenter.js';
import { unetDecoder } from './unetDecoder.js';

beforeAll(() => useEngine('cpu'));

const small = { width: 6, rates: [2], encodedDropout: 0.5, decodedDropout: [0.5, 0.1] } as const;
const decoders: Readonly<Record<string, Decoder | undefined>> = {
  'DeepLabv3+': deepLabV3Plus(small),
  'DeepLabv3+ with half-pixel centres': deepLabV3Plus({ ...small, alignCorners: false }),
  'U-Net': unetDecoder({ resolution: 'input', widths: [4, 4, 4] }),
  'U-Net with transposed convolutions': unetDecoder({ upsampling: 'transposed', widths: [4, 4] }),
  none: undefined,
};

function build(decoder?: Decoder, options: { readonly dropout?: number; readonly alignCorners?: boolean } = {}) {
  const input = image({ shape: [16, 24, 2], seed: 1 });
  const fine = conv2d({ name: 'fine', filters: 3, kernelSize: 3, stride: 2 })(input);
  const middle = conv2d({ name: 'middle', filters: 4, kernelSize: 3, stride: 2 })(fine);
  const output = conv2d({ name: 'deep', filters: 5, kernelSize: 3, stride: 2, bias: true })(middle);
  const features = [feature(fine, 2), feature(middle, 4), feature(output, 8)];
  return segmenter(denseNetwork({ name: 'tiny', input, output, features }, decoder), { classes: 3, ...options });
}

const x = () => tf.randomNormal([2, 16, 24, 2], 0, 1, 'float32', 5);
const predicted = (model: LayersModel, images = x()) => tf.tidy(() => (model.predict(images) as tf.Tensor).dataSync());

describe('segmenter', () => {
  it.each(Object.entries(decoders))('%s: probabilities of every pixel are the softmax of its logits', (_, decoder) => {
    const model = build(decoder);
    expect(model.outputs[0].shape).toEqual([null, 16, 24, 3]);
    const [p, z] = [model, segmentationLogits(model)].map((each) => predicted(each));
    expect(p).toHaveLength(2 * 16 * 24 * 3);
    for (let pixel = 0; pixel < p.length; pixel += 3) {
      const powers = [0, 1, 2].map((c) => Math.exp(z[pixel + c]));
      const total = powers.reduce((a, b) => a + b);
      for (const [c, power] of powers.entries()) expect(p[pixel + c]).toBeCloseTo(power / total, 5);
    }
    expect(segmentationLogits(model).weights.map(({ id }) => id)).toEqual(model.weights.map(({ id }) => id));
  });

  it.each([
    [true, (column: number) => (column * 2) / 11],
    [false, (column: number) => Math.min(Math.max((column + 0.5) / 4 - 0.5, 0), 2)],
  ])('resizes a ramp of logits to one, aligned corners %s', (alignCorners, expected) => {
    // Every fourth column of the image is taken, whose value is its own number: 0, 1, 2.
    const input = image({ shape: [4, 12, 1] });
    const output = conv2d({ name: 'quarter', filters: 1, kernelSize: 1, stride: 4 })(input);
    const model = segmenter(denseNetwork({ name: 'ramp', input, output, features: [] }), { classes: 1, alignCorners });
    model.setWeights(
      model.getWeights().map((weight) => (weight.rank === 4 ? tf.onesLike(weight) : tf.zerosLike(weight))),
    );
    const ramp = tf.tensor4d(
      Array.from({ length: 48 }, (_, i) => Math.floor((i % 12) / 4)),
      [1, 4, 12, 1],
    );
    const logits = predicted(segmentationLogits(model), ramp as tf.Tensor4D);
    for (const [i, value] of logits.entries()) expect(value).toBeCloseTo(expected(i % 12), 5);
  });

  it('drops before the head in training', () => {
    const model = build(undefined, { dropout: 0.9 });
    expect(model.layers.map(({ name }) => name)).toContain('dropout');
    const apply = (training: boolean) =>
      tf.tidy(() => (segmentationLogits(model).apply(x(), { training }) as tf.Tensor).dataSync());
    expect(apply(false)).toEqual(apply(false));
    expect(apply(true)).not.toEqual(apply(false));
  });

  it.each(Object.entries(decoders))('%s: saved and loaded, it is the same model', async (_, decoder) => {
    const model = build(decoder);
    writeCard(
      model,
      createCard({
        family: 'tiny',
        configuration: {},
        task: 'segmentation',
        classes: ['a', 'b', 'c'],
        bands: ['r', 'g'],
      }),
    );
    const loaded = await loadModel(await modelToBytes(model));
    expect(loaded.toJSON(null, false)).toEqual(model.toJSON(null, false));
    expect(readCard(loaded)).toEqual(readCard(model));
    expect(await weightArrays(loaded)).toEqual(await weightArrays(model));
    expect(predicted(loaded)).toEqual(predicted(model));
  });

  it.each(Object.entries(decoders))('%s: every weight gets a finite gradient', (_, decoder) => {
    const model = segmentationLogits(build(decoder));
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    tf.tidy(() => {
      const { grads } = tf.variableGrads(
        () => tf.mean(tf.square(model.apply(x(), { training: true }) as tf.Tensor)),
        variables,
      );
      for (const [i, { name, shape }] of variables.entries()) {
        expect(grads[name].shape).toEqual(shape);
        expect(tf.norm(grads[name]).dataSync()[0], model.trainableWeights[i].originalName).toSatisfy(Number.isFinite);
      }
      const head = variables[model.trainableWeights.findIndex(({ originalName }) => originalName === 'head/kernel')];
      expect(tf.norm(grads[head.name]).dataSync()[0]).toBeGreaterThan(0);
    });
  });

  it.each([
    [{ classes: 0 }, 'classes'],
    [{ classes: 2, dropout: 1 }, 'dropout'],
  ])('refuses %o', (options, option) => {
    const input = image({ shape: [4, 4, 1] });
    const network = denseNetwork({ name: 'none', input, output: input, features: [] });
    expect(() => segmenter(network, options)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', where: { option } }),
    );
  });

  it('names its layers, and logits need them', () => {
    const model = build(decoders['U-Net']);
    for (const name of Object.values(segmenterLayers)) expect(model.getLayer(name).name).toBe(name);
    expect(
      model
        .getLayer('head')
        .getWeights()
        .map(({ shape }) => shape),
    ).toEqual([[1, 1, 4, 3], [3]]);
    const input = image({ shape: [4, 4, 1] });
    const bare = tfModel({ inputs: input, outputs: conv2d({ filters: 2, kernelSize: 1 })(input) });
    expect(() => segmentationLogits(bare)).toThrow(expect.objectContaining({ code: 'incompatible' }));
  });
});
