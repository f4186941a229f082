import * as tf from '@tensorflow/tfjs-core';
import type { Generator, Generators } from '../case.js';
import type { Draw } from '../draw.js';
import { drawPadding } from './convolution.js';

const { computePool2DInfo, computePool3DInfo } = tf.backend_util;

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

function pooling2d(draw: Draw) {
  const filterSize: [number, number] = [draw.integer(1, 3), draw.integer(1, 3)];
  const strides: [number, number] = [draw.integer(1, 3), draw.integer(1, 3)];
  const shape: Shape4 = [draw.integer(1, 3), draw.integer(3, 8), draw.integer(3, 8), draw.integer(1, 4)];
  const pad = narrowed(drawPadding(draw, [1, 1]), filterSize);
  const { outShape } = computePool2DInfo(shape, filterSize, strides, [1, 1], pad as never);
  return { shape, outShape, attributes: { filterSize, strides, pad } };
}

/** No window may lie wholly in the padding. */
function narrowed(pad: ReturnType<typeof drawPadding>, filter: readonly number[]): ReturnType<typeof drawPadding> {
  if (typeof pad === 'number') return Math.min(pad, ...filter.map((size) => size - 1));
  if (typeof pad === 'string') return pad;
  return pad.map((sides, axis) =>
    sides.map((size) => (axis === 1 || axis === 2 ? Math.min(size, filter[axis - 1] - 1) : 0)),
  );
}

function pooling3d(draw: Draw, isSquare = false) {
  const filterSize = draw.list(3, () => draw.integer(1, 3)) as [number, number, number];
  if (isSquare) filterSize[2] = filterSize[1];
  const strides = draw.list(3, () => draw.integer(1, 2)) as [number, number, number];
  const shape: Shape5 = [
    draw.integer(1, 2),
    draw.integer(3, 5),
    draw.integer(3, 5),
    draw.integer(3, 5),
    draw.integer(1, 3),
  ];
  const pad = draw.pick(['same', 'valid'] as const);
  const { outShape } = computePool3DInfo(shape, filterSize, strides, 1, pad);
  return { shape, outShape, attributes: { filterSize, strides, pad } };
}

type Pooling = (draw: Draw) => ReturnType<typeof pooling2d> | ReturnType<typeof pooling3d>;

/** Averages: sums with weights that are constants. */
const averages = (pooling: Pooling, more = {}): Generator => ({
  measure: 'summands',
  make: (draw) => {
    const { shape, attributes } = pooling(draw);
    return { inputs: { x: draw.floats(shape) }, attributes: { ...attributes, ...more } };
  },
});

const averageGradients = (pooling: Pooling): Generator => ({
  measure: 'summands',
  make: (draw) => {
    const { shape, outShape, attributes } = pooling(draw);
    return { inputs: { dy: draw.floats(outShape), input: draw.floats(shape) }, attributes };
  },
});

const maxima = (pooling: Pooling, more = {}): Generator => ({
  measure: 'exact',
  make: (draw) => {
    const { shape, attributes } = pooling(draw);
    return { inputs: { x: draw.floats(shape, { special: false }) }, attributes: { ...attributes, ...more } };
  },
});

/** The kernel finds the maxima again in the input: the output it is given must be theirs. */
function maxGradient(kernel: string, pooling: Pooling, steps: readonly number[]): Generator {
  return {
    measure: 'largest',
    make: (draw) => {
      const { shape, outShape, attributes } = pooling(draw);
      const input = draw.floats(shape, { step: draw.pick(steps) });
      const before = tf.getBackend();
      tf.engine().setBackend('cpu');
      const values = tf.tidy(() => {
        const x = tf.tensor(input.values as number[], [...shape]);
        const pooled = tf.engine().runKernel(kernel, { x }, attributes as unknown as tf.NamedAttrMap) as tf.Tensor;
        return [...pooled.dataSync()];
      });
      tf.engine().setBackend(before);
      return {
        inputs: { dy: draw.floats(outShape), input, output: { dtype: 'float32', shape: outShape, values } },
        attributes,
      };
    },
  };
}

/** Pooling and its gradients. */
export const pooling: Generators = {
  AvgPool: averages(pooling2d),
  AvgPoolGrad: averageGradients(pooling2d),
  AvgPool3D: averages(pooling3d, { dataFormat: 'NDHWC' }),
  AvgPool3DGrad: averageGradients(pooling3d),
  MaxPool: maxima(pooling2d),
  MaxPoolGrad: maxGradient('MaxPool', pooling2d, [1, 1e-5]),
  MaxPool3D: maxima(pooling3d, { dataFormat: 'NDHWC' }),
  // No equal values, whose first the cpu backend takes only of windows over two axes; and windows as wide as high, for
  // it mixes up the places in others.
  MaxPool3DGrad: maxGradient('MaxPool3D', (draw) => pooling3d(draw, true), [1e-5]),
  MaxPoolWithArgmax: {
    measure: 'exact',
    make: (draw) => {
      const { shape, attributes } = pooling2d(draw);
      const pad = draw.pick(['same', 'valid']);
      return {
        inputs: { x: draw.floats(shape) },
        attributes: { ...attributes, pad, includeBatchInIndex: draw.chance() },
      };
    },
  },
};
