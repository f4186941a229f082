import {
  type BinaryOperation,
  type GraphNode,
  type GraphWindow,
  inOrder,
  type NodeOf,
  type ReduceOperation,
  type UnaryOperation,
} from '../export/graph.js';
import { normAsLine } from '../export/normAsLine.js';
import { attribute, type GraphAttribute, type GraphDefEmitter } from './emitter.js';

type Lowering = { readonly [Op in GraphNode['op']]: (node: NodeOf<Op>, to: GraphDefEmitter) => void };

const unaryOps: { readonly [operation in UnaryOperation]: string } = {
  relu: 'Relu',
  relu6: 'Relu6',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  exp: 'Exp',
  log: 'Log',
  erf: 'Erf',
  sqrt: 'Sqrt',
  abs: 'Abs',
  negate: 'Neg',
  softplus: 'Softplus',
};

const binaryOps: { readonly [operation in BinaryOperation]: string } = {
  add: 'AddV2',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'RealDiv',
  maximum: 'Maximum',
  minimum: 'Minimum',
};

const reduceOps: { readonly [reduction in ReduceOperation]: string } = {
  mean: 'Mean',
  sum: 'Sum',
  max: 'Max',
  min: 'Min',
};

const openSizes = (shape: GraphNode['shape']): number[] => shape.map((size) => size ?? -1);

const reshape = { Tshape: attribute.integer };
const keepAxes = { keep_dims: attribute.flag(true), Tidx: attribute.integer };

