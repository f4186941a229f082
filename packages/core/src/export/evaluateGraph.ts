import * as tf from '@tensorflow/tfjs-core';
import { LulcError } from '../errors/lulcError.js';
import type { BinaryOperation, GraphNode, GraphWindow, NodeOf, ReduceOperation, UnaryOperation } from './graph.js';
import { inOrder } from './graph.js';
import { paddingOf } from './graphBuilder.js';
import { normAsLine } from './normAsLine.js';

/** Sees each step's value as soon as it is computed, and may put another in its place. */
export type StepVisitor = (node: GraphNode, value: tf.Tensor) => Promise<tf.Tensor | undefined>;

/** Computes a step from the values of its inputs. */
type Kernels = { readonly [Op in Exclude<GraphNode['op'], 'input'>]: (node: NodeOf<Op>, x: tf.Tensor[]) => tf.Tensor };

const unaryKernels: { readonly [operation in UnaryOperation]: (x: tf.Tensor) => tf.Tensor } = {
  relu: tf.relu,
  relu6: tf.relu6,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  exp: tf.exp,
  log: tf.log,
  erf: tf.erf,
  sqrt: tf.sqrt,
  abs: tf.abs,
  negate: tf.neg,
  softplus: tf.softplus,
};

const binaryKernels: { readonly [operation in BinaryOperation]: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor } = {
  add: tf.add,
  subtract: tf.sub,
  multiply: tf.mul,
  divide: tf.div,
  maximum: tf.maximum,
  minimum: tf.minimum,
};

type Reduction = (x: tf.Tensor, axes: number[], keepAxes: boolean) => tf.Tensor;

const reduceKernels: { readonly [reduction in ReduceOperation]: Reduction } = {
  mean: tf.mean,
  sum: tf.sum,
  max: tf.max,
  min: tf.min,
};

const kernels: Kernels = {
  constant: ({ data, shape }) => tf.tensor(data, shape as number[]),
  convolution: (node, [x, kernel, bias]) => {
    const image = padded(x as tf.Tensor4D, node, sidesOf(kernel), node.dilations);
    const convolve = node.depthwise ? tf.depthwiseConv2d : tf.conv2d;
    const y = convolve(image, kernel as tf.Tensor4D, [...node.strides], 'valid', 'NHWC', [...node.dilations]);
    return bias === undefined ? y : tf.add(y, bias);
  },
  dense: (_, [x, kernel, bias]) => {
    const [channels, units] = kernel.shape;
    const y = tf.matMul(tf.reshape(x, [-1, channels]), kernel as tf.Tensor2D);
    return tf.reshape(bias === undefined ? y : tf.add(y, bias), [...x.shape.slice(0, -1), units]);
  },
  matmul: (_, [a, b]) => tf.matMul(a, b),
  pool: (node, [x]) => {
    const options = [[...node.size], [...node.strides], poolPadding(node)] as [
      [number, number],
      [number, number],
      'same',
    ];
    return node.reduction === 'max'
      ? tf.maxPool(x as tf.Tensor4D, ...options)
      : tf.avgPool(x as tf.Tensor4D, ...options);
  },
  unary: ({ operation }, [x]) => unaryKernels[operation](x),
  leakyRelu: ({ slope }, [x]) => tf.leakyRelu(x, slope),
  binary: ({ operation }, [a, b]) => binaryKernels[operation](a, b),
  softmax: ({ axis }, [x]) => {
    const shifted = tf.exp(tf.sub(x, tf.max(x, axis, true)));
    return tf.div(shifted, tf.sum(shifted, axis, true));
  },
  reduce: ({ reduction, axes, keepAxes }, [x]) => reduceKernels[reduction](x, [...axes], keepAxes),
  reshape: ({ shape }, [x]) => tf.reshape(x, resolved(shape, x.size)),
  transpose: ({ order }, [x]) => tf.transpose(x, [...order]),
  concatenate: ({ axis }, x) => tf.concat(x, axis),
  slice: ({ begin, shape }, [x]) =>
    tf.slice(
      x,
      [...begin],
      shape.map((size) => size ?? -1),
    ),
  pad: ({ amounts }, [x]) =>
    tf.pad(
      x,
      amounts.map(([before, after]) => [before, after]),
    ),
  batchNorm: (node, [x]) => {
    const { factor, offset } = normAsLine(node);
    return tf.add(tf.mul(x, tf.tensor(factor.data)), tf.tensor(offset.data));
  },
  layerNorm: (node, [x, gamma, beta]) => normalised(node, x, gamma, beta, [x.rank - 1]),
  instanceNorm: (node, [x, gamma, beta]) => normalised(node, x, gamma, beta, [1, 2]),
  depthToSpace: ({ block }, [x]) => tf.depthToSpace(x as tf.Tensor4D, block, 'NHWC'),
  resize: ({ shape, factors, alignCorners }, [x]) => {
    const size = [1, 2].map((axis) => shape[axis] ?? x.shape[axis] * (factors?.[axis - 1] ?? 1));
    return tf.image.resizeBilinear(x as tf.Tensor4D, size as [number, number], alignCorners, !alignCorners);
  },
  resample: (_, [x, rows, columns]) => {
    const [batch, height, width, channels] = x.shape;
    const [[newHeight], [newWidth]] = [rows.shape, columns.shape];
    const tall = tf.matMul(tf.expandDims(rows), tf.reshape(x, [batch, height, width * channels]));
    const lines = tf.reshape(tall, [batch * newHeight, width, channels]);
    return tf.reshape(tf.matMul(tf.expandDims(columns), lines), [batch, newHeight, newWidth, channels]);
  },
};

