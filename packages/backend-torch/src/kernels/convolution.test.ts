import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from '../install/findAddon.js';
import { registerTorchBackend } from '../registerTorchBackend.js';
import { expectAsCpu, onReference, onTorch } from '../testing/againstCpu.js';
import { waves } from '../testing/waves.js';

/** Sums of many products, in another order. */
const tolerance = 1e-4;

type Pad = 'same' | 'valid' | number | [[0, 0], [number, number], [number, number], [0, 0]];

interface Case {
  readonly x: readonly number[];
  /** Height, width and output channels (or the channel multiplier) of the filter. */
  readonly filter: readonly [number, number, number];
  readonly strides: readonly [number, number];
  readonly pad: Pad;
  readonly dilations?: readonly [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

const shapes: readonly Case[] = [
  { x: [1, 5, 5, 1], filter: [3, 3, 1], strides: [1, 1], pad: 'same' },
  { x: [4, 7, 6, 3], filter: [3, 3, 10], strides: [1, 1], pad: 'valid' },
  { x: [2, 8, 8, 10], filter: [3, 3, 4], strides: [2, 2], pad: 'same' },
  { x: [2, 7, 9, 10], filter: [3, 3, 4], strides: [2, 2], pad: 'same' },
  { x: [2, 9, 8, 3], filter: [2, 4, 5], strides: [1, 1], pad: 'same' },
  { x: [1, 10, 11, 3], filter: [5, 3, 2], strides: [3, 2], pad: 'same' },
  { x: [2, 6, 6, 64], filter: [1, 1, 16], strides: [1, 1], pad: 'same' },
  { x: [2, 7, 7, 16], filter: [1, 1, 8], strides: [2, 2], pad: 'same' },
  { x: [1, 6, 6, 3], filter: [1, 1, 8], strides: [3, 3], pad: 'valid' },
  { x: [2, 6, 5, 3], filter: [3, 3, 4], strides: [1, 1], pad: 1 },
  { x: [1, 7, 7, 2], filter: [3, 3, 2], strides: [2, 2], pad: 1, dimRoundingMode: 'ceil' },
  { x: [1, 8, 8, 2], filter: [3, 3, 2], strides: [2, 2], pad: 1, dimRoundingMode: 'round' },
  {
    x: [1, 6, 7, 2],
    filter: [3, 2, 3],
    strides: [1, 1],
    pad: [
      [0, 0],
      [0, 2],
      [3, 1],
      [0, 0],
    ],
  },
  {
    x: [1, 6, 7, 2],
    filter: [3, 2, 3],
    strides: [2, 2],
    pad: [
      [0, 0],
      [2, 1],
      [0, 4],
      [0, 0],
    ],
  },
  {
    x: [1, 9, 9, 2],
    filter: [2, 2, 3],
    strides: [3, 3],
    pad: [
      [0, 0],
      [4, 0],
      [0, 5],
      [0, 0],
    ],
  },
  { x: [1, 3, 12, 4], filter: [1, 5, 6], strides: [1, 1], pad: 'same' },
  { x: [2, 1, 1, 3], filter: [3, 3, 4], strides: [1, 1], pad: 'same' },
];
const dilated: readonly Case[] = [
  { x: [1, 9, 8, 3], filter: [3, 3, 4], strides: [1, 1], pad: 'same', dilations: [2, 2] },
  { x: [2, 9, 8, 3], filter: [2, 3, 4], strides: [1, 1], pad: 'same', dilations: [3, 1] },
  { x: [1, 9, 8, 3], filter: [2, 3, 4], strides: [1, 1], pad: 'valid', dilations: [3, 2] },
];
const empty: readonly Case[] = [
  { x: [0, 5, 5, 3], filter: [3, 3, 4], strides: [1, 1], pad: 'same' },
  { x: [2, 5, 5, 0], filter: [3, 3, 4], strides: [1, 1], pad: 'same' },
  { x: [2, 5, 5, 3], filter: [3, 3, 0], strides: [1, 1], pad: 'same' },
  { x: [2, 2, 5, 3], filter: [3, 3, 2], strides: [1, 1], pad: 'valid' },
];

/** TF.js' kernels of the activations. */
const references: Readonly<Record<string, string>> = {
  linear: 'Identity',
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  leakyrelu: 'LeakyRelu',
  prelu: 'Prelu',
};

const title = ({ x, filter, strides, pad, dilations, dimRoundingMode }: Case) =>
  `[${x}] by [${filter}], strides ${strides}, pad ${pad}, dilations ${dilations ?? 1}, ${dimRoundingMode ?? 'floor'}`;
const cases = (list: readonly Case[]): [string, Case][] => list.map((item) => [title(item), item]);

function setUp(
  { x, filter: [height, width, last], strides, pad, dilations = [1, 1], dimRoundingMode }: Case,
  depthwise: boolean,
) {
  const filterShape: [number, number, number, number] = [height, width, x[3], last];
  const { outShape } = tf.backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filterShape,
    [...strides],
    [...dilations],
    pad,
    dimRoundingMode,
    depthwise,
  );
  return {
    x: waves(x),
    filter: waves(filterShape, 2),
    dy: waves(outShape, 3),
    outShape,
    filterShape,
    attributes: { strides, pad, dilations, dimRoundingMode, dataFormat: 'NHWC' },
  };
}

describe.skipIf(findAddon() === undefined)('convolutions', () => {
  beforeAll(async () => {
    await registerTorchBackend();
    await tf.setBackend('torch');
  });

  for (const depthwise of [false, true]) {
    const name = depthwise ? 'DepthwiseConv2dNative' : 'Conv2D';
    describe(name, () => {
      it.each(cases([...shapes, ...dilated, ...empty]))('forward %s', (_, item) => {
        const { x, filter, attributes } = setUp(item, depthwise);
        if (depthwise && x.shape[3] === 0) return;
        expectAsCpu(name, { x, filter }, attributes, tolerance);
      });

      it.each(cases([...shapes, ...empty]))('input gradient %s', (_, item) => {
        const { x, filter, dy, attributes } = setUp(item, depthwise);
        expectAsCpu(`${name}BackpropInput`, { dy, filter }, { ...attributes, inputShape: x.shape }, tolerance);
      });

      it.each(cases([...shapes, ...empty]))('filter gradient %s', (_, item) => {
        const { x, dy, filterShape, attributes } = setUp(item, depthwise);
        expectAsCpu(`${name}BackpropFilter`, { x, dy }, { ...attributes, filterShape }, tolerance);
      });
    });
  }

  it('takes channels first', () => {
    const x = waves([2, 3, 7, 6]);
    const filter = waves([3, 3, 3, 4], 2);
    for (const strides of [1, 2]) {
      const attributes = { strides: [strides, strides], pad: 'same', dilations: [1, 1], dataFormat: 'NCHW' };
      const [y] = onReference('Conv2D', { x, filter }, attributes);
      expectAsCpu('Conv2D', { x, filter }, attributes, tolerance);
      const dy = waves(y.shape, 3);
      expectAsCpu('Conv2DBackpropInput', { dy, filter }, { ...attributes, inputShape: x.shape }, tolerance);
      expectAsCpu('Conv2DBackpropFilter', { x, dy }, { ...attributes, filterShape: filter.shape }, tolerance);
      const fused = { ...attributes, activation: 'prelu' };
      const bias = waves([4], 5);
      expectAsCpu('FusedConv2D', { x, filter, bias, preluActivationWeights: waves([4], 6) }, fused, tolerance);
    }
  });

  it('gives the same results again, from filters that were packed meanwhile', () => {
    const filter = tf.tensor4d([...waves([3, 3, 8, 16]).values], [3, 3, 8, 16]);
    const images = [1, 5].map((batch) => {
      return tf.tensor4d([...waves([batch, 9, 9, 8], batch).values], [batch, 9, 9, 8]);
    });
    for (const strides of [1, 2]) {
      const first = images.map((x) => tf.conv2d(x, filter, strides, 'same').dataSync());
      for (let again = 0; again < 3; again++) {
        images.forEach((x, i) => {
          const next = tf.conv2d(x, filter, strides, 'same').dataSync();
          tf.test_util.expectArraysClose(next, first[i], tolerance);
        });
      }
    }
  });

  it('keeps the layouts of one filter apart when it is dense and depthwise', () => {
    const x = waves([1, 6, 6, 4]);
    const filter = waves([3, 3, 4, 4], 2);
    const [dense] = onReference('Conv2D', { x, filter }, { strides: 1, pad: 'same', dilations: 1, dataFormat: 'NHWC' });
    const [deep] = onReference('DepthwiseConv2dNative', { x, filter }, { strides: 1, pad: 'same', dilations: 1 });
    tf.tidy(() => {
      const images = tf.tensor4d([...x.values], [1, 6, 6, 4]);
      const shared = tf.tensor4d([...filter.values], [3, 3, 4, 4]);
      for (let again = 0; again < 3; again++) {
        tf.test_util.expectArraysClose(tf.conv2d(images, shared, 1, 'same').dataSync(), [...dense.values], 1e-4);
        tf.test_util.expectArraysClose(
          tf.depthwiseConv2d(images, shared, 1, 'same').dataSync(),
          [...deep.values],
          1e-4,
        );
      }
    });
  });

  describe('what is fused', () => {
    const activations = Object.keys(references);
    const biases: [string, number[] | undefined][] = [
      ['no bias', undefined],
      ['a bias by channel', [5]],
      ['a scalar bias', []],
      ['a bias of one number', [1]],
      ['a bias for every element', [6, 7, 5]],
    ];
    for (const kernel of ['FusedConv2D', 'FusedDepthwiseConv2D']) {
      it.each(activations.flatMap((activation) => biases.map(([name, shape]) => [activation, name, shape] as const)))(
        `${kernel}: %s, %s`,
        (activation, _, biasShape) => {
          const depthwise = kernel !== 'FusedConv2D';
          const item: Case = { x: [2, 6, 7, 5], filter: [3, 3, depthwise ? 1 : 5], strides: [1, 1], pad: 'same' };
          const { x, filter, attributes } = setUp(item, depthwise);
          const bias = biasShape && waves(biasShape, 4);
          const preluActivationWeights = activation === 'prelu' ? waves([5], 6) : undefined;
          expectAsCpu(
            kernel,
            { x, filter, bias, preluActivationWeights },
            { ...attributes, activation, leakyreluAlpha: 0.3 },
            tolerance,
          );
        },
      );
    }

    it.each(activations)('FusedConvAdd adds before %s', (activation) => {
      for (const strides of [1, 2] as const) {
        const item: Case = { x: [2, 6, 6, 5], filter: [3, 3, 4], strides: [strides, strides], pad: 'same' };
        const { x, filter, outShape, attributes } = setUp(item, false);
        const bias = waves([4], 4);
        const residual = waves(outShape, 5);
        const slopes = waves([4], 6);
        const inputs = { x, filter, bias, residual, ...(activation === 'prelu' && { preluActivationWeights: slopes }) };
        const [got] = onTorch('FusedConvAdd', inputs, { ...attributes, activation, leakyreluAlpha: 0.3 });
        const [plain] = onReference('FusedConv2D', { x, filter, bias }, { ...attributes, activation: 'linear' });
        const added = plain.values.map((value, i) => value + residual.values[i]);
        const sum = { shape: [...outShape], dtype: 'float32' as const, values: added };
        const [{ values: expected }] = onReference(references[activation], { x: sum, alpha: slopes }, { alpha: 0.3 });
        tf.test_util.expectArraysClose([...got.values], [...expected], 1e-4);
      }
    });
  });

  describe('volumes', () => {
    const volumes: [number[], number[], number[], 'same' | 'valid', number[]][] = [
      [[2, 4, 5, 6, 3], [2, 3, 3], [1, 1, 1], 'same', [1, 1, 1]],
      [[1, 5, 5, 6, 2], [3, 3, 2], [2, 2, 2], 'same', [1, 1, 1]],
      [[2, 6, 5, 7, 3], [3, 2, 3], [2, 1, 3], 'valid', [1, 1, 1]],
      [[1, 6, 6, 6, 2], [1, 1, 1], [2, 2, 2], 'valid', [1, 1, 1]],
      [[1, 6, 7, 6, 2], [2, 2, 2], [1, 1, 1], 'same', [2, 2, 2]],
      [[0, 4, 4, 4, 2], [2, 2, 2], [1, 1, 1], 'same', [1, 1, 1]],
    ];
    it.each(volumes)('[%s] by [%s], strides [%s], %s, dilations [%s]', (x, size, strides, pad, dilations) => {
      const filter = waves([...size, x[4], 4], 2);
      const attributes = { strides, pad, dilations };
      const [y] = onReference('Conv3D', { x: waves(x), filter }, attributes);
      expectAsCpu('Conv3D', { x: waves(x), filter }, attributes, tolerance);
      if (dilations.some((dilation) => dilation > 1)) return;
      const dy = waves(y.shape, 3);
      expectAsCpu('Conv3DBackpropInputV2', { dy, filter }, { ...attributes, inputShape: x }, tolerance);
      expectAsCpu(
        'Conv3DBackpropFilterV2',
        { x: waves(x), dy },
        { ...attributes, filterShape: filter.shape },
        tolerance,
      );
    });
  });

  describe('bad use is an error', () => {
    const x = waves([1, 5, 5, 3]);
    const attributes = { strides: [1, 1], pad: 'same', dilations: [1, 1], dataFormat: 'NHWC' };
    it('that names the channels', () => {
      const filter = waves([3, 3, 4, 2]);
      expect(() => onTorch('Conv2D', { x, filter }, attributes)).toThrow(/3 channels.*for 4/s);
    });
    it('that names the shape of a gradient', () => {
      const dy = waves([1, 4, 5, 2]);
      const filter = waves([3, 3, 3, 2]);
      const inputShape = x.shape;
      expect(() => onTorch('Conv2DBackpropInput', { dy, filter }, { ...attributes, inputShape })).toThrow(
        /\[1, 2, 4, 5\]/,
      );
      expect(() => onTorch('Conv2DBackpropFilter', { x, dy }, { ...attributes, filterShape: filter.shape })).toThrow(
        /\[1, 2, 4, 5\]/,
      );
    });
    it('that names a wrong rank', () => {
      const filter = waves([3, 3, 3]);
      expect(() => onTorch('Conv2D', { x, filter }, attributes)).toThrow();
    });
    it('that says what cannot be dilated', () => {
      const filter = waves([3, 3, 3, 1]);
      expect(() => onTorch('DepthwiseConv2dNative', { x, filter }, { strides: 2, pad: 'same', dilations: 2 })).toThrow(
        /One of them must be 1|dilations/,
      );
    });
  });
});