const lowering: Lowering = {
  input: () => {},
  constant: () => {},
  convolution: (node, to) => emitWeighted(node, node, undefined, to),
  dense: (node, to) => emitWeighted(node, node, undefined, to),
  matmul: (node, to) => {
    const [a, b] = node.inputs;
    const flat = a.shape.length === 2 && b.shape.length === 2;
    to.emit(node, flat ? 'MatMul' : 'BatchMatMulV2', [to.get(a), to.get(b)]);
  },
  pool: (node, to) => {
    const op = node.reduction === 'max' ? 'MaxPool' : 'AvgPool';
    const ksize = attribute.counts([1, ...node.size, 1]);
    to.emit(node, op, [to.get(node.inputs[0])], { ksize, ...window(node) });
  },
  unary: (node, to) => to.emit(node, unaryOps[node.operation], [to.get(node.inputs[0])]),
  leakyRelu: (node, to) =>
    to.emit(node, 'LeakyRelu', [to.get(node.inputs[0])], { alpha: attribute.number(node.slope) }),
  binary: (node, to) => {
    const [a, b] = node.inputs.map((input) => to.get(input));
    to.emit(node, binaryOps[node.operation], [a, b]);
  },
  softmax: (node, to) => {
    const [x] = node.inputs;
    const last = node.shape.length - 1;
    if (node.axis === last) return to.emit(node, 'Softmax', [to.get(x)]);
    const swapped = to.whole(node.shape.map((_, i) => (i === node.axis ? last : i === last ? node.axis : i)));
    const types = { Tperm: attribute.integer };
    const turned = to.within(node, 'turned', 'Transpose', [to.get(x), swapped], types);
    to.emit(node, 'Transpose', [to.within(node, 'softmax', 'Softmax', [turned]), swapped], types);
  },
  reduce: (node, to) => {
    const keep = { keep_dims: attribute.flag(node.keepAxes), Tidx: attribute.integer };
    to.emit(node, reduceOps[node.reduction], [to.get(node.inputs[0]), to.whole(node.axes)], keep);
  },
  reshape: (node, to) => to.emit(node, 'Reshape', [to.get(node.inputs[0]), to.whole(openSizes(node.shape))], reshape),
  transpose: (node, to) =>
    to.emit(node, 'Transpose', [to.get(node.inputs[0]), to.whole(node.order)], { Tperm: attribute.integer }),
  concatenate: (node, to) =>
    to.emit(node, 'ConcatV2', [...node.inputs.map((input) => to.get(input)), to.whole([node.axis], [])], {
      N: attribute.count(node.inputs.length),
      Tidx: attribute.integer,
    }),
  slice: (node, to) =>
    to.emit(node, 'Slice', [to.get(node.inputs[0]), to.whole(node.begin), to.whole(openSizes(node.shape))], {
      Index: attribute.integer,
    }),
  pad: (node, to) =>
    to.emit(node, 'Pad', [to.get(node.inputs[0]), to.whole(node.amounts.flat(), [node.amounts.length, 2])], {
      Tpaddings: attribute.integer,
    }),
  batchNorm: (node, to) => {
    if (node.shape.length === 4) {
      to.emit(
        node,
        'FusedBatchNormV3',
        node.inputs.map((input) => to.get(input)),
        {
          U: attribute.float,
          epsilon: attribute.number(node.epsilon),
          data_format: attribute.text('NHWC'),
          is_training: attribute.flag(false),
        },
      );
      return;
    }
    const { factor, offset } = normAsLine(node);
    const scaled = to.within(node, 'scaled', 'Mul', [to.get(node.inputs[0]), to.get(factor)]);
    to.emit(node, 'AddV2', [scaled, to.get(offset)]);
  },
  layerNorm: (node, to) => emitNorm(node, [node.shape.length - 1], to),
  instanceNorm: (node, to) => emitNorm(node, [1, 2], to),
  depthToSpace: (node, to) =>
    to.emit(node, 'DepthToSpace', [to.get(node.inputs[0])], {
      block_size: attribute.count(node.block),
      data_format: attribute.text('NHWC'),
    }),
  resize: (node, to) => {
    const size = to.whole(node.shape.slice(1, 3) as number[]);
    to.emit(node, 'ResizeBilinear', [to.get(node.inputs[0]), size], {
      align_corners: attribute.flag(node.alignCorners),
      half_pixel_centers: attribute.flag(!node.alignCorners),
    });
  },
  resample: (node, to) => {
    const [x, rows, columns] = node.inputs;
    const [height, width, channels] = x.shape.slice(1) as number[];
    const [newHeight] = rows.shape as number[];
    const lines = to.within(node, 'lines', 'Reshape', [to.get(x), to.whole([-1, height, width * channels])], reshape);
    const tall = to.within(node, 'rows', 'BatchMatMulV2', [asBatch(rows, node, to), lines]);
    const parted = to.within(node, 'parted', 'Reshape', [tall, to.whole([-1, width, channels])], reshape);
    const wide = to.within(node, 'columns', 'BatchMatMulV2', [asBatch(columns, node, to), parted]);
    to.emit(node, 'Reshape', [wide, to.whole([-1, newHeight, columns.shape[0] as number, channels])], reshape);
  },
};

/** Writes the steps of the nodes from which `ends` are computed; activations are fused with the steps before them. */
export function lowerAll(ends: readonly GraphNode[], to: GraphDefEmitter): void {
  const order = inOrder(ends);
  const readers = new Map<GraphNode, number>();
  for (const node of [...order.flatMap(({ inputs }) => inputs), ...ends])
    readers.set(node, (readers.get(node) ?? 0) + 1);
  const fused = new Set<GraphNode>();
  for (const node of order) {
    const activated = node.op === 'unary' ? node.inputs[0] : undefined;
    if (node.op === 'unary' && isWeighted(activated) && canFuse(activated, node) && readers.get(activated) === 1) {
      fused.add(activated);
    }
  }
  for (const node of order) {
    if (fused.has(node)) continue;
    const [x] = node.inputs;
    if (node.op === 'unary' && fused.has(x) && isWeighted(x)) emitWeighted(node, x, unaryOps[node.operation], to);
    else lower(node, to);
  }
}

function lower<Op extends GraphNode['op']>(node: NodeOf<Op>, to: GraphDefEmitter): void {
  (lowering[node.op as Op] as (node: NodeOf<Op>, to: GraphDefEmitter) => void)(node, to);
}

type Weighted = NodeOf<'convolution'> | NodeOf<'dense'>;

