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

interface Step<Op extends string> {
  readonly op: Op;
  /** Path by which files name the step; made unique there. */
  name: string;
  readonly shape: GraphShape;
  /** What it is computed from. */
  readonly inputs: readonly GraphNode[];
}

/**
 * One step of a network in inference, and with its inputs the whole network up to there: the form between a layers model
 * and the files that other tools run. Steps are few and simple; images are `[B, H, W, C]`.
 */
export type GraphNode =
  | Step<'input'>
  | (Step<'constant'> & { readonly data: Float32Array })
  /** Inputs: image, kernel (`[h, w, in, out]`, or `[h, w, in, multiplier]` when depthwise), and perhaps a bias. */
  | (Step<'convolution'> & GraphWindow & { readonly dilations: readonly [number, number]; readonly depthwise: boolean })
  /** Inputs: `[…, in]`, kernel `[in, out]`, and perhaps a bias. */
  | Step<'dense'>
  /** Inputs: `[…, n, k]` and `[…, k, m]`, leading axes broadcast. */
  | Step<'matmul'>
  | (Step<'pool'> & GraphWindow & { readonly reduction: 'mean' | 'max'; readonly size: readonly [number, number] })
  | (Step<'unary'> & { readonly operation: UnaryOperation })
  | (Step<'binary'> & { readonly operation: BinaryOperation })
  | (Step<'softmax'> & { readonly axis: number })
  | (Step<'reduce'> & {
      readonly reduction: ReduceOperation;
      readonly axes: readonly number[];
      readonly keepAxes: boolean;
    })
  | Step<'reshape'>
  | (Step<'transpose'> & { readonly order: readonly number[] })
  | (Step<'concatenate'> & { readonly axis: number })
  | (Step<'slice'> & { readonly begin: readonly number[] })
  | (Step<'pad'> & { readonly amounts: readonly (readonly [number, number])[] })
  /** Inputs: x, gamma, beta, mean, variance; over the last axis. */
  | (Step<'batchNorm'> & { readonly epsilon: number })
  /** Inputs: x, gamma, beta; over the last axis. */
  | (Step<'layerNorm'> & { readonly epsilon: number })
  /** Inputs: image, `[H', H]`, `[W', W]`: every column and every row is multiplied by a matrix. */
  | Step<'resample'>;

/** The node of one operation. */
export type NodeOf<Op extends GraphNode['op']> = Extract<GraphNode, { readonly op: Op }>;

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
