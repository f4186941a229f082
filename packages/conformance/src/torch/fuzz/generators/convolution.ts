import * as tf from '@tensorflow/tfjs-core';
import type { FuzzCase, Generators } from '../case.js';
import type { Draw } from '../draw.js';
import { beforeActivation, fusedParts } from './matrix.js';

const { computeConv2DInfo, computeConv3DInfo, computeDilation2DInfo } = tf.backend_util;

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];
type Pair = [number, number];

/** Padding of a 2-D window: by name, by number, or for each side. */
export function drawPadding(draw: Draw, dilations: Pair): 'same' | 'valid' | number | number[][] {
  const kind = draw.integer(0, 3);
  if (kind === 0) return 'same';
  if (kind === 1) return 'valid';
  if (kind === 2 && dilations[0] === 1 && dilations[1] === 1) return draw.integer(0, 2);
  return [[0, 0], [draw.integer(0, 2), draw.integer(0, 2)], [draw.integer(0, 2), draw.integer(0, 2)], [0, 0]]; // biome-ignore format: one line
}

/** A 2-D convolution: shapes, attributes and the shape that comes out. */
function convolution(draw: Draw, isDepthwise: boolean, withDilations = true) {
  const [batch, inChannels, outChannels] = [
    draw.integer(1, 3),
    draw.integer(1, 5),
    draw.integer(1, isDepthwise ? 3 : 6),
  ];
  const filterShape: Shape4 = [draw.integer(1, 3), draw.integer(1, 3), inChannels, outChannels];
  const isDilated = withDilations && draw.chance(0.25);
  const dilations: Pair = isDilated ? [draw.integer(1, 3), draw.integer(1, 3)] : [1, 1];
  const isStrided = !isDilated || isDepthwise ? draw.chance(0.4) : false;
  const side = draw.integer(1, 3);
  const strides: Pair = isStrided ? (isDepthwise ? [side, side] : [draw.integer(1, 3), draw.integer(1, 3)]) : [1, 1];
  const reach = (axis: 0 | 1) => (filterShape[axis] - 1) * dilations[axis] + 1;
  const inputShape: Shape4 = [batch, reach(0) + draw.integer(0, 5), reach(1) + draw.integer(0, 5), inChannels];
  const pad = drawPadding(draw, dilations);
  const info = computeConv2DInfo(inputShape, filterShape, strides, dilations, pad as never, undefined, isDepthwise);
  return { inputShape, filterShape, outShape: info.outShape, attributes: { strides, pad, dilations } };
}

const layout = { dataFormat: 'NHWC' };

/** A depthwise kernel as TF.js has it refuses strides together with dilations. */
function depthwise(draw: Draw) {
  let drawn = convolution(draw, true);
  while (drawn.attributes.strides[0] > 1 && Math.max(...drawn.attributes.dilations) > 1)
    drawn = convolution(draw, true);
  return drawn;
}

function fused(
  draw: Draw,
  { inputShape, filterShape, outShape, attributes }: ReturnType<typeof convolution>,
): FuzzCase {
  const { inputs, attributes: more } = fusedParts(draw, outShape[3]);
  return {
    inputs: { x: draw.floats(inputShape), filter: draw.floats(filterShape), ...inputs },
    attributes: { ...attributes, ...layout, ...more },
  };
}

interface FusedAttributes {
  readonly strides: Pair;
  readonly pad: 'same';
  readonly dilations: Pair;
  readonly activation: string;
  readonly leakyreluAlpha: number;
}

function activated(x: tf.Tensor, name: string, slope: number, alpha: tf.Tensor): tf.Tensor {
  if (name === 'linear') return x;
  if (name === 'leakyrelu') return tf.leakyRelu(x, slope);
  if (name === 'prelu') return tf.prelu(x, alpha);
  return { relu: tf.relu, relu6: tf.relu6, elu: tf.elu, sigmoid: tf.sigmoid }[name as 'relu'](x);
}

/** A 3-D convolution. */
function volume(draw: Draw) {
  const channels = draw.integer(1, 3);
  const filterShape: Shape5 = [
    draw.integer(1, 3),
    draw.integer(1, 3),
    draw.integer(1, 3),
    channels,
    draw.integer(1, 4),
  ];
  const inputShape: Shape5 = [
    draw.integer(1, 2),
    ...(filterShape.slice(0, 3).map((size) => size + draw.integer(0, 3)) as [number, number, number]),
    channels,
  ];
  const strides = draw.list(3, () => draw.integer(1, 2)) as [number, number, number];
  const pad = draw.pick(['same', 'valid'] as const);
  const { outShape } = computeConv3DInfo(inputShape, filterShape, strides, 1, pad);
  return { inputShape, filterShape, outShape, attributes: { strides, pad } };
}

