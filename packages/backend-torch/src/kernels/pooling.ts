import * as tf from '@tensorflow/tfjs-core';
import type { CommandWriter } from '../backend/commandWriter.js';
import { type KernelRow, row } from './table.js';
import { writeWindow2D, writeWindow3D } from './window.js';

const { computePool2DInfo, computePool3DInfo } = tf.backend_util;

/** What the attributes of all pools have in common. */
interface PoolAttributes<Size> {
  readonly filterSize: Size;
  readonly strides: Size;
  readonly pad: tf.AvgPoolAttrs['pad'];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type Attributes2D = PoolAttributes<[number, number] | number>;
type Attributes3D = PoolAttributes<[number, number, number] | number>;

function writePool2D(
  write: CommandWriter,
  { filterSize, strides, pad, dimRoundingMode }: Attributes2D,
  shape: readonly number[],
): void {
  const info = computePool2DInfo(
    shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  writeWindow2D(write, info);
  write.integers([info.filterHeight, info.filterWidth]);
}

function writePool3D(
  write: CommandWriter,
  { filterSize, strides, pad, dimRoundingMode }: Attributes3D,
  shape: readonly number[],
): void {
  const info = computePool3DInfo(
    shape as [number, number, number, number, number],
    filterSize,
    strides,
    1,
    pad as tf.AvgPool3DAttrs['pad'],
    dimRoundingMode,
  );
  writeWindow3D(write, info);
  write.integers([info.filterDepth, info.filterHeight, info.filterWidth]);
}

/**
 * The attributes as TF.js' backends understand them: a pool over single elements that keeps the shape gives its input,
 * whatever its strides and padding.
 */
function understood(attributes: Attributes2D, shape: readonly number[]): Attributes2D {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  if (filterSize !== 1 && !(Array.isArray(filterSize) && filterSize[0] === 1 && filterSize[1] === 1)) return attributes;
  const images = shape as [number, number, number, number];
  const { inShape, outShape } = computePool2DInfo(images, filterSize, strides, 1, pad, dimRoundingMode);
  return tf.util.arraysEqual(inShape, outShape) ? { filterSize: 1, strides: 1, pad: 0 } : attributes;
}

/** A pool over two and one over three axes, and their gradients. */
function pools(kernel: 'MaxPool' | 'AvgPool'): readonly KernelRow[] {
  return [
    row<Attributes2D>({
      kernel,
      inputs: ['x'],
      attributes: (write, attributes, { x }) => writePool2D(write, understood(attributes, x.shape), x.shape),
    }),
    row<Attributes3D>({
      kernel: `${kernel}3D`,
      native: kernel,
      inputs: ['x'],
      attributes: (write, attributes, { x }) => writePool3D(write, attributes, x.shape),
    }),
    row<Attributes2D>({
      kernel: `${kernel}Grad`,
      native: `${kernel}Gradient`,
      inputs: ['dy', 'input'],
      attributes: (write, attributes, { input }) => writePool2D(write, attributes, input.shape),
    }),
    row<Attributes3D>({
      kernel: `${kernel}3DGrad`,
      native: `${kernel}Gradient`,
      inputs: ['dy', 'input'],
      attributes: (write, attributes, { input }) => writePool3D(write, attributes, input.shape),
    }),
  ];
}

/** Pools. */
export const poolingKernels: readonly KernelRow[] = [
  ...pools('MaxPool'),
  ...pools('AvgPool'),
  row<tf.MaxPoolWithArgmaxAttrs>({
    kernel: 'MaxPoolWithArgmax',
    inputs: ['x'],
    attributes: (write, attributes, { x }) => {
      writePool2D(write, attributes, x.shape);
      write.flag(attributes.includeBatchInIndex);
    },
  }),
];
