/** Size of each axis; `null` where it is open until a batch is there. */
export type GraphShape = readonly (number | null)[];

/** How many pixels of zeros surround an image: TensorFlow's rules, or `[[top, bottom], [left, right]]`. */
export type GraphPadding = 'same' | 'valid' | readonly [readonly [number, number], readonly [number, number]];

/** A window that slides over an image. */
export interface GraphWindow {
  /** Height and width of the step in pixels. */
  readonly strides: readonly [number, number];
  /** What surrounds the image. */
  readonly padding: GraphPadding;
}

/** Element-wise operations of one operand. */
export type UnaryOperation =
  | 'relu'
  | 'relu6'
  | 'sigmoid'
  | 'tanh'
  | 'exp'
  | 'log'
  | 'erf'
  | 'sqrt'
  | 'abs'
  | 'negate'
  | 'softplus';

/** Element-wise operations of two operands, which broadcast as in TensorFlow. */
export type BinaryOperation = 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum' | 'minimum';

/** Reductions over axes. */
export type ReduceOperation = 'mean' | 'sum' | 'max' | 'min';

/** What every step of a network has. */
export interface GraphStep<Op extends string> {
  /** What it does. */
  readonly op: Op;
  /** Path by which files name the step; made unique there. */
  name: string;
  /** Shape of what it gives. */
  readonly shape: GraphShape;
  /** What it is computed from. */
  readonly inputs: readonly GraphNode[];
}

/** Fixed values, row-major. */
export interface ConstantStep extends GraphStep<'constant'> {
  /** The values. */
  readonly data: Float32Array;
}

/** Inputs: image, kernel (`[h, w, in, out]`, or `[h, w, in, multiplier]` when depthwise), and perhaps a bias. */
export interface ConvolutionStep extends GraphStep<'convolution'>, GraphWindow {
  /** Spacing of the taps, vertical and horizontal. */
  readonly dilations: readonly [number, number];
  /** Whether each channel has a kernel of its own. */
  readonly depthwise: boolean;
}

/** Mean or maximum under a window. */
export interface PoolStep extends GraphStep<'pool'>, GraphWindow {
  /** Which of the two. */
  readonly reduction: 'mean' | 'max';
  /** Height and width of the window. */
  readonly size: readonly [number, number];
}

/** An element-wise operation of one operand. */
export interface UnaryStep extends GraphStep<'unary'> {
  /** Which. */
  readonly operation: UnaryOperation;
}

/** An element-wise operation of two operands. */
export interface BinaryStep extends GraphStep<'binary'> {
  /** Which. */
  readonly operation: BinaryOperation;
}

/** `x` above 0, `slope · x` below. */
export interface LeakyReluStep extends GraphStep<'leakyRelu'> {
  /** What values below 0 are multiplied by. */
  readonly slope: number;
}

/** A reduction over axes. */
export interface ReduceStep extends GraphStep<'reduce'> {
  /** Which. */
  readonly reduction: ReduceOperation;
  /** Axes that go, from 0. */
  readonly axes: readonly number[];
  /** Whether they stay with size 1. */
  readonly keepAxes: boolean;
}

/** Softmax along an axis, or operands joined along it. */
export interface AxisStep<Op extends 'softmax' | 'concatenate'> extends GraphStep<Op> {
  /** The axis, from 0. */
  readonly axis: number;
}

/** Axes in another order. */
export interface TransposeStep extends GraphStep<'transpose'> {
  /** For each axis of the result, the axis it was. */
  readonly order: readonly number[];
}

/** A part as large as the step's shape. */
export interface SliceStep extends GraphStep<'slice'> {
  /** Where it begins on each axis. */
  readonly begin: readonly number[];
}

/** Zeros around. */
export interface PadStep extends GraphStep<'pad'> {
  /** How many before and after, for each axis. */
  readonly amounts: readonly (readonly [number, number])[];
}

/**
 * A normalisation: of the last axis by given statistics (batch norm) or its own (layer norm), or of each image's every channel
 * over its pixels (instance norm). Inputs: x, gamma, beta, and of a batch norm mean and variance.
 */
export interface NormStep<Op extends 'batchNorm' | 'layerNorm' | 'instanceNorm'> extends GraphStep<Op> {
  /** Added to the variance. */
  readonly epsilon: number;
}

/** A bilinear resize of an image to the step's shape, or by whole factors. */
export interface ResizeStep extends GraphStep<'resize'> {
  /** Whether the centres of the outermost pixels stay in place; else the image's edges do (half-pixel centres). */
  readonly alignCorners: boolean;
  /** How many times as high and as wide, where the size is open; absent where the shape says it. */
  readonly factors?: readonly [number, number];
}

/** Channels laid out as pixels: those of a pixel become a square patch, in the order of its pixels, channels last. */
export interface DepthToSpaceStep extends GraphStep<'depthToSpace'> {
  /** Height and width of the patch. */
  readonly block: number;
}

/**
 * One step of a network in inference, and with its inputs the whole network up to there: the form between a layers model
 * and the files that other tools run. Steps are few and simple; images are `[B, H, W, C]`. Of those without fields of their
 * own, `dense` has the inputs `[…, in]`, kernel `[in, out]` and perhaps a bias; `matmul` `[…, n, k]` and `[…, k, m]`, whose
 * leading axes broadcast; `resample` an image, `[H', H]` and `[W', W]`, by which every column and every row is multiplied.
 */
export type GraphNode =
  | GraphStep<'input'>
  | ConstantStep
  | ConvolutionStep
  | GraphStep<'dense'>
  | GraphStep<'matmul'>
  | PoolStep
  | UnaryStep
  | BinaryStep
  | LeakyReluStep
  | AxisStep<'softmax'>
  | ReduceStep
  | GraphStep<'reshape'>
  | TransposeStep
  | AxisStep<'concatenate'>
  | SliceStep
  | PadStep
  | NormStep<'batchNorm'>
  | NormStep<'layerNorm'>
  | NormStep<'instanceNorm'>
  | DepthToSpaceStep
  | ResizeStep
  | GraphStep<'resample'>;

/** The node of one operation. */
export type NodeOf<Op extends GraphNode['op']> = Extract<GraphNode, GraphStep<Op>>;

/** A network in inference, ready to be written. */
export interface InferenceGraph {
  /** Name of the model. */
  readonly name: string;
  /** What it takes, in the model's order. */
  readonly inputs: readonly NodeOf<'input'>[];
  /** What it gives. */
  readonly outputs: readonly { readonly name: string; readonly node: GraphNode }[];
}

/** All nodes from which `ends` are computed, each after its inputs. */
export function inOrder(ends: readonly GraphNode[]): GraphNode[] {
  const order: GraphNode[] = [];
  const state = new Map<GraphNode, 'open' | 'done'>();
  const pending = [...ends].reverse();
  for (let node = pending[pending.length - 1]; node !== undefined; node = pending[pending.length - 1]) {
    const seen = state.get(node);
    if (seen === undefined) {
      state.set(node, 'open');
      for (const input of [...node.inputs].reverse()) if (!state.has(input)) pending.push(input);
      continue;
    }
    pending.pop();
    if (seen === 'open') order.push(node);
    state.set(node, 'done');
  }
  return order;
}
