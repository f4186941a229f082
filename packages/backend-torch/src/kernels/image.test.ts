import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from '../install/findAddon.js';
import { registerTorchBackend } from '../registerTorchBackend.js';
import { expectAsCpu, onReference, onTorch, values } from '../testing/againstCpu.js';
import { waves } from '../testing/waves.js';

const tolerance = 1e-5;

describe.skipIf(findAddon() === undefined)('images', () => {
  beforeAll(async () => {
    await registerTorchBackend();
    await tf.setBackend('torch');
  });

  const sizes: [number[], number[]][] = [
    [
      [2, 4, 5, 3],
      [8, 10],
    ],
    [
      [1, 7, 5, 1],
      [3, 4],
    ],
    [
      [2, 3, 3, 70],
      [7, 2],
    ],
    [
      [1, 5, 4, 2],
      [1, 1],
    ],
    [
      [1, 1, 1, 2],
      [3, 3],
    ],
    [
      [0, 4, 4, 3],
      [2, 2],
    ],
    [
      [1, 4, 4, 3],
      [4, 4],
    ],
  ];
  const modes: [boolean, boolean][] = [
    [false, false],
    [true, false],
    [false, true],
  ];
  describe.each(modes)('resizing, align corners %s, half pixel centers %s', (alignCorners, halfPixelCenters) => {
    it.each(sizes)('[%s] to [%s]', (shape, size) => {
      const images = waves(shape);
      const attributes = { alignCorners, halfPixelCenters, size };
      for (const kernel of ['ResizeBilinear', 'ResizeNearestNeighbor']) {
        expectAsCpu(kernel, { images }, attributes, tolerance);
        const dy = waves([shape[0], size[0], size[1], shape[3]], 2);
        expectTransposed(kernel, images, dy, attributes);
        // The cpu backend's gradients know no half pixels, swap height and width in a shape, take the wrong images of a
        // batch, and do not end when the corners of a single pixel are aligned.
        const isFit = shape[0] <= 1 && shape[1] === shape[2] && (shape[1] > 1 || !alignCorners);
        if (!halfPixelCenters && isFit) expectAsCpu(`${kernel}Grad`, { dy, images }, attributes, tolerance);
      }
    });
  });

  /** The gradient of a linear map is its transpose: <dy, f(x)> = <f'(dy), x>. */
  function expectTransposed(
    kernel: string,
    images: ReturnType<typeof waves>,
    dy: ReturnType<typeof waves>,
    attributes: object,
  ): void {
    const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    const [y] = onReference(kernel, { images }, attributes);
    const [dx] = onTorch(`${kernel}Grad`, { dy, images }, attributes);
    expect(dx.shape).toEqual(images.shape);
    expect(dot(dx.values, images.values)).toBeCloseTo(dot(dy.values, y.values), 3);
  }

  it('resizes whole numbers', () => {
    const images = values([1, 2, 3, 4], [1, 2, 2, 1], 'int32');
    const attributes = { alignCorners: false, halfPixelCenters: false, size: [4, 3] };
    expectAsCpu('ResizeBilinear', { images }, attributes);
    expectAsCpu('ResizeNearestNeighbor', { images }, attributes);
  });

  it('refuses to make something of nothing', () => {
    const attributes = { alignCorners: false, halfPixelCenters: false, size: [4, 3] };
    expect(() => onTorch('ResizeBilinear', { images: waves([1, 0, 2, 1]) }, attributes)).toThrow(/nothing to resize/);
  });

  it('flips', () => {
    for (const dtype of ['float32', 'int32'] as const)
      expectAsCpu('FlipLeftRight', { image: values([1, 2, 3, 4, 5, 6], [1, 1, 3, 2], dtype) });
  });

  it.each(['bilinear', 'nearest'])('crops and resizes, %s', (method) => {
    const image = waves([2, 6, 5, 3]);
    const boxes = values([0, 0, 1, 1, 0.1, 0.2, 0.7, 0.9, -0.5, 0.3, 1.2, 0.6, 0.8, 0.8, 0.2, 0.1], [4, 4]);
    const boxInd = values([0, 1, 1, 0], [4], 'int32');
    for (const cropSize of [
      [4, 4],
      [1, 7],
      [3, 1],
    ])
      expectAsCpu('CropAndResize', { image, boxes, boxInd }, { method, cropSize, extrapolationValue: -3 }, tolerance);
  });

  it('rotates', () => {
    for (const fillValue of [0.5, [1, 2, 3]]) {
      for (const center of [0.5, [0.2, 0.9]]) {
        for (const channels of [1, 3, 4]) {
          const image = waves([2, 7, 6, channels]);
          expectAsCpu('RotateWithOffset', { image }, { radians: 0.7, fillValue, center });
        }
      }
    }
    const image = values([1, 2, 3, 4, 5, 6], [1, 2, 3, 1], 'int32');
    expectAsCpu('RotateWithOffset', { image }, { radians: 2, fillValue: 9, center: 0.5 });
  });

  const transforms: [string, number[]][] = [
    ['identity', [1, 0, 0, 0, 1, 0, 0, 0]],
    ['shift', [1, 0, -2.3, 0, 1, 11.6, 0, 0]],
    ['rotation and scale', [0.9, -1.3, 2, 1.1, 0.7, -3, 0, 0]],
    ['projection', [1.1, 0.2, -1, 0.1, 0.9, 0.5, 0.03, -0.25]],
  ];
  it.each(transforms)('transforms: %s', (_, list) => {
    const image = waves([1, 6, 5, 2]);
    for (const interpolation of ['nearest', 'bilinear']) {
      for (const fillMode of ['constant', 'reflect', 'wrap', 'nearest']) {
        for (const outputShape of [undefined, [4, 9]]) {
          const attributes = { interpolation, fillMode, fillValue: 0.25, outputShape };
          expectAsCpu('Transform', { image, transforms: values(list, [1, 8]) }, attributes, 1e-4);
        }
      }
    }
  });

  it('transforms every image of a batch', () => {
    const image = waves([2, 4, 4, 1]);
    const attributes = { interpolation: 'bilinear', fillMode: 'constant', fillValue: 0 };
    const both = values([1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, -1, 0, 0], [2, 8]);
    const [{ values: together }] = onTorch('Transform', { image, transforms: both }, attributes);
    for (const i of [0, 1]) {
      const one = values(image.values.slice(i * 16, i * 16 + 16), [1, 4, 4, 1]);
      const single = values(both.values.slice(i * 8, i * 8 + 8), [1, 8]);
      const [alone] = onReference('Transform', { image: one, transforms: single }, attributes);
      tf.test_util.expectArraysClose(together.slice(i * 16, i * 16 + 16), [...alone.values], 1e-5);
    }
  });

  describe('boxes', () => {
    const list = waves([40, 4]).values.map((value) => value / 2);
    const boxes = values(list, [40, 4]);
    const scores = values(
      waves([40], 2).values.map((value) => Math.round(value * 4) / 4),
      [40],
    );
    const base = { maxOutputSize: 12, iouThreshold: 0.3, scoreThreshold: -1 };
    it.each([
      ['NonMaxSuppressionV3', {}],
      ['NonMaxSuppressionV3', { maxOutputSize: 0 }],
      ['NonMaxSuppressionV3', { scoreThreshold: 5 }],
      ['NonMaxSuppressionV4', { padToMaxOutputSize: false }],
      ['NonMaxSuppressionV4', { padToMaxOutputSize: true, maxOutputSize: 35 }],
      ['NonMaxSuppressionV5', { softNmsSigma: 0 }],
      ['NonMaxSuppressionV5', { softNmsSigma: 0.5 }],
      ['NonMaxSuppressionV5', { softNmsSigma: 0.2, iouThreshold: 0.9, scoreThreshold: 0.2 }],
    ] as const)('%s %o', (kernel, attributes) => {
      expectAsCpu(kernel, { boxes, scores }, { ...base, ...attributes });
    });
    it('refuses scores of another number', () => {
      expect(() => onTorch('NonMaxSuppressionV3', { boxes, scores: waves([39]) }, base)).toThrow(/40 boxes/);
    });
  });

  describe('dilation', () => {
    it.each([
      [[2, 6, 5, 3], [3, 2], [1, 1], 'same', [1, 1]],
      [[1, 7, 7, 1], [3, 3], [2, 2], 'same', [1, 1]],
      [[1, 7, 8, 2], [2, 2], [1, 2], 'valid', [2, 3]],
      [[0, 5, 5, 2], [2, 2], [1, 1], 'valid', [1, 1]],
    ] as const)('[%s] by [%s], strides [%s], %s, dilations [%s]', (shape, size, strides, pad, dilations) => {
      const x = waves(shape);
      const filter = waves([...size, shape[3]], 2);
      const attributes = { strides, pad, dilations };
      expectAsCpu('Dilation2D', { x, filter }, attributes);
      const [{ shape: outShape }] = onReference('Dilation2D', { x, filter }, attributes);
      const inputs = { x, filter, dy: waves(outShape, 3) };
      // The cpu backend asks dy for its rank, which only tensors have.
      tf.tidy(() => {
        tf.setBackend('cpu');
        const tensors = Object.fromEntries(
          Object.entries(inputs).map(([name, { values: list, shape }]) => [name, tf.tensor([...list], [...shape])]),
        );
        const expected = ['Input', 'Filter'].map((of) => {
          const kernel = `Dilation2DBackprop${of}`;
          return (
            tf.engine().runKernel(kernel, tensors, { ...attributes } as unknown as tf.NamedAttrMap) as tf.Tensor
          ).dataSync();
        });
        tf.setBackend('torch');
        ['Input', 'Filter'].forEach((of, i) => {
          const [got] = onTorch(`Dilation2DBackprop${of}`, inputs, attributes);
          tf.test_util.expectArraysClose([...got.values], expected[i], tolerance);
        });
      });
    });
    it('refuses a filter of other channels', () => {
      const attributes = { strides: [1, 1], pad: 'same', dilations: [1, 1] };
      expect(() => onTorch('Dilation2D', { x: waves([1, 4, 4, 2]), filter: waves([2, 2, 3]) }, attributes)).toThrow(
        /2 channels.*for 3/s,
      );
    });
  });
});
