import { knownOption } from '../../errors/optionChecks.js';
import { type GraphNode, inOrder, type NodeOf } from '../../export/graph.js';

/** Steps whose kernels are computed with 8-bit numbers. */
export type WeightedStep = NodeOf<'convolution'> | NodeOf<'dense'>;

/** What is computed in integers, and which tensors are in 8 bits for it. */
export interface IntegerSteps {
  /** All steps, inputs first. */
  readonly order: readonly GraphNode[];
  /** Convolutions and dense steps with 8-bit images and kernels. */
  readonly weighted: readonly WeightedStep[];
  /** Steps whose values are in 8 bits. */
  readonly quantized: ReadonlySet<GraphNode>;
  /** Of those, the ones that only move or choose values: they have the quanta of their input. */
  readonly carriers: ReadonlySet<GraphNode>;
  /** ReLUs that the rounding of the step before them does: it ends at 0. That step has no 8-bit value of its own. */
  readonly absorbed: ReadonlySet<GraphNode>;
  /** The steps that read a step's value. */
  readersOf(node: GraphNode): readonly GraphNode[];
}

/**
 * Decides what of a network is computed in integers: convolutions, dense steps, and between them what has integer kernels in
 * runtimes and is exact or nearly so (pooling, joining, sums, products, moving pixels, ReLUs, sigmoids). Everything behind the
 * last convolution or dense step stays in floating point, and so does the result of that one: logits are not rounded.
 *
 * @param ends the outputs
 * @param float layers whose convolution or dense step stays in floating point
 * @throws LulcError `unknown-name` for one that is none
 */
export function integerSteps(ends: readonly GraphNode[], float: readonly string[]): IntegerSteps {
  const order = inOrder(ends);
  const readers = new Map<GraphNode, GraphNode[]>(order.map((node) => [node, []]));
  for (const node of order) for (const input of node.inputs) readers.get(input)?.push(node);
  const readersOf = (node: GraphNode): readonly GraphNode[] => readers.get(node) ?? [];
  const all = order.filter(isWeighted);
  const known = all.map(layerOf);
  for (const path of float) knownOption('float', path, known);
  const weighted = all.filter((step) => !float.includes(layerOf(step)));
  const anchors = new Set<GraphNode>(weighted);
  const before = upstream(order, anchors);

  const integer = new Set<GraphNode>();
  const quantized = new Set<GraphNode>();
  const carriers = new Set<GraphNode>();
  for (const node of order) {
    if (node.op === 'constant') continue;
    const fromIntegers = node.inputs.length > 0 && node.inputs.every((input) => quantized.has(input));
    const carries = fromIntegers && (carriesValues(node) || repeats(node, carriers));
    if (anchors.has(node) || node.op === 'input' || carries || (fromIntegers && hasIntegerKernel(node)))
      integer.add(node);
    const feedsAnchor = readersOf(node).some((reader) => anchors.has(reader) && reader.inputs[0] === node);
    if (before.has(node) && (integer.has(node) || feedsAnchor)) quantized.add(node);
    if (carries && quantized.has(node)) carriers.add(node);
  }
  // An input that only steps in floating point read stays as it is; what was made of it is not there then.
  for (const node of order) {
    const read = readersOf(node).some((reader) => integer.has(reader));
    if (node.op === 'input' && !read) quantized.delete(node);
  }
  const isEnd = new Set(ends);
  const absorbed = new Set<GraphNode>();
  for (const node of order) {
    if (!isRelu(node) || !quantized.has(node)) continue;
    const [x] = node.inputs;
    if (!integer.has(x) || !requantizes(x) || readersOf(x).length > 1 || isEnd.has(x)) continue;
    absorbed.add(node);
    quantized.delete(x);
  }
  return { order, weighted, quantized, carriers, absorbed, readersOf };
}

/** A convolution or dense step. */
function isWeighted(node: GraphNode): node is WeightedStep {
  return node.op === 'convolution' || node.op === 'dense';
}

/** Path of the layer that a step's kernel belongs to, under which the kernel is named. */
export function layerOf({ inputs: [, kernel] }: WeightedStep): string {
  return kernel.name.slice(0, kernel.name.lastIndexOf('/'));
}

function isRelu(node: GraphNode): boolean {
  return node.op === 'unary' && (node.operation === 'relu' || node.operation === 'relu6');
}

/** The steps from which one of `goals` is computed, themselves only where another one follows. */
function upstream(order: readonly GraphNode[], goals: ReadonlySet<GraphNode>): ReadonlySet<GraphNode> {
  const found = new Set<GraphNode>();
  for (const node of [...order].reverse()) {
    if (goals.has(node) || found.has(node)) for (const input of node.inputs) found.add(input);
  }
  return found;
}

/** Steps whose integer form has a new range. */
function requantizes(node: GraphNode): boolean {
  return isWeighted(node) || node.op === 'binary';
}

/** Steps that move, repeat, mix or choose values, none of which leaves the range of the input. */
function carriesValues(node: GraphNode): boolean {
  switch (node.op) {
    case 'reshape':
    case 'transpose':
    case 'slice':
    case 'pad':
    case 'depthToSpace':
    case 'resize':
      return true;
    case 'pool':
      return node.reduction === 'max';
    default:
      return false;
  }
}

/** True for a concatenation of one tensor and what was only moved or chosen of it. */
function repeats(node: GraphNode, carriers: ReadonlySet<GraphNode>): boolean {
  const source = (input: GraphNode): GraphNode => (carriers.has(input) ? source(input.inputs[0]) : input);
  return node.op === 'concatenate' && new Set(node.inputs.map(source)).size === 1;
}

/** Steps beside convolutions and dense ones that runtimes compute in integers. */
function hasIntegerKernel(node: GraphNode): boolean {
  switch (node.op) {
    case 'concatenate':
    case 'leakyRelu':
    case 'pool':
      return true;
    case 'unary':
      return isRelu(node) || node.operation === 'sigmoid';
    case 'binary':
      return node.operation === 'add' || node.operation === 'multiply';
    case 'reduce':
      return node.reduction === 'mean' && node.keepAxes && `${[...node.axes].sort()}` === '1,2';
    default:
      return false;
  }
}
