import { LulcError } from '../errors/lulcError.js';
import { sizeOf } from '../model/weightArray.js';
import type {
  BinaryOperation,
  GraphNode,
  GraphPadding,
  GraphShape,
  GraphWindow,
  NodeOf,
  ReduceOperation,
  UnaryOperation,
} from './graph.js';

/**
 * Makes the steps of an exported network: what the converter of a layer (see `registerLayerConverter`) says the layer's
 * computation with. Images are `[B, H, W, C]`; axes may be counted from the end.
 */
export class GraphBuilder {
  private readonly layer: string;

  /** @param layer path of the layer that is converted, under which its steps are named */
  constructor(layer: string) {
    this.layer = layer;
  }

  /** Values that are part of the model, row-major. */
  constant(shape: readonly number[], data: Float32Array, name = 'constant'): NodeOf<'constant'> {
    if (data.length !== sizeOf(shape)) throw this.misfit(`${data.length} values are not [${shape}]`);
    return { op: 'constant', name: this.path(name), shape, inputs: [], data };
  }

  /** A number that broadcasts against everything. */
  scalar(value: number): NodeOf<'constant'> {
    return this.constant([], Float32Array.of(value));
  }

  /** Convolution `[B, H, W, in]` with a kernel `[h, w, in, out]`; depthwise with `[h, w, in, multiplier]`. */
  convolution(
    x: GraphNode,
    kernel: NodeOf<'constant'>,
    bias: NodeOf<'constant'> | undefined,
    options: GraphWindow & { readonly dilations?: readonly [number, number]; readonly depthwise?: boolean },
  ): GraphNode {
    const { strides, padding, dilations = [1, 1], depthwise = false } = options;
    const [height, width, channels, out] = fixed(kernel);
    if (x.shape.length !== 4 || x.shape[3] !== channels) {
      throw this.misfit(`a kernel [${kernel.shape}] does not fit an image ${show(x)}`);
    }
    const extent = [height, width].map((size, axis) => (size - 1) * dilations[axis] + 1);
    const spatial = extent.map((size, axis) => slid(x.shape[axis + 1], size, strides[axis], padding, axis));
    return {
      op: 'convolution',
      name: this.path('conv'),
      shape: [x.shape[0], ...spatial, depthwise ? channels * out : out],
      inputs: bias === undefined ? [x, kernel] : [x, kernel, bias],
      strides,
      padding,
      dilations,
      depthwise,
    };
  }

  /** `x · kernel + bias` over the last axis, with a kernel `[in, out]`. */
  dense(x: GraphNode, kernel: NodeOf<'constant'>, bias?: NodeOf<'constant'>): GraphNode {
    if (last(x) !== kernel.shape[0]) throw this.misfit(`a kernel [${kernel.shape}] does not fit ${show(x)}`);
    return {
      op: 'dense',
      name: this.path('dense'),
      shape: [...x.shape.slice(0, -1), kernel.shape[1]],
      inputs: bias === undefined ? [x, kernel] : [x, kernel, bias],
    };
  }

  /** Matrix product of the last two axes; the axes before them broadcast. */
  matmul(a: GraphNode, b: GraphNode): GraphNode {
    if (last(a) !== b.shape[b.shape.length - 2]) throw this.misfit(`${show(a)} cannot be multiplied by ${show(b)}`);
    const leading = this.broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const rows = a.shape[a.shape.length - 2];
    return { op: 'matmul', name: this.path('matmul'), shape: [...leading, rows, last(b)], inputs: [a, b] };
  }

  /** Mean or maximum over windows; a mean leaves padding out. */
  pool(
    reduction: 'mean' | 'max',
    x: GraphNode,
    size: readonly [number, number],
    { strides, padding }: GraphWindow,
  ): GraphNode {
    const spatial = size.map((side, axis) => slid(x.shape[axis + 1], side, strides[axis], padding, axis));
    const shape = [x.shape[0], ...spatial, x.shape[3]];
    return { op: 'pool', name: this.path('pool'), shape, inputs: [x], reduction, size, strides, padding };
  }

  /** An element-wise operation. */
  unary(operation: UnaryOperation, x: GraphNode): GraphNode {
    return { op: 'unary', name: this.path(operation), shape: x.shape, inputs: [x], operation };
  }

  /** An element-wise operation of two; shapes broadcast. */
  binary(operation: BinaryOperation, a: GraphNode, b: GraphNode): GraphNode {
    return {
      op: 'binary',
      name: this.path(operation),
      shape: this.broadcast(a.shape, b.shape),
      inputs: [a, b],
      operation,
    };
  }

