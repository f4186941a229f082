import type {
  BinaryOperation,
  GraphNode,
  GraphWindow,
  NodeOf,
  ReduceOperation,
  UnaryOperation,
} from '../export/graph.js';
import { paddingOf } from '../export/graphBuilder.js';
import { normAsLine } from '../export/normAsLine.js';
import { arranged, axesOf, axisIn, type Emitter, type Layout, sameOrder } from './emitter.js';
import type { OnnxAttribute } from './schema.js';

type Lowering = { readonly [Op in GraphNode['op']]: (node: NodeOf<Op>, to: Emitter) => void };

const unaryOperators: { readonly [operation in Exclude<UnaryOperation, 'relu6'>]: string } = {
  relu: 'Relu',
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

const binaryOperators: { readonly [operation in BinaryOperation]: string } = {
  add: 'Add',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'Div',
  maximum: 'Max',
  minimum: 'Min',
};

const reduceOperators: { readonly [reduction in ReduceOperation]: string } = {
  mean: 'ReduceMean',
  sum: 'ReduceSum',
  max: 'ReduceMax',
  min: 'ReduceMin',
};

/** The first opset in which a reduction takes its axes as an input. */
const axesAsInput: { readonly [reduction in ReduceOperation]: number } = { mean: 18, sum: 13, max: 18, min: 18 };

const lowering: Lowering = {
  input: () => {},
  constant: () => {},
  convolution: (node, to) => {
    const [x, kernel] = node.inputs;
    const [height, width, channels, out] = kernel.shape as readonly number[];
    const group = node.depthwise ? channels : 1;
    const filters = node.depthwise ? channels * out : out;
    // [h, w, in, out] becomes [out, in, h, w], and [h, w, in, multiplier] becomes [in · multiplier, 1, h, w].
    const stored = to.kernel(
      node,
      node.depthwise ? [2, 3, 0, 1] : [3, 2, 0, 1],
      [filters, channels / group, height, width],
      0,
    );
    to.emit(node, 'channelsFirst', 'Conv', [to.get(x, 'channelsFirst'), stored, ...to.bias(node)], {
      kernel_shape: [height, width],
      strides: node.strides,
      dilations: node.dilations,
      group,
      ...padding(node, x, [height, width], node.dilations),
    });
  },
  dense: (node, to) => {
    const [x, kernel, bias] = node.inputs as [GraphNode, NodeOf<'constant'>, NodeOf<'constant'>?];
    const stored = to.kernel(node, [0, 1], kernel.shape as number[], 1);
    if (node.shape.length === 2) {
      to.emit(node, 'plain', 'Gemm', [to.get(x), stored, ...to.bias(node)]);
    } else if (bias === undefined) {
      to.emit(node, 'plain', 'MatMul', [to.get(x), stored]);
    } else {
      to.emit(node, 'plain', 'Add', [to.within(node, 'matmul', 'MatMul', [to.get(x), stored]), to.get(bias)]);
    }
  },
  matmul: (node, to) =>
    to.emit(
      node,
      'plain',
      'MatMul',
      node.inputs.map((input) => to.get(input)),
    ),
  pool: (node, to) => {
    const [x] = node.inputs;
    to.emit(node, 'channelsFirst', node.reduction === 'max' ? 'MaxPool' : 'AveragePool', [to.get(x, 'channelsFirst')], {
      kernel_shape: node.size,
      strides: node.strides,
      ...padding(node, x, node.size, [1, 1]),
    });
  },
  unary: (node, to) => {
    const layout = layoutFor(node, to);
    const x = to.get(node.inputs[0], layout);
    if (to.absorbs(node)) to.pass(node, layout, x);
    else if (node.operation === 'relu6') {
      to.emit(node, layout, 'Clip', [x, to.get(zero), to.get(six)]);
    } else {
      to.emit(node, layout, unaryOperators[node.operation], [x]);
    }
  },
  leakyRelu: (node, to) => {
    const layout = layoutFor(node, to);
    to.emit(node, layout, 'LeakyRelu', [to.get(node.inputs[0], layout)], { alpha: { float: node.slope } });
  },
  binary: (node, to) => {
    const layout = layoutFor(node, to);
    const operands = node.inputs.map((input) => operand(input, node, layout, to));
    to.emit(node, layout, binaryOperators[node.operation], operands);
  },
  softmax: (node, to) => {
    const layout = layoutFor(node, to);
    to.emit(node, layout, 'Softmax', [to.get(node.inputs[0], layout)], { axis: axisIn(layout, node.axis) });
  },
  reduce: (node, to) => {
    const [x] = node.inputs;
    const layout = reducedLayout(node, to);
    const overPixels = layout === 'channelsFirst' && `${[...node.axes].sort()}` === '1,2';
    if (overPixels && (node.reduction === 'mean' || node.reduction === 'max')) {
      const operator = node.reduction === 'mean' ? 'GlobalAveragePool' : 'GlobalMaxPool';
      if (node.keepAxes) to.emit(node, layout, operator, [to.get(x, layout)]);
      else to.emit(node, 'plain', 'Flatten', [to.within(node, 'pool', operator, [to.get(x, layout)])], { axis: 1 });
      return;
    }
    const axes = node.axes.map((axis) => axisIn(layout, axis)).sort((a, b) => a - b);
    const keepdims = node.keepAxes ? 1 : 0;
    const operator = reduceOperators[node.reduction];
    if (to.opset >= axesAsInput[node.reduction]) {
      to.emit(node, layout, operator, [to.get(x, layout), to.integers(axes)], { keepdims });
    } else {
      to.emit(node, layout, operator, [to.get(x, layout)], { axes, keepdims });
    }
  },
  reshape: (node, to) => {
    const [x] = node.inputs;
    const anyLayout = x.shape.length !== 4 || sameOrder(x.shape);
    const from = anyLayout ? (to.layoutsOf(x)[0] ?? 'plain') : 'plain';
    const layout = node.shape.length === 4 && sameOrder(node.shape) ? 'channelsFirst' : 'plain';
    to.emitReshape(node, layout, to.get(x, from));
  },
  transpose: (node, to) => {
    const layout = layoutFor(node, to);
    const perm = axesOf(layout, node.order.length).map((axis) => axisIn(layout, node.order[axis]));
    to.emit(node, layout, 'Transpose', [to.get(node.inputs[0], layout)], { perm });
  },
  concatenate: (node, to) => {
    const layout = layoutFor(node, to);
    const inputs = node.inputs.map((input) => to.get(input, layout));
    to.emit(node, layout, 'Concat', inputs, { axis: axisIn(layout, node.axis) });
  },
  slice: (node, to) => {
    const layout = layoutFor(node, to);
    const [x] = node.inputs;
    const cut = node.shape.flatMap((size, axis) =>
      size === null || size === x.shape[axis]
        ? []
        : [{ axis: axisIn(layout, axis), begin: node.begin[axis], end: node.begin[axis] + size }],
    );
    if (cut.length === 0) return to.emit(node, layout, 'Identity', [to.get(x, layout)]);
    to.emit(node, layout, 'Slice', [
      to.get(x, layout),
      to.integers(cut.map(({ begin }) => begin)),
      to.integers(cut.map(({ end }) => end)),
      to.integers(cut.map(({ axis }) => axis)),
    ]);
  },
  pad: (node, to) => {
    const layout = layoutFor(node, to);
    const amounts = arranged(node.amounts, layout);
    const pads = to.integers([...amounts.map(([before]) => before), ...amounts.map(([, after]) => after)]);
    to.emit(node, layout, 'Pad', [to.get(node.inputs[0], layout), pads]);
  },
  batchNorm: (node, to) => {
    const [x, ...statistics] = node.inputs as [GraphNode, ...NodeOf<'constant'>[]];
    if (node.shape.length === 4 || node.shape.length === 2) {
      const inputs = [to.get(x, 'channelsFirst'), ...statistics.map((constant) => to.get(constant))];
      to.emit(node, 'channelsFirst', 'BatchNormalization', inputs, { epsilon: { float: node.epsilon } });
      return;
    }
    const { factor, offset } = normAsLine(node);
    to.emit(node, 'plain', 'Add', [to.within(node, 'scaled', 'Mul', [to.get(x), to.get(factor)]), to.get(offset)]);
  },
  layerNorm: (node, to) =>
    to.emit(
      node,
      'plain',
      'LayerNormalization',
      node.inputs.map((input) => to.get(input)),
      { axis: -1, epsilon: { float: node.epsilon } },
    ),
  instanceNorm: (node, to) => {
    const [x, gamma, beta] = node.inputs;
    const inputs = [to.get(x, 'channelsFirst'), to.get(gamma), to.get(beta)];
    to.emit(node, 'channelsFirst', 'InstanceNormalization', inputs, { epsilon: { float: node.epsilon } });
  },
  depthToSpace: (node, to) =>
    to.emit(node, 'channelsFirst', 'DepthToSpace', [to.get(node.inputs[0], 'channelsFirst')], {
      blocksize: node.block,
      mode: 'DCR',
    }),
  resize: (node, to) => {
    const x = to.get(node.inputs[0], 'channelsFirst');
    const attributes = {
      mode: 'linear',
      coordinate_transformation_mode: node.alignCorners ? 'align_corners' : 'half_pixel',
    };
    const factors = node.factors ?? wholeFactors(node);
    if (factors !== undefined) {
      to.emit(node, 'channelsFirst', 'Resize', [x, '', to.floats([1, 1, ...factors])], attributes);
      return;
    }
    const unchanged = to.within(node, 'unchanged', 'Shape', [x], { start: 0, end: 2 });
    const sizes = to.within(node, 'sizes', 'Concat', [unchanged, to.integers(node.shape.slice(1, 3) as number[])], {
      axis: 0,
    });
    to.emit(node, 'channelsFirst', 'Resize', [x, '', '', sizes], attributes);
  },
  resample: (node, to) => {
    const [x, rows, columns] = node.inputs as [GraphNode, NodeOf<'constant'>, NodeOf<'constant'>];
    const [to1, from1] = columns.shape as readonly number[];
    const across = to.constant(columns, [1, 0], [from1, to1]);
    const wide = to.within(node, 'columns', 'MatMul', [to.get(x, 'channelsFirst'), across]);
    to.emit(node, 'channelsFirst', 'MatMul', [to.get(rows), wide]);
  },
};

const scalar = (name: string, value: number): NodeOf<'constant'> => ({
  op: 'constant',
  name,
  shape: [],
  inputs: [],
  data: Float32Array.of(value),
});
const zero = scalar('relu6/low', 0);
const six = scalar('relu6/high', 6);

/** Writes the steps of one node. */
export function lower<Op extends GraphNode['op']>(node: NodeOf<Op>, to: Emitter): void {
  (lowering[node.op as Op] as (node: NodeOf<Op>, to: Emitter) => void)(node, to);
}

/**
 * The layout in which a step that could take any is computed: that of the image it is computed from.
 */
function layoutFor({ shape, inputs }: GraphNode, to: Emitter): Layout {
  if (shape.length !== 4) return 'plain';
  const computed = inputs.filter(({ op }) => op !== 'constant');
  if (computed.some((input) => input.shape.length !== 4)) return 'plain';
  const main = computed.find((input) => input.shape.every((size, axis) => size === shape[axis])) ?? computed[0];
  return main !== undefined && to.layoutsOf(main).includes('channelsFirst') ? 'channelsFirst' : 'plain';
}

/** How many times as large a resize makes an image; `undefined` where that is no whole number. */
function wholeFactors({ shape, inputs: [x] }: NodeOf<'resize'>): readonly number[] | undefined {
  const factors = [1, 2].map((axis) => (shape[axis] ?? 0) / (x.shape[axis] ?? 0));
  return factors.every(Number.isInteger) ? factors : undefined;
}

/** A reduction that drops axes of `[B, C, H, W]` must leave the others in the graph's order. */
function reducedLayout({ inputs: [x], axes, keepAxes }: NodeOf<'reduce'>, to: Emitter): Layout {
  const there = to.layoutsOf(x).includes('channelsFirst');
  const left = (layout: Layout) => axesOf(layout, 4).filter((axis) => !axes.includes(axis));
  return there && (keepAxes || `${left('channelsFirst')}` === `${left('plain')}`) ? 'channelsFirst' : 'plain';
}

/** An operand that broadcasts against the result: a constant of fewer axes gets those that are missing. */
function operand(input: GraphNode, { shape }: GraphNode, layout: Layout, to: Emitter): string {
  if (layout === 'plain' || input.op !== 'constant' || input.shape.length === 0 || input.shape.length === 4) {
    return to.get(input, layout);
  }
  const missing = shape.length - input.shape.length;
  const sizes = [...Array.from({ length: missing }, () => 1), ...(input.shape as number[])];
  // Reordering the axes that are there is what is left of the layout when those of size 1 are taken out.
  const order = axesOf(layout, shape.length)
    .filter((axis) => axis >= missing)
    .map((axis) => axis - missing);
  return to.constant(input, order, arranged(sizes, layout));
}

/** The padding of a window over `x`; by rule where the size of the image is open and decides about it. */
function padding(
  { padding: rule, strides }: GraphWindow,
  x: GraphNode,
  size: readonly [number, number],
  dilations: readonly [number, number],
): Record<string, OnnxAttribute> {
  const amounts = size.map((side, axis) =>
    paddingOf(rule, x.shape[axis + 1], (side - 1) * dilations[axis] + 1, strides[axis], axis),
  );
  const [height, width] = amounts;
  if (height === undefined || width === undefined) return { auto_pad: 'SAME_UPPER' };
  return { pads: [height[0], width[0], height[1], width[1]] };
}
