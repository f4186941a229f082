import * as tf from '@tensorflow/tfjs-core';
import type { Generators, Measure } from '../case.js';
import type { Draw } from '../draw.js';

const measure: Measure = 'exact';

/** Numbers before and behind each axis. */
const margins = (draw: Draw, shape: readonly number[], max: (size: number) => number): number[][] =>
  shape.map((size) => [draw.integer(0, max(size)), draw.integer(0, max(size))]);

interface Cut {
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly strides: readonly number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly shrinkAxisMask: number;
}

/** A strided slice by the rules of NumPy. */
function cut(x: tf.Tensor, { begin, end, strides, beginMask, endMask, shrinkAxisMask }: Cut): tf.Tensor {
  const has = (mask: number, axis: number) => ((mask >> axis) & 1) === 1;
  let result = x;
  for (const [axis, size] of x.shape.entries()) {
    const stride = strides[axis];
    const [low, high] = stride > 0 ? [0, size] : [-1, size - 1];
    const place = (value: number) => Math.min(high, Math.max(low, value < 0 ? value + size : value));
    const first = has(beginMask, axis) ? (stride > 0 ? low : high) : place(begin[axis]);
    const last = has(endMask, axis) ? (stride > 0 ? high : low) : place(end[axis]);
    const count = has(shrinkAxisMask, axis) ? 1 : Math.max(0, Math.ceil((last - first) / stride));
    const places = Array.from({ length: count }, (_, i) => first + i * stride);
    result = tf.gather(result, tf.tensor1d(places, 'int32'), axis);
  }
  return tf.reshape(
    result,
    result.shape.filter((_, axis) => !has(shrinkAxisMask, axis)),
  );
}