  /** `x` above 0, `slope · x` below. */
  leakyRelu(x: GraphNode, slope: number): GraphNode {
    return { op: 'leakyRelu', name: this.path('leaky'), shape: x.shape, inputs: [x], slope };
  }

  /** Sum; shapes broadcast. */
  add(a: GraphNode, b: GraphNode): GraphNode {
    return this.binary('add', a, b);
  }

  /** Product; shapes broadcast. */
  multiply(a: GraphNode, b: GraphNode): GraphNode {
    return this.binary('multiply', a, b);
  }

  /** Softmax over one axis, default the last. */
  softmax(x: GraphNode, axis = -1): GraphNode {
    return { op: 'softmax', name: this.path('softmax'), shape: x.shape, inputs: [x], axis: fromStart(axis, x) };
  }

  /** Reduction over axes, which stay with size 1 when `keepAxes`. */
  reduce(reduction: ReduceOperation, x: GraphNode, axes: readonly number[], keepAxes = false): GraphNode {
    const reduced = axes.map((axis) => fromStart(axis, x));
    const shape = keepAxes
      ? x.shape.map((size, axis) => (reduced.includes(axis) ? 1 : size))
      : x.shape.filter((_, axis) => !reduced.includes(axis));
    return { op: 'reduce', name: this.path(reduction), shape, inputs: [x], reduction, axes: reduced, keepAxes };
  }

  /**
   * The same values in another shape.
   *
   * @param shape the new shape with the batch axis; at most one axis may be open
   */
  reshape(x: GraphNode, shape: GraphShape): GraphNode {
    const [before, after] = [x.shape, shape].map((sizes) => sizes.filter((size) => size === null).length);
    if (before > 1 || after > 1 || (before === after && known(x.shape) !== known(shape))) {
      throw this.misfit(`${show(x)} cannot be arranged as [${shape.map((size) => size ?? 'open')}]`);
    }
    return { op: 'reshape', name: this.path('reshape'), shape, inputs: [x] };
  }

  /** Axis `i` of the result is axis `order[i]` of `x`. */
  transpose(x: GraphNode, order: readonly number[]): GraphNode {
    const shape = order.map((axis) => x.shape[axis]);
    return { op: 'transpose', name: this.path('transpose'), shape, inputs: [x], order };
  }

  /** Joins along an axis, default the last. */
  concatenate(inputs: readonly GraphNode[], axis = -1): GraphNode {
    const along = fromStart(axis, inputs[0]);
    const sizes = inputs.map(({ shape }) => shape[along]);
    const total = sizes.reduce((sum, size) => (sum === null || size === null ? null : sum + size), 0);
    const shape = inputs[0].shape.map((size, i) => (i === along ? total : size));
    return { op: 'concatenate', name: this.path('concat'), shape, inputs, axis: along };
  }

  /**
   * Cuts a part out.
   *
   * @param begin first index along each axis
   * @param shape size of the part; open where the axis is taken whole
   */
  slice(x: GraphNode, begin: readonly number[], shape: GraphShape): GraphNode {
    return { op: 'slice', name: this.path('slice'), shape, inputs: [x], begin };
  }

  /** Surrounds with zeros, `[before, after]` along each axis. */
  pad(x: GraphNode, amounts: readonly (readonly [number, number])[]): GraphNode {
    const shape = x.shape.map((size, axis) => (size === null ? null : size + amounts[axis][0] + amounts[axis][1]));
    return { op: 'pad', name: this.path('pad'), shape, inputs: [x], amounts };
  }

  /** `gamma (x − mean) / √(variance + epsilon) + beta` with given statistics per channel (last axis). */
  batchNorm(
    x: GraphNode,
    weights: {
      readonly gamma: GraphNode;
      readonly beta: GraphNode;
      readonly mean: GraphNode;
      readonly variance: GraphNode;
    },
    epsilon: number,
  ): GraphNode {
    const inputs = [x, weights.gamma, weights.beta, weights.mean, weights.variance];
    return { op: 'batchNorm', name: this.path('bn'), shape: x.shape, inputs, epsilon };
  }

  /** Layer normalisation over the last axis. */
  layerNorm(x: GraphNode, gamma: NodeOf<'constant'>, beta: NodeOf<'constant'>, epsilon: number): GraphNode {
    return { op: 'layerNorm', name: this.path('norm'), shape: x.shape, inputs: [x, gamma, beta], epsilon };
  }