/** A grey dilation. */
function dilation(draw: Draw) {
  const channels = draw.integer(1, 3);
  const filterShape: [number, number, number] = [draw.integer(1, 3), draw.integer(1, 3), channels];
  const dilations: Pair = [draw.integer(1, 2), draw.integer(1, 2)];
  const strides: Pair = [draw.integer(1, 2), draw.integer(1, 2)];
  const x: Shape4 = [draw.integer(1, 2), draw.integer(5, 8), draw.integer(5, 8), channels];
  const pad = draw.pick(['same', 'valid'] as const);
  const { outShape } = computeDilation2DInfo(x, filterShape, strides, pad, 'NHWC', dilations);
  return {
    inputs: { x: draw.floats(x), filter: draw.floats(filterShape) },
    dy: draw.floats(outShape),
    attributes: { strides, pad, dilations },
  };
}

/** A dilated convolution of this library, and the shape that comes out. */
function dilated(draw: Draw) {
  const [batch, inChannels, outChannels] = [draw.integer(1, 3), draw.integer(1, 5), draw.integer(1, 6)];
  const filterShape: Shape4 = [draw.integer(1, 3), draw.integer(1, 3), inChannels, outChannels];
  const dilation = draw.integer(1, 3);
  const pad = draw.pick(['same', 'valid'] as const);
  const side = (taps: number) => draw.integer(1, 6) + (pad === 'same' ? 0 : (taps - 1) * dilation);
  const inputShape: Shape4 = [batch, side(filterShape[0]), side(filterShape[1]), inChannels];
  const { outShape } = computeConv2DInfo(inputShape, filterShape, 1, dilation, pad);
  return { inputShape, filterShape, outShape, attributes: { dilation, same: Number(pad === 'same') } };
}

/** Taps on one axis of the filter without dilation that does the same, most of them 0. */
const reachOf = (taps: number, dilation: number) => (taps - 1) * dilation + 1;

/** That filter. */
function undilated(filter: tf.Tensor, dilation: number): tf.Tensor4D {
  const [height, width, inChannels, outChannels] = filter.shape;
  const apart = tf.reshape(filter, [height, 1, width, 1, inChannels, outChannels]);
  const zeros: [number, number] = [0, dilation - 1];
  const padded = tf.pad(apart, [[0, 0], zeros, [0, 0], zeros, [0, 0], [0, 0]]);
  const whole = tf.reshape(padded, [height * dilation, width * dilation, inChannels, outChannels]);
  return tf.slice(whole, 0, [reachOf(height, dilation), reachOf(width, dilation), -1, -1]) as tf.Tensor4D;
}

/** The gradient of a convolution by TF.js' tape. */
function convolutionGradients(x: tf.Tensor, filter: tf.Tensor, same: number, dy: tf.Tensor): tf.Tensor[] {
  const f = (image: tf.Tensor, taps: tf.Tensor) =>
    tf.conv2d(image as tf.Tensor4D, taps as tf.Tensor4D, 1, same === 1 ? 'same' : 'valid');
  return tf.grads(f)([x, filter], dy);
}

