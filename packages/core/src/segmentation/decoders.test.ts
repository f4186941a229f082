import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Backbone } from '../backbone/backbone.js';
import { feature } from '../backbone/backbone.js';
import { conv2d, countOperations, image, type Sym, useEngine } from '../index.js';
import { type DeepLabOptions, deepLabV3Plus } from './deepLabV3Plus.js';
import { denseNetwork } from './denseNetwork.js';
import { type UnetOptions, unetDecoder } from './unetDecoder.js';

beforeAll(() => useEngine('cpu'));

/** A pyramid of 1×1 convolutions with given strides and channels. */
function pyramid(strides: readonly number[], channels: readonly number[], size: readonly [number, number] = [32, 40]) {
  const input = image({ shape: [...size, 3], seed: 1 });
  let x: Sym<4> = input;
  let reduction = 1;
  const features = strides.map((stride, i) => {
    x = conv2d({ name: `stage${i + 1}`, filters: channels[i], kernelSize: 1, stride: stride / reduction })(x);
    reduction = stride;
    return feature(x, stride);
  });
  return { name: 'pyramid', input, output: x, features } satisfies Backbone;
}

const resNetLike = () => pyramid([4, 8, 16, 32], [256, 512, 1024, 2048], [64, 64]);

const parameters = (tensors: readonly { readonly shape: readonly (number | null)[] }[]): number =>
  tensors.reduce((sum, { shape }) => sum + shape.reduce<number>((product, side) => product * (side as number), 1), 0);

const weightsUnder = (model: LayersModel, path: string) =>
  parameters(model.trainableWeights.filter(({ originalName }) => originalName.startsWith(path)));

const modelOf = (backbone: Backbone, output: Sym<4>): LayersModel =>
  tfModel({ inputs: backbone.input, outputs: output });