/** Kernels that only move values. */
export const movement: Generators = {
  Reshape: {
    measure,
    make: (draw) => {
      const shape = draw.shape(0, 4);
      return {
        inputs: { x: draw.numbers(shape) },
        attributes: { shape: [...shape, 1].reverse() },
      };
    },
  },
  ExpandDims: {
    measure,
    make: (draw) => {
      const shape = draw.shape(0, 4);
      return { inputs: { input: draw.numbers(shape) }, attributes: { dim: draw.integer(0, shape.length) } };
    },
  },
  Transpose: {
    measure,
    make: (draw) => {
      const shape = draw.shape(1, 6, { max: 4 });
      return { inputs: { x: draw.numbers(shape) }, attributes: { perm: draw.subset(shape.length, shape.length) } };
    },
  },
  Reverse: {
    measure,
    make: (draw) => {
      const shape = draw.shape(1, 4);
      return { inputs: { x: draw.numbers(shape) }, attributes: { dims: draw.axes(shape.length) } };
    },
  },
  Slice: {
    measure,
    make: (draw) => {
      const shape = draw.shape(1, 6);
      const begin = shape.map((size) => draw.integer(0, size));
      const size = shape.map((n, i) => draw.integer(0, n - begin[i]));
      return { inputs: { x: draw.numbers(shape) }, attributes: { begin, size } };
    },
  },
  StridedSlice: {
    measure,
    // Axis by axis: the cpu backend ignores negative beginnings and strides beside an axis that is dropped.
    reference: (inputs, attributes) => [cut(inputs.x, attributes as unknown as Cut)],
    make: (draw) => {
      const shape = draw.shape(1, 4, { empty: false });
      const rank = shape.length;
      const strides = draw.list(rank, () => draw.pick([1, 1, 2, 3, -1, -2]));
      const begin = shape.map((size) => draw.integer(-size, size));
      const end = shape.map((size) => draw.integer(-size, size));
      const mask = () => draw.integer(0, 2 ** rank - 1) & draw.integer(0, 2 ** rank - 1);
      const shrinkAxisMask = draw.chance(0.3) ? mask() : 0;
      for (let axis = 0; axis < rank; axis++) {
        if ((shrinkAxisMask >> axis) & 1) {
          strides[axis] = 1;
          begin[axis] = draw.integer(0, shape[axis] - 1);
          end[axis] = begin[axis] + 1;
        }
      }
      return {
        inputs: { x: draw.numbers(shape) },
        attributes: {
          begin,
          end,
          strides,
          beginMask: shrinkAxisMask === 0 ? mask() : 0,
          endMask: mask(),
          ellipsisMask: 0,
          newAxisMask: 0,
          shrinkAxisMask,
        },
      };
    },
  },
  Tile: {
    measure,
    make: (draw) => {
      const shape = draw.shape(1, 4, { max: 3 });
      return { inputs: { x: draw.numbers(shape) }, attributes: { reps: shape.map(() => draw.integer(0, 3)) } };
    },
  },
  Pack: {
    measure,
    make: (draw) => {
      const shape = draw.shape(0, 4);
      const isInteger = draw.chance(0.25);
      return {
        inputs: draw.list(draw.integer(1, 4), () => (isInteger ? draw.integers(shape) : draw.floats(shape))),
        attributes: { axis: draw.integer(0, shape.length) },
      };
    },
  },
  Unpack: {
    measure,
    make: (draw) => {
      const shape = draw.shape(1, 4, { empty: false });
      return { inputs: { value: draw.numbers(shape) }, attributes: { axis: draw.integer(0, shape.length - 1) } };
    },
  },
  Concat: {
    measure,
    make: (draw) => {
      const shape = draw.shape(1, 4);
      const axis = draw.integer(0, shape.length - 1);
      const isInteger = draw.chance(0.25);
      const inputs = draw.list(draw.integer(1, 4), () => {
        const part = shape.map((size, i) => (i === axis ? draw.integer(0, 4) : size));
        return isInteger ? draw.integers(part) : draw.floats(part);
      });
      return { inputs, attributes: { axis } };
    },
  },
  SplitV: {
    measure,
    make: (draw) => {
      const shape = draw.shape(1, 4);
      const axis = draw.integer(0, shape.length - 1);
      const sizes = draw.list(draw.integer(1, 4), () => draw.integer(0, 3));
      shape[axis] = sizes.reduce((a, b) => a + b, 0);
      return { inputs: { x: draw.numbers(shape) }, attributes: { numOrSizeSplits: sizes, axis } };
    },
  },
  PadV2: {
    measure,
    make: (draw) => {
      const shape = draw.shape(1, 5, { max: 4 });
      const x = draw.signed(shape);
      const constantValue = draw.integer(-2, 2);
      return { inputs: { x }, attributes: { paddings: margins(draw, shape, () => 3), constantValue } };
    },
  },
  MirrorPad: {
    measure,
    make: (draw) => {
      const shape = draw.shape(1, 4, { empty: false });
      const mode = draw.pick(['reflect', 'symmetric']);
      const paddings = margins(draw, shape, (size) => (mode === 'reflect' ? size - 1 : size));
      return { inputs: { x: draw.signed(shape) }, attributes: { paddings, mode } };
    },
  },
  SpaceToBatchND: {
    measure,
    make: (draw) => {
      const blocks = draw.list(draw.integer(1, 2), () => draw.integer(1, 3));
      const paddings = blocks.map(() => [draw.integer(0, 2), 0]);
      const sizes = blocks.map((block, i) => {
        const size = draw.integer(1, 5);
        paddings[i][1] = (block - ((size + paddings[i][0]) % block)) % block;
        return size;
      });
      const x = draw.signed([draw.integer(1, 3), ...sizes, ...draw.shape(0, 1)]);
      return { inputs: { x }, attributes: { blockShape: blocks, paddings } };
    },
  },
  BatchToSpaceND: {
    measure,
    make: (draw) => {
      const blockShape = draw.list(draw.integer(1, 2), () => draw.integer(1, 3));
      const sizes = blockShape.map(() => draw.integer(1, 4));
      const crops = sizes.map((size, i) => {
        const crop = draw.integer(0, size * blockShape[i] - 1);
        return [crop, draw.integer(0, size * blockShape[i] - 1 - crop)];
      });
      const batch = draw.integer(1, 3) * blockShape.reduce((a, b) => a * b, 1);
      return {
        inputs: { x: draw.signed([batch, ...sizes, ...draw.shape(0, 1)]) },
        attributes: { blockShape, crops },
      };
    },
  },
  DepthToSpace: {
    measure,
    make: (draw) => {
      const blockSize = draw.integer(2, 3);
      const [n, h, w, c] = draw.list(4, () => draw.integer(1, 3));
      return {
        inputs: { x: draw.floats([n, h, w, c * blockSize ** 2]) },
        attributes: { blockSize, dataFormat: 'NHWC' },
      };
    },
  },
  FlipLeftRight: {
    measure,
    make: (draw) => ({ inputs: { image: draw.floats(draw.shape(4, 4)) } }),
  },
  Diag: {
    measure,
    make: (draw) => ({ inputs: { x: draw.signed(draw.shape(1, 3, { max: 3, empty: false })) } }),
  },
  BroadcastArgs: {
    measure,
    make: (draw) => {
      const [a, b] = draw.broadcast();
      const value = (shape: number[]) => ({ dtype: 'int32', shape: [shape.length], values: shape }) as const;
      return { inputs: { s0: value(a), s1: value(b) } };
    },
  },
  Fill: {
    measure,
    make: (draw) => {
      const dtype = draw.pick(['float32', 'int32', 'bool']);
      const value = dtype === 'bool' ? draw.integer(0, 1) : draw.integer(-3, 3);
      return { inputs: {}, attributes: { shape: draw.shape(0, 4), value, dtype } };
    },
  },
  Range: {
    make: (draw) => {
      const dtype = draw.pick(['float32', 'int32'] as const);
      const [start, stop] = [draw.integer(-9, 9), draw.integer(-9, 9)];
      const size = dtype === 'int32' ? draw.integer(1, 3) : draw.pick([0.25, 0.5, 1, 1.5]);
      return { inputs: {}, attributes: { start, stop, step: stop < start ? -size : size, dtype } };
    },
  },
  LinSpace: {
    measure: 'largest',
    make: (draw) => ({
      inputs: {},
      attributes: { start: draw.uniform(-9, 9), stop: draw.uniform(-9, 9), num: draw.integer(1, 20) },
    }),
  },
};