/** Convolutions and their gradients. */
export const convolutions: Generators = {
  Conv2D: {
    measure: 'summands',
    make: (draw) => {
      const { inputShape, filterShape, attributes } = convolution(draw, false);
      return {
        inputs: { x: draw.floats(inputShape), filter: draw.floats(filterShape) },
        attributes: { ...attributes, ...layout },
      };
    },
  },
  FusedConv2D: {
    measure: 'summands',
    summands: beforeActivation,
    make: (draw) => fused(draw, convolution(draw, false)),
  },
  // FusedConv2D with a sum of what comes over a shortcut before the activation.
  FusedConvAdd: {
    measure: 'summands',
    summands: beforeActivation,
    make: (draw) => {
      const drawn = convolution(draw, false);
      const { inputs, attributes } = fused(draw, drawn);
      return { inputs: { ...inputs, residual: draw.floats(drawn.outShape) }, attributes };
    },
    reference: (inputs, attributes) => {
      const { x, filter, bias, residual, preluActivationWeights: alpha } = inputs;
      const { strides, pad, dilations, activation, leakyreluAlpha } = attributes as unknown as FusedAttributes;
      const y = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad, 'NHWC', dilations);
      const sum = tf.add(bias === undefined ? y : tf.add(y, bias), residual);
      return [activated(sum, activation, leakyreluAlpha, alpha)];
    },
  },
  Conv2DBackpropFilter: {
    measure: 'summands',
    make: (draw) => {
      const { inputShape, filterShape, outShape, attributes } = convolution(draw, false, false);
      return {
        inputs: { x: draw.floats(inputShape), dy: draw.floats(outShape) },
        attributes: { strides: attributes.strides, pad: attributes.pad, filterShape, ...layout },
      };
    },
  },
  Conv2DBackpropInput: {
    measure: 'summands',
    make: (draw) => {
      const { inputShape, filterShape, outShape, attributes } = convolution(draw, false, false);
      return {
        inputs: { dy: draw.floats(outShape), filter: draw.floats(filterShape) },
        attributes: { strides: attributes.strides, pad: attributes.pad, inputShape, ...layout },
      };
    },
  },
  DilatedConv2DInputGrad: {
    measure: 'summands',
    make: (draw) => {
      const { filterShape, outShape, attributes } = dilated(draw);
      return { inputs: { dy: draw.floats(outShape), filter: draw.floats(filterShape) }, attributes };
    },
    reference: ({ dy, filter }, { dilation, same }) => {
      const taps = undilated(filter, dilation);
      const lost = (axis: 0 | 1) => (same === 1 ? 0 : taps.shape[axis] - 1);
      const [batch, height, width] = dy.shape;
      const x = tf.zeros([batch, height + lost(0), width + lost(1), filter.shape[2] as number]);
      return [convolutionGradients(x, taps, same, dy)[0]];
    },
  },
  DilatedConv2DFilterGrad: {
    measure: 'summands',
    make: (draw) => {
      const { inputShape, filterShape, outShape, attributes } = dilated(draw);
      const [height, width] = filterShape;
      return {
        inputs: { x: draw.floats(inputShape), dy: draw.floats(outShape) },
        attributes: { ...attributes, height, width },
      };
    },
    reference: ({ x, dy }, { dilation, same, height, width }) => {
      const shape = [reachOf(height, dilation), reachOf(width, dilation), x.shape[3], dy.shape[3]] as Shape4;
      const whole = convolutionGradients(x, tf.zeros(shape), same, dy)[1];
      return [tf.stridedSlice(whole, [0, 0, 0, 0], shape, [dilation, dilation, 1, 1])];
    },
  },
  DepthwiseConv2dNative: {
    measure: 'summands',
    make: (draw) => {
      const { inputShape, filterShape, attributes } = depthwise(draw);
      return {
        inputs: { x: draw.floats(inputShape), filter: draw.floats(filterShape) },
        attributes: { ...attributes, ...layout },
      };
    },
  },
  FusedDepthwiseConv2D: {
    measure: 'summands',
    summands: beforeActivation,
    make: (draw) => fused(draw, depthwise(draw)),
  },
  DepthwiseConv2dNativeBackpropFilter: {
    measure: 'summands',
    make: (draw) => {
      const { inputShape, filterShape, outShape, attributes } = convolution(draw, true, false);
      return {
        inputs: { x: draw.floats(inputShape), dy: draw.floats(outShape) },
        attributes: { ...attributes, filterShape },
      };
    },
  },
  DepthwiseConv2dNativeBackpropInput: {
    measure: 'summands',
    make: (draw) => {
      const { inputShape, filterShape, outShape, attributes } = convolution(draw, true, false);
      return {
        inputs: { dy: draw.floats(outShape), filter: draw.floats(filterShape) },
        attributes: { ...attributes, inputShape },
      };
    },
  },
  Conv3D: {
    measure: 'summands',
    make: (draw) => {
      const { inputShape, filterShape, attributes } = volume(draw);
      return {
        inputs: { x: draw.floats(inputShape), filter: draw.floats(filterShape) },
        attributes: { ...attributes, dilations: [1, 1, 1], dataFormat: 'NDHWC' },
      };
    },
  },
  Conv3DBackpropFilterV2: {
    measure: 'summands',
    make: (draw) => {
      const { inputShape, filterShape, outShape, attributes } = volume(draw);
      return {
        inputs: { x: draw.floats(inputShape), dy: draw.floats(outShape) },
        attributes: { ...attributes, filterShape },
      };
    },
  },
  Conv3DBackpropInputV2: {
    measure: 'summands',
    make: (draw) => {
      const { inputShape, filterShape, outShape, attributes } = volume(draw);
      return {
        inputs: { dy: draw.floats(outShape), filter: draw.floats(filterShape) },
        attributes: { ...attributes, inputShape },
      };
    },
  },
  Dilation2D: {
    make: (draw) => {
      const { inputs, attributes } = dilation(draw);
      return { inputs, attributes };
    },
  },
  ...Object.fromEntries(
    ['Dilation2DBackpropInput', 'Dilation2DBackpropFilter'].map((kernel) => [
      kernel,
      {
        measure: 'largest' as const,
        make: (draw: Draw) => {
          const { inputs, dy, attributes } = dilation(draw);
          return { inputs: { ...inputs, dy }, attributes };
        },
      },
    ]),
  ),
};