  /** Normalisation of each image's every channel over its pixels. */
  instanceNorm(x: GraphNode, gamma: NodeOf<'constant'>, beta: NodeOf<'constant'>, epsilon: number): GraphNode {
    return { op: 'instanceNorm', name: this.path('norm'), shape: x.shape, inputs: [x, gamma, beta], epsilon };
  }

  /** Makes a patch of `block × block` pixels of the channels of each pixel. */
  depthToSpace(x: GraphNode, block: number): GraphNode {
    const [batch, height, width, channels] = x.shape;
    const shape = [batch, times(height, block), times(width, block), (channels as number) / block ** 2];
    return { op: 'depthToSpace', name: this.path('patches'), shape, inputs: [x], block };
  }

  /** Resizes an image bilinearly to `[height, width]`; see `bilinearResize` for where pixels are. */
  resize(x: GraphNode, size: readonly [number, number], alignCorners: boolean): GraphNode {
    return {
      op: 'resize',
      name: this.path('resize'),
      shape: [x.shape[0], ...size, x.shape[3]],
      inputs: [x],
      alignCorners,
    };
  }

  /**
   * Resizes an image by one matrix along the height and one along the width.
   *
   * @param rows `[new height, height]`
   * @param columns `[new width, width]`
   */
  resample(x: GraphNode, rows: NodeOf<'constant'>, columns: NodeOf<'constant'>): GraphNode {
    if (rows.shape[1] !== x.shape[1] || columns.shape[1] !== x.shape[2]) {
      throw this.misfit(`matrices [${rows.shape}] and [${columns.shape}] do not fit an image ${show(x)}`);
    }
    const shape = [x.shape[0], rows.shape[0], columns.shape[0], x.shape[3]];
    return { op: 'resample', name: this.path('resize'), shape, inputs: [x, rows, columns] };
  }

  private path(step: string): string {
    return `${this.layer}/${step}`;
  }

  private broadcast(a: GraphShape, b: GraphShape): GraphShape {
    const rank = Math.max(a.length, b.length);
    return Array.from({ length: rank }, (_, i) => {
      const [left, right] = [a, b].map((shape) => {
        const axis = i - rank + shape.length;
        return axis < 0 ? 1 : shape[axis];
      });
      if (left === right || right === 1) return left;
      if (left === 1) return right;
      if (left === null || right === null) return left ?? right;
      throw this.misfit(`[${a}] and [${b}] do not broadcast`);
    });
  }

  private misfit(message: string): LulcError {
    return new LulcError('shape-mismatch', message, { where: { layer: this.layer } });
  }
}

/** The pixels of padding along one axis (0 the height, 1 the width), where they can be known. */
export function paddingOf(
  padding: GraphPadding,
  size: number,
  extent: number,
  stride: number,
  axis: number,
): readonly [number, number];
export function paddingOf(
  padding: GraphPadding,
  size: number | null,
  extent: number,
  stride: number,
  axis: number,
): readonly [number, number] | undefined;
export function paddingOf(
  padding: GraphPadding,
  size: number | null,
  extent: number,
  stride: number,
  axis: number,
): readonly [number, number] | undefined {
  if (padding === 'valid') return [0, 0];
  if (padding !== 'same') return padding[axis];
  if (size === null && stride !== 1) return undefined;
  const total = size === null ? extent - 1 : Math.max(0, (Math.ceil(size / stride) - 1) * stride + extent - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** Number of positions of a window along one axis. */
function slid(size: number | null, extent: number, stride: number, padding: GraphPadding, axis: number): number | null {
  if (size === null) return null;
  const [before, after] = paddingOf(padding, size, extent, stride, axis);
  return Math.floor((size + before + after - extent) / stride) + 1;
}

const times = (size: number | null, factor: number): number | null => (size === null ? null : size * factor);

const last = ({ shape }: GraphNode): number | null => shape[shape.length - 1];

const fixed = ({ shape }: GraphNode): readonly number[] => shape as readonly number[];

const known = (shape: GraphShape): number => shape.reduce<number>((product, size) => product * (size ?? 1), 1);

const show = ({ shape }: GraphNode): string => `[${shape.map((size) => size ?? 'open')}]`;

const fromStart = (axis: number, { shape }: GraphNode): number => (axis < 0 ? axis + shape.length : axis);