/**
 * Computes a graph on the current engine.
 *
 * @param ends what is wanted
 * @param feeds a value for each input; the caller disposes them
 * @param visit sees every step's value
 * @returns the values of `ends`; the caller disposes them
 * @throws LulcError `invalid-argument` for an input without a value
 */
export async function evaluateGraph(
  ends: readonly GraphNode[],
  feeds: ReadonlyMap<GraphNode, tf.Tensor>,
  visit: StepVisitor = async () => undefined,
): Promise<tf.Tensor[]> {
  const order = inOrder(ends);
  const readers = new Map<GraphNode, number>();
  const alsoRead = (node: GraphNode) => readers.set(node, (readers.get(node) ?? 0) + 1);
  for (const node of order) for (const input of node.inputs) alsoRead(input);
  for (const node of ends) alsoRead(node);
  const values = new Map<GraphNode, tf.Tensor>();
  try {
    for (const node of order) {
      const computed = computeStep(node, values, feeds);
      values.set(node, computed);
      const replaced = await visit(node, computed);
      if (replaced !== undefined) {
        values.set(node, replaced);
        computed.dispose();
      }
      for (const input of node.inputs) {
        const left = (readers.get(input) as number) - 1;
        readers.set(input, left);
        if (left === 0) drop(values, input);
      }
    }
    return ends.map((node) => tf.clone(values.get(node) as tf.Tensor));
  } finally {
    for (const node of [...values.keys()]) drop(values, node);
  }
}

function computeStep(
  node: GraphNode,
  values: ReadonlyMap<GraphNode, tf.Tensor>,
  feeds: ReadonlyMap<GraphNode, tf.Tensor>,
): tf.Tensor {
  if (node.op === 'input') {
    const value = feeds.get(node);
    if (value === undefined) {
      throw new LulcError('invalid-argument', `there is no value for the input '${node.name}'`, {
        where: { input: node.name },
      });
    }
    return tf.clone(value);
  }
  const inputs = node.inputs.map((input) => values.get(input) as tf.Tensor);
  return tf.tidy(() => (kernels[node.op] as (node: GraphNode, x: tf.Tensor[]) => tf.Tensor)(node, inputs));
}

function drop(values: Map<GraphNode, tf.Tensor>, node: GraphNode): void {
  values.get(node)?.dispose();
  values.delete(node);
}

function sidesOf({ shape }: tf.Tensor): readonly [number, number] {
  return [shape[0] as number, shape[1] as number];
}

/** The image with the zeros that surround it; not all engines take those amounts with a convolution. */
function padded(
  x: tf.Tensor4D,
  { padding, strides }: GraphWindow,
  size: readonly [number, number],
  dilations: readonly [number, number],
): tf.Tensor4D {
  const amounts = (axis: 0 | 1): [number, number] => {
    const extent = (size[axis] - 1) * dilations[axis] + 1;
    const [before, after] = paddingOf(padding, x.shape[axis + 1], extent, strides[axis], axis);
    return [before, after];
  };
  const [height, width] = [amounts(0), amounts(1)];
  return [...height, ...width].every((amount) => amount === 0) ? x : tf.pad(x, [[0, 0], height, width, [0, 0]]);
}

function poolPadding({ padding }: GraphWindow): unknown {
  return typeof padding === 'string' ? padding : [[0, 0], ...padding, [0, 0]];
}

function normalised(
  { epsilon }: { readonly epsilon: number },
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  axes: number[],
): tf.Tensor {
  const { mean, variance } = tf.moments(x, axes, true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon))), gamma), beta);
}

/** A shape whose open axis is found from the number of values. */
function resolved(shape: readonly (number | null)[], size: number): number[] {
  const known = shape.reduce<number>((product, side) => product * (side ?? 1), 1);
  return shape.map((side) => side ?? size / known);
}