function isWeighted(node: GraphNode | undefined): node is Weighted {
  return node?.op === 'convolution' || node?.op === 'dense';
}

/** TensorFlow.js has fused steps with a bias and a ReLU; a dense step of more than two axes needs a reshape behind it. */
function canFuse({ op, inputs, shape }: Weighted, { operation }: NodeOf<'unary'>): boolean {
  const plain = op === 'convolution' || shape.length === 2;
  return plain && inputs.length === 3 && (operation === 'relu' || operation === 'relu6');
}

/** A convolution or dense step, made as `node`, with what is fused with it. */
function emitWeighted(node: GraphNode, step: Weighted, activation: string | undefined, to: GraphDefEmitter): void {
  const [x, kernel, bias] = step.inputs as [GraphNode, NodeOf<'constant'>, NodeOf<'constant'>?];
  const weights = [to.kernel(kernel), ...(bias === undefined ? [] : [to.get(bias)])];
  const fusion: Record<string, GraphAttribute> =
    bias === undefined
      ? {}
      : {
          fused_ops: attribute.texts(['BiasAdd', ...(activation === undefined ? [] : [activation])]),
          num_args: attribute.count(1),
        };
  if (step.op === 'convolution') {
    const [plain, withBias] = step.depthwise
      ? ['DepthwiseConv2dNative', 'FusedDepthwiseConv2dNative']
      : ['Conv2D', '_FusedConv2D'];
    to.emit(node, bias === undefined ? plain : withBias, [to.get(x), ...weights], {
      ...window(step),
      dilations: attribute.counts([1, ...step.dilations, 1]),
      ...fusion,
    });
    return;
  }
  const op = bias === undefined ? 'MatMul' : '_FusedMatMul';
  if (step.shape.length === 2) {
    to.emit(node, op, [to.get(x), ...weights], fusion);
    return;
  }
  const flat = to.within(step, 'rows', 'Reshape', [to.get(x), to.whole([-1, kernel.shape[0] as number])], reshape);
  const product = to.within(step, 'product', op, [flat, ...weights], fusion);
  to.emit(node, 'Reshape', [product, to.whole(openSizes(step.shape))], reshape);
}

/** A normalisation by the mean and the variance over axes. */
function emitNorm(
  node: NodeOf<'layerNorm'> | NodeOf<'instanceNorm'>,
  axes: readonly number[],
  to: GraphDefEmitter,
): void {
  const [x, gamma, beta] = node.inputs.map((input) => to.get(input));
  const over = to.whole(axes);
  const mean = to.within(node, 'mean', 'Mean', [x, over], keepAxes);
  const centred = to.within(node, 'centred', 'Sub', [x, mean]);
  const squares = to.within(node, 'squares', 'Mul', [centred, centred]);
  const variance = to.within(node, 'variance', 'Mean', [squares, over], keepAxes);
  const widened = to.within(node, 'widened', 'AddV2', [variance, to.scalar(node, 'epsilon', node.epsilon)]);
  const inverse = to.within(node, 'inverse', 'Rsqrt', [widened]);
  const normal = to.within(node, 'normal', 'Mul', [centred, inverse]);
  to.emit(node, 'AddV2', [to.within(node, 'scaled', 'Mul', [normal, gamma]), beta]);
}

function window({ strides, padding }: GraphWindow): Record<string, GraphAttribute> {
  const common = { strides: attribute.counts([1, ...strides, 1]), data_format: attribute.text('NHWC') };
  if (typeof padding === 'string') return { ...common, padding: attribute.text(padding.toUpperCase()) };
  const [height, width] = padding;
  return {
    ...common,
    padding: attribute.text('EXPLICIT'),
    explicit_paddings: attribute.counts([0, 0, ...height, ...width, 0, 0]),
  };
}

/** A matrix `[n, m]` as `[1, n, m]`. */
function asBatch(matrix: GraphNode, node: GraphNode, to: GraphDefEmitter): string {
  const shape = to.whole([1, ...(matrix.shape as number[])]);
  return to.within(node, 'matrix', 'Reshape', [to.get(matrix), shape], reshape);
}