describe('deepLabV3Plus', () => {
  const shapes = (backbone: Backbone, options: DeepLabOptions = {}) => {
    const { encoded, decoded } = denseNetwork(backbone, deepLabV3Plus({ width: 16, rates: [2], ...options }));
    return [encoded, decoded].map(({ shape }) => shape.slice(1));
  };

  it('takes the low-level map at stride 4, or the finest that is finer than the deepest', () => {
    const [width, all] = [16, [4, 8, 12, 16, 20]];
    expect(shapes(pyramid([2, 4, 8, 16], all))).toEqual([
      [2, 3, width],
      [8, 10, width],
    ]);
    expect(shapes(pyramid([4, 8, 16, 16], all))).toEqual([
      [2, 3, width],
      [8, 10, width],
    ]);
    expect(shapes(pyramid([1, 2, 4], all))).toEqual([
      [8, 10, width],
      [16, 20, width],
    ]);
    expect(shapes(pyramid([8, 16], all))).toEqual([
      [2, 3, width],
      [4, 5, width],
    ]);
    expect(shapes(pyramid([16], all))).toEqual([
      [2, 3, width],
      [2, 3, width],
    ]);
    expect(shapes(pyramid([2, 4, 8], all), { lowLevelStride: 2, decoderWidth: 7 })).toEqual([
      [4, 5, width],
      [16, 20, 7],
    ]);
  });

  it('has as many weights as torchvision has in its ASPP, and those of the decoder of the paper', () => {
    const backbone = resNetLike();
    const { decoded } = denseNetwork(backbone, deepLabV3Plus());
    const model = modelOf(backbone, decoded);
    // sum(p.numel() for p in torchvision.models.segmentation.deeplabv3.ASPP(2048, [6, 12, 18]).parameters())
    expect(weightsUnder(model, 'context/')).toBe(15_535_104);
    const convNorm = (taps: number, inputs: number, outputs: number) => taps * inputs * outputs + 2 * outputs;
    expect(weightsUnder(model, 'decoder/')).toBe(convNorm(1, 256, 48) + convNorm(9, 304, 256) + convNorm(9, 256, 256));
    expect(countOperations(model).uncounted).toEqual([]);
  });

  it('stays small with a small width', () => {
    const backbone = resNetLike();
    const model = modelOf(backbone, denseNetwork(backbone, deepLabV3Plus({ width: 32, rates: [2] })).decoded);
    expect(model.getLayer('decoder/low/conv').outputShape).toEqual([null, 16, 16, 6]);
    expect(model.getLayer('decoder/unit2/conv').outputShape).toEqual([null, 16, 16, 32]);
  });

  it('drops where it is told to, in training only', () => {
    const backbone = pyramid([4, 8], [4, 8]);
    const build = (options: DeepLabOptions) =>
      denseNetwork(backbone, deepLabV3Plus({ width: 8, rates: [2], ...options }));
    const { encoded } = build({ encodedDropout: 0.5 });
    const images = tf.randomNormal([2, 32, 40, 3], 0, 1, 'float32', 3);
    const before = modelOf(backbone, encoded.sourceLayer.input as Sym<4>);
    const after = modelOf(backbone, encoded);
    const zeros = (model: LayersModel, training: boolean) => {
      const map = (model.apply(images, { training }) as tf.Tensor).dataSync();
      return map.filter((value) => value === 0).length / map.length;
    };
    expect(zeros(after, false)).toBe(zeros(before, false));
    const draws = Array.from({ length: 20 }, () => zeros(after, true));
    const mean = draws.reduce((sum, share) => sum + share, 0) / draws.length;
    // half of what was not zero; the mean of so many values deviates by 0.005
    expect(Math.abs(mean - (1 + zeros(before, true)) / 2)).toBeLessThan(0.03);
    expect(encoded.sourceLayer.name).toBe('context/tail/dropout');
  });

  it('sees the whole image: its mean goes into every pixel', () => {
    const backbone = pyramid([4], [4]);
    const model = modelOf(backbone, denseNetwork(backbone, deepLabV3Plus({ width: 8, rates: [1] })).encoded);
    const changed = tf.tidy(() => {
      const black = tf.zeros([1, 32, 40, 3]);
      const corner = tf.pad(tf.fill([1, 1, 1, 3], 50), [
        [0, 0],
        [0, 31],
        [0, 39],
        [0, 0],
      ]);
      const [a, b] = [black, corner].map((x) => (model.predict(x) as tf.Tensor).dataSync());
      return Array.from(a.slice(-8), (value, i) => value !== b[b.length - 8 + i]);
    });
    expect(changed).toContain(true);
  });

  it.each<[string, DeepLabOptions]>([
    ['width', { width: 0 }],
    ['rates 1', { rates: [2, 1.5] }],
    ['encodedDropout', { encodedDropout: 1 }],
    ['decodedDropout 1', { decodedDropout: [0, -1] }],
    ['lowLevelStride', { lowLevelStride: 0 }],
  ])('refuses a bad %s before anything is built', (option, options) => {
    expect(() => deepLabV3Plus(options)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', where: { option } }),
    );
  });

  it('needs images of a fixed size', () => {
    const input = image({ shape: [null, null, 3] });
    const backbone = { name: 'open', input, output: input, features: [] };
    expect(() => denseNetwork(backbone, deepLabV3Plus())).toThrow(expect.objectContaining({ code: 'shape-mismatch' }));
  });
});

