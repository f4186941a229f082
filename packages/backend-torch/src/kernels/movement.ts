import * as tf from '@tensorflow/tfjs-core';
import type { CommandWriter } from '../backend/commandWriter.js';
import { type KernelRow, row } from './table.js';

/** Kernels that move values about: joining, cutting, padding, permuting. */
export const movementKernels: readonly KernelRow[] = [
  row<tf.ConcatAttrs>({
    kernel: 'Concat',
    inputs: 'list',
    attributes: (write, { axis }, inputs) => writeAxis(write, axis, inputs[0].shape.length),
  }),
  row<tf.PackAttrs>({
    kernel: 'Pack',
    inputs: 'list',
    attributes: (write, { axis }, inputs) => writeAxis(write, axis, inputs[0].shape.length + 1),
  }),
  row<tf.UnpackAttrs>({
    kernel: 'Unpack',
    inputs: ['value'],
    attributes: (write, { axis }, { value: { shape } }) => {
      const unpacked = writeAxis(write, axis, shape.length);
      write.expectOutputs(shape[unpacked], shape.length);
    },
    outputs: 'list',
  }),
  row<tf.SplitVAttrs>({
    kernel: 'SplitV',
    inputs: ['x'],
    attributes: (write, { numOrSizeSplits, axis }, { x }) => {
      const split = writeAxis(write, axis, x.shape.length);
      const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, split);
      write.integers(sizes);
      write.expectOutputs(sizes.length, x.shape.length);
    },
    outputs: 'list',
  }),
  row<tf.SliceAttrs>({
    kernel: 'Slice',
    inputs: ['x'],
    attributes: (write, { begin, size }, { x }) => {
      const [first, sizes] = tf.slice_util.parseSliceParams(x, begin, size);
      tf.slice_util.assertParamsValid(x, first, sizes);
      write.integers(first);
      write.integers(sizes);
    },
  }),
  row<tf.StridedSliceAttrs>({
    kernel: 'StridedSlice',
    inputs: ['x'],
    attributes: (write, attributes, { x: { shape } }) => {
      const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
      const slice = tf.slice_util.sliceInfo(
        shape,
        begin,
        end,
        strides,
        beginMask,
        endMask,
        ellipsisMask,
        newAxisMask,
        shrinkAxisMask,
      );
      write.integers(slice.begin);
      write.integers(slice.end);
      write.integers(slice.strides);
      write.integers(slice.finalShape);
    },
  }),
  row<tf.PadV2Attrs>({
    kernel: 'PadV2',
    inputs: ['x'],
    attributes: (write, { paddings, constantValue }) => {
      writePairs(write, paddings);
      write.number(constantValue);
    },
  }),
  row<tf.MirrorPadAttrs>({
    kernel: 'MirrorPad',
    inputs: ['x'],
    attributes: (write, { paddings, mode }) => {
      writePairs(write, paddings);
      write.flag(mode === 'reflect');
    },
  }),
  row<tf.TransposeAttrs>({
    kernel: 'Transpose',
    inputs: ['x'],
    attributes: (write, { perm }) => write.integers(perm),
  }),
  row<tf.ReverseAttrs>({
    kernel: 'Reverse',
    inputs: ['x'],
    attributes: (write, { dims }, { x }) => write.integers(tf.util.parseAxisParam(dims, x.shape)),
  }),
  row<tf.TileAttrs>({
    kernel: 'Tile',
    inputs: ['x'],
    attributes: (write, { reps }) => write.integers(reps),
  }),
  row<tf.SpaceToBatchNDAttrs>({
    kernel: 'SpaceToBatchND',
    inputs: ['x'],
    attributes: (write, { blockShape, paddings }, { x }) => {
      const untouched = new Array(x.shape.length - blockShape.length - 1).fill([0, 0]);
      write.integers(blockShape);
      writePairs(write, [[0, 0], ...paddings, ...untouched]);
    },
  }),
  row<tf.BatchToSpaceNDAttrs>({
    kernel: 'BatchToSpaceND',
    inputs: ['x'],
    attributes: (write, { blockShape, crops }, { x: { shape } }) => {
      const blocks = tf.util.sizeFromShape(blockShape);
      const uncropped = tf.backend_util.getReshapedPermuted(shape, blockShape, blocks);
      const begin = tf.backend_util.getSliceBeginCoords(crops, blockShape.length);
      const size = tf.backend_util.getSliceSize(uncropped, crops, blockShape.length);
      write.integers(blockShape);
      write.integers([...begin, ...new Array(shape.length - begin.length).fill(0)]);
      write.integers([...size, ...uncropped.slice(size.length)]);
    },
  }),
  row<tf.DepthToSpaceAttrs>({
    kernel: 'DepthToSpace',
    inputs: ['x'],
    attributes: (write, { blockSize, dataFormat }) => {
      tf.util.assert(dataFormat === 'NHWC', () => `Only NHWC is supported by depthToSpace, not ${dataFormat}.`);
      write.number(blockSize);
    },
  }),
];

/** Writes an axis counted from the front, and returns it. */
function writeAxis(write: CommandWriter, axis: number, rank: number): number {
  tf.util.assert(
    axis >= -rank && axis < rank,
    () => `All values in axis param must be in range [-${rank}, ${rank}) but got axis ${axis}`,
  );
  const counted = axis < 0 ? axis + rank : axis;
  write.number(counted);
  return counted;
}

/** Writes the first numbers of all pairs, then the second ones. */
function writePairs(write: CommandWriter, pairs: ReadonlyArray<readonly [number, number]>): void {
  for (const side of [0, 1] as const) {
    write.number(pairs.length);
    for (const pair of pairs) write.number(pair[side]);
  }
}
