import { BILINEAR_RESIZE_GRAD } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import type { CommandWriter } from '../backend/commandWriter.js';
import { type KernelRow, row } from './table.js';
import { writeWindow2D } from './window.js';

const { computeDilation2DInfo, getImageCenter } = tf.backend_util;

/** What lies outside an image; the position is the number on the native side. */
const fillModes = ['constant', 'reflect', 'wrap', 'nearest'];

function resizes(kernel: 'ResizeBilinear' | 'ResizeNearestNeighbor'): readonly KernelRow[] {
  return [
    row<tf.ResizeBilinearAttrs>({
      kernel,
      inputs: ['images'],
      attributes: (write, attributes) => {
        writeResize(write, attributes);
        write.number(attributes.size[0]);
        write.number(attributes.size[1]);
      },
    }),
    row<tf.ResizeBilinearAttrs>({ kernel: `${kernel}Grad`, inputs: ['dy', 'images'], attributes: writeResize }),
  ];
}

function writeResize(
  write: CommandWriter,
  { alignCorners, halfPixelCenters }: Pick<tf.ResizeBilinearAttrs, 'alignCorners' | 'halfPixelCenters'>,
): void {
  write.flag(alignCorners);
  write.flag(halfPixelCenters);
}

function dilation(kernel: string, inputs: readonly string[]): KernelRow {
  return row<tf.Dilation2DAttrs>({
    kernel,
    inputs,
    attributes: (write, { strides, pad, dilations }, { x, filter }) => {
      const image = x.shape as [number, number, number, number];
      const size = filter.shape as [number, number, number];
      writeWindow2D(write, computeDilation2DInfo(image, size, strides, pad, 'NHWC', dilations));
    },
  });
}

interface SuppressionAttributes {
  readonly maxOutputSize: number;
  readonly iouThreshold: number;
  readonly scoreThreshold: number;
  readonly softNmsSigma?: number;
  readonly padToMaxOutputSize?: boolean;
}

function suppression(kernel: string, gives: { readonly scores?: boolean; readonly count?: boolean }): KernelRow {
  return row<SuppressionAttributes>({
    kernel,
    native: 'NonMaxSuppression',
    inputs: ['boxes', 'scores'],
    attributes: (write, attributes) => {
      write.number(attributes.maxOutputSize);
      write.number(attributes.iouThreshold);
      write.number(attributes.scoreThreshold);
      write.number(attributes.softNmsSigma ?? 0);
      write.flag(attributes.padToMaxOutputSize ?? false);
      write.flag(gives.scores ?? false);
      write.flag(gives.count ?? false);
    },
  });
}

/** What lies outside a rotated image, in one channel. */
function fillOf(fillValue: tf.RotateWithOffsetAttrs['fillValue'], channel: number): number {
  const opaque = 255;
  if (typeof fillValue === 'number') return fillValue;
  return channel === 3 ? opaque : (fillValue[channel] ?? 0);
}

/** Images. */
export const imageKernels: readonly KernelRow[] = [
  ...resizes('ResizeBilinear'),
  ...resizes('ResizeNearestNeighbor'),
  row<{ readonly alignCorners: number }>({
    kernel: BILINEAR_RESIZE_GRAD,
    native: 'ResizeBilinearGrad',
    inputs: ['dy', 'images'],
    attributes: (write, { alignCorners }) =>
      writeResize(write, { alignCorners: alignCorners === 1, halfPixelCenters: alignCorners !== 1 }),
  }),
  dilation('Dilation2D', ['x', 'filter']),
  dilation('Dilation2DBackpropInput', ['x', 'filter', 'dy']),
  dilation('Dilation2DBackpropFilter', ['x', 'filter', 'dy']),
  suppression('NonMaxSuppressionV3', {}),
  suppression('NonMaxSuppressionV4', { count: true }),
  suppression('NonMaxSuppressionV5', { scores: true }),
  row({ kernel: 'FlipLeftRight', inputs: ['image'] }),
  row<tf.CropAndResizeAttrs>({
    kernel: 'CropAndResize',
    inputs: ['image', 'boxes', 'boxInd'],
    attributes: (write, { cropSize, method, extrapolationValue }) => {
      write.number(cropSize[0]);
      write.number(cropSize[1]);
      write.flag(method === 'nearest');
      write.number(extrapolationValue);
    },
  }),
  row<tf.RotateWithOffsetAttrs>({
    kernel: 'RotateWithOffset',
    inputs: ['image'],
    attributes: (write, { radians, fillValue, center }, { image: { shape } }) => {
      const [centerX, centerY] = getImageCenter(center, shape[1], shape[2]);
      write.number(radians);
      write.number(centerX);
      write.number(centerY);
      for (let channel = 0; channel < shape[3]; channel++) write.number(fillOf(fillValue, channel));
    },
  }),
  row<tf.TransformAttrs>({
    kernel: 'Transform',
    inputs: ['image', 'transforms'],
    attributes: (write, { interpolation, fillMode, fillValue, outputShape }, { image: { shape } }) => {
      write.flag(interpolation === 'nearest');
      write.number(Math.max(0, fillModes.indexOf(fillMode)));
      write.number(fillValue);
      write.number(outputShape?.[0] ?? shape[1]);
      write.number(outputShape?.[1] ?? shape[2]);
    },
  }),
];