describe('unetDecoder', () => {
  const decoded = (backbone: Backbone, options: UnetOptions = {}) =>
    denseNetwork(backbone, unetDecoder(options)).decoded.shape.slice(1);

  it.each([
    ['bilinear', [37, 50]],
    ['transposed', [32, 48]],
  ] as const)('goes up to the finest map, or to the image (%s)', (upsampling, size) => {
    const build = () => pyramid([2, 4, 16], [4, 8, 16], size);
    const half = size.map((side) => Math.ceil(side / 2));
    expect(decoded(build(), { upsampling })).toEqual([...half, 32]);
    expect(decoded(build(), { upsampling, resolution: 'input' })).toEqual([...size, 32]);
    expect(decoded(build(), { upsampling, resolution: 'input', widths: [5, 6, 7] })).toEqual([...size, 5]);
  });

  it('needs no further level where the finest map is as large as the image', () => {
    expect(decoded(pyramid([1, 2], [4, 8]), { resolution: 'input', widths: [6] })).toEqual([32, 40, 6]);
  });

  it('leaves a single map as it is, unless it goes up to the image', () => {
    expect(decoded(pyramid([8], [4]))).toEqual([4, 5, 4]);
    expect(decoded(pyramid([8], [4]), { resolution: 'input' })).toEqual([32, 40, 32]);
  });

  it('takes one map of each resolution, the last', () => {
    const backbone = pyramid([2, 4, 4], [4, 6, 8]);
    const model = modelOf(backbone, denseNetwork(backbone, unetDecoder({ widths: [5] })).decoded);
    expect(model.getLayer('decoder/level1/concat').outputShape).toEqual([null, 16, 20, 8 + 4]);
  });

  it('has the weights of its closed form', () => {
    const backbone = pyramid([2, 4, 8], [4, 6, 8]);
    const model = modelOf(
      backbone,
      denseNetwork(backbone, unetDecoder({ widths: [5, 7], upsampling: 'transposed' })).decoded,
    );
    const level = (from: number, skip: number, width: number) =>
      4 * from * width + width + 9 * (width + skip) * width + 9 * width * width + 4 * width;
    expect(weightsUnder(model, 'decoder/')).toBe(level(8, 6, 7) + level(7, 4, 5));
    expect(countOperations(model).uncounted).toEqual([]);
  });

  it('is the decoder of nnU-Net with instance norms, leaky ReLUs, biases and transposed convolutions', () => {
    const style = { norm: 'instance', activation: 'leaky-relu', bias: true, init: 'kaimingNormal' } as const;
    const build = (options: UnetOptions) => {
      const backbone = pyramid([1, 2, 4], [4, 6, 8]);
      const unet = unetDecoder({ ...style, widths: [4, 6], upsampling: 'transposed', ...options });
      return modelOf(backbone, denseNetwork(backbone, unet).decoded);
    };
    const model = build({});
    const unit = (from: number, to: number) => 9 * from * to + to + 2 * to;
    const level = (from: number, to: number) => 4 * from * to + unit(2 * to, to) + unit(to, to);
    expect(weightsUnder(model, 'decoder/')).toBe(level(8, 6) + 6 + level(6, 4) + 4);
    expect(model.layers.map(({ name }) => name).filter((name) => name.startsWith('decoder/level1/'))).toEqual([
      'decoder/level1/up',
      'decoder/level1/concat',
      ...['unit1', 'unit2'].flatMap((unit) => ['conv', 'norm', 'leakyRelu'].map((x) => `decoder/level1/${unit}/${x}`)),
    ]);
    expect(weightsUnder(build({ upsamplingBias: false }), 'decoder/')).toBe(level(8, 6) + level(6, 4));
    expect(countOperations(model).uncounted).toEqual([]);
  });

  it('goes up by other factors vertically than horizontally, with kernels of each level', () => {
    const input = image({ shape: [16, 8, 2], seed: 1 });
    const fine = conv2d({ name: 'fine', filters: 3, kernelSize: 3 })(input);
    const output = conv2d({ name: 'deep', filters: 5, kernelSize: [3, 1], stride: [2, 1] })(fine);
    const backbone = { name: 'odd', input, output, features: [feature(fine, 1), feature(output, 2)] };
    const options = { upsampling: 'transposed', widths: [3], kernels: [[3, 1]] } as const;
    const model = modelOf(backbone, denseNetwork(backbone, unetDecoder(options)).decoded);
    expect(model.outputs[0].shape).toEqual([null, 16, 8, 3]);
    expect(model.getLayer('decoder/level1/up').weights[0].shape).toEqual([2, 1, 3, 5]);
    expect(model.getLayer('decoder/level1/unit1/conv').weights[0].shape).toEqual([3, 1, 6, 3]);
  });

  it.each<[string, UnetOptions, object]>([
    ['another norm', { norm: 'layer' as 'batch' }, { code: 'unknown-name' }],
    ['another activation', { activation: 'elu' as 'relu' }, { code: 'unknown-name' }],
    [
      'a kernel too many',
      {
        kernels: [
          [3, 3],
          [3, 3],
        ],
      },
      { code: 'invalid-argument', where: { option: 'kernels' } },
    ],
    ['a width too many', { widths: [4, 4] }, { code: 'invalid-argument', where: { option: 'widths' } }],
    ['a width of nothing', { widths: [0] }, { code: 'invalid-argument', where: { option: 'widths 0' } }],
    ['another resolution', { resolution: 'full' as 'input' }, { code: 'unknown-name' }],
    ['another way up', { upsampling: 'nearest' as 'bilinear' }, { code: 'unknown-name' }],
    ['sizes that patches miss', { upsampling: 'transposed' }, { code: 'shape-mismatch' }],
  ])('refuses %s', (_, options, expected) => {
    expect(() => decoded(pyramid([2, 4], [4, 8], [30, 30]), options)).toThrow(expect.objectContaining(expected));
  });
});
