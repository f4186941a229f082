import { DILATED_CONV_FILTER_GRAD, DILATED_CONV_INPUT_GRAD, LulcError } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import type { CommandWriter } from '../backend/commandWriter.js';
import { activationCode } from './activation.js';
import { type Inputs, type KernelRow, row } from './table.js';
import { writeWindow2D, writeWindow3D } from './window.js';

const { computeConv2DInfo, computeConv3DInfo, convertConv2DDataFormat, eitherStridesOrDilationsAreOne } =
  tf.backend_util;

/** Inputs of the native kernel `Convolution`. */
const convolutionInputs = ['x', 'filter', 'bias', 'residual', 'preluActivationWeights'];

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

/** What the attributes of all convolutions over two axes have in common. */
interface Attributes2D {
  readonly strides: [number, number] | number;
  readonly pad: tf.Conv2DAttrs['pad'];
  readonly dilations?: [number, number] | number | null;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface FusedAttributes extends Attributes2D {
  readonly activation?: string;
  readonly leakyreluAlpha?: number;
}

type Attributes3D = tf.Conv3DAttrs;

function writeConvolution2D(
  write: CommandWriter,
  { strides, pad, dilations, dataFormat, dimRoundingMode }: Attributes2D,
  inShape: readonly number[],
  filterShape: readonly number[],
  depthwise: boolean,
): void {
  const $dilations = dilations ?? 1;
  if (depthwise && !eitherStridesOrDilationsAreOne(strides, $dilations))
    throw new LulcError(
      'invalid-argument',
      `strides ${strides} and dilations ${$dilations} of a depthwise convolution`,
      {
        hint: 'One of them must be 1.',
      },
    );
  const format = depthwise ? 'channelsLast' : convertConv2DDataFormat(dataFormat ?? 'NHWC');
  const info = computeConv2DInfo(
    inShape as Shape4,
    filterShape as Shape4,
    strides,
    $dilations,
    pad,
    dimRoundingMode,
    depthwise,
    format,
  );
  write.flag(depthwise);
  write.flag(format === 'channelsFirst');
  writeWindow2D(write, info);
}

function writeConvolution3D(
  write: CommandWriter,
  { strides, pad, dilations }: Pick<Attributes3D, 'strides' | 'pad'> & Partial<Attributes3D>,
  inShape: readonly number[],
  filterShape: readonly number[],
): void {
  const info = computeConv3DInfo(inShape as Shape5, filterShape as Shape5, strides, dilations ?? 1, pad);
  write.flag(false);
  write.flag(false);
  writeWindow3D(write, info);
}

/** A convolution with what is fused to it. */
function forward2D(kernel: string, depthwise: boolean): KernelRow {
  return row<FusedAttributes>({
    kernel,
    native: 'Convolution',
    inputs: convolutionInputs,
    attributes: (write, attributes, { x, filter }) => {
      writeConvolution2D(write, attributes, x.shape, filter.shape, depthwise);
      write.number(activationCode(attributes.activation));
      write.number(attributes.leakyreluAlpha ?? 0);
    },
  });
}

function inputGradient2D(kernel: string, depthwise: boolean): KernelRow {
  return row<Attributes2D & { inputShape: number[] }>({
    kernel,
    native: 'ConvolutionInputGradient',
    inputs: ['dy', 'filter'],
    attributes: (write, attributes, { filter }) => {
      writeConvolution2D(write, attributes, attributes.inputShape, filter.shape, depthwise);
      write.integers(attributes.inputShape);
    },
  });
}

function filterGradient2D(kernel: string, depthwise: boolean): KernelRow {
  return row<Attributes2D & { filterShape: number[] }>({
    kernel,
    native: 'ConvolutionFilterGradient',
    inputs: ['x', 'dy'],
    attributes: (write, attributes, { x }: Inputs) => {
      writeConvolution2D(write, attributes, x.shape, attributes.filterShape, depthwise);
      write.integers(attributes.filterShape);
    },
  });
}

/** What the gradients of this library's dilated convolution are told. */
interface DilatedAttributes {
  readonly dilation: number;
  readonly same: number;
}

function dilatedWindow({ dilation, same }: DilatedAttributes): Attributes2D {
  return { strides: 1, pad: same === 1 ? 'same' : 'valid', dilations: dilation };
}

/** Gradients of this library's dilated convolution, which TF.js' kernels of these names cannot be asked for. */
const dilatedGradients: readonly KernelRow[] = [
  row<DilatedAttributes>({
    kernel: DILATED_CONV_INPUT_GRAD,
    native: 'ConvolutionInputGradient',
    inputs: ['dy', 'filter'],
    attributes: (write, attributes, { dy, filter }) => {
      const { dilation, same } = attributes;
      const [batch, ...sides] = dy.shape;
      const lost = (taps: number) => (1 - same) * (taps - 1) * dilation;
      const inputShape = [batch, sides[0] + lost(filter.shape[0]), sides[1] + lost(filter.shape[1]), filter.shape[2]];
      writeConvolution2D(write, dilatedWindow(attributes), inputShape, filter.shape, false);
      write.integers(inputShape);
    },
  }),
  row<DilatedAttributes & { readonly height: number; readonly width: number }>({
    kernel: DILATED_CONV_FILTER_GRAD,
    native: 'ConvolutionFilterGradient',
    inputs: ['x', 'dy'],
    attributes: (write, attributes, { x, dy }) => {
      const filterShape = [attributes.height, attributes.width, x.shape[3], dy.shape[3]];
      writeConvolution2D(write, dilatedWindow(attributes), x.shape, filterShape, false);
      write.integers(filterShape);
    },
  }),
];

/**
 * Convolutions. `FusedConvAdd` is the engine's own: `FusedConv2D` with another optional input `residual`, which is added
 * before the activation.
 */
export const convolutionKernels: readonly KernelRow[] = [
  forward2D('Conv2D', false),
  forward2D('FusedConv2D', false),
  forward2D('FusedConvAdd', false),
  forward2D('DepthwiseConv2dNative', true),
  forward2D('FusedDepthwiseConv2D', true),
  inputGradient2D('Conv2DBackpropInput', false),
  inputGradient2D('DepthwiseConv2dNativeBackpropInput', true),
  filterGradient2D('Conv2DBackpropFilter', false),
  filterGradient2D('DepthwiseConv2dNativeBackpropFilter', true),
  ...dilatedGradients,
  row<tf.Conv3DAttrs>({
    kernel: 'Conv3D',
    native: 'Convolution',
    inputs: ['x', 'filter'],
    attributes: (write, attributes, { x, filter }) => {
      writeConvolution3D(write, attributes, x.shape, filter.shape);
      write.number(activationCode('linear'));
      write.number(0);
    },
  }),
  row<tf.Conv3DBackpropInputV2Attrs>({
    kernel: 'Conv3DBackpropInputV2',
    native: 'ConvolutionInputGradient',
    inputs: ['dy', 'filter'],
    attributes: (write, attributes, { filter }) => {
      writeConvolution3D(write, attributes, attributes.inputShape, filter.shape);
      write.integers(attributes.inputShape);
    },
  }),
  row<tf.Conv3DBackpropFilterV2Attrs>({
    kernel: 'Conv3DBackpropFilterV2',
    native: 'ConvolutionFilterGradient',
    inputs: ['x', 'dy'],
    attributes: (write, attributes, { x }) => {
      writeConvolution3D(write, attributes, x.shape, attributes.filterShape);
      write.integers(attributes.filterShape);
    },
  }),
];
