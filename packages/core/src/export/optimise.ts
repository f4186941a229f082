import type { GraphNode, NodeOf } from './graph.js';
import { normAsLine } from './normAsLine.js';
import { type Rule, rewrite } from './rewrite.js';

/** What {@link optimise} may do. */
export interface OptimiseOptions {
  /** Folds batch norms into the convolutions and dense layers before them. */
  readonly foldBatchNorm: boolean;
}

/**
 * The same computation in fewer or cheaper steps: reshapes of reshapes and zero padding before convolutions are joined, batch
 * norms folded, a softmax over two classes made a sigmoid.
 */
export function optimise(ends: readonly GraphNode[], { foldBatchNorm }: OptimiseOptions): GraphNode[] {
  const rules: Rule[] = [joinReshapes, dropEmpty, joinPadding, pairSoftmax, ...(foldBatchNorm ? [foldNorm] : [])];
  return rules.reduce<GraphNode[]>((nodes, rule) => rewrite(nodes, rule), [...ends]);
}

const joinReshapes: Rule = (node) => {
  if (node.op !== 'reshape' || node.inputs[0].op !== 'reshape') return node;
  return { ...node, inputs: node.inputs[0].inputs };
};

/** A reshape, slice or concatenation that changes nothing goes. */
const dropEmpty: Rule = (node) => {
  if (!['reshape', 'slice', 'concatenate'].includes(node.op)) return node;
  const [x] = node.inputs;
  return x.shape.length === node.shape.length && x.shape.every((size, i) => size === node.shape[i]) ? x : node;
};

/** Zeros around an image before a convolution without padding become the convolution's own. */
const joinPadding: Rule = (node) => {
  if (node.op !== 'convolution' || node.padding !== 'valid') return node;
  const [pad, ...weights] = node.inputs;
  if (pad.op !== 'pad') return node;
  const [batch, height, width, channels] = pad.amounts;
  if ([...batch, ...channels].some((amount) => amount !== 0)) return node;
  return { ...node, padding: [height, width], inputs: [pad.inputs[0], ...weights] };
};

/** `gamma (k·x + b − mean) / √(variance + epsilon) + beta` is a convolution with another kernel and bias. */
const foldNorm: Rule = (node, { readByOne }) => {
  if (node.op !== 'batchNorm') return node;
  const [step] = node.inputs;
  if ((step.op !== 'convolution' && step.op !== 'dense') || !readByOne(step)) return node;
  const [x, kernel, bias] = step.inputs as [GraphNode, NodeOf<'constant'>, NodeOf<'constant'>?];
  const { factor, offset } = normAsLine(node);
  const channels = factor.data.length;
  const folded: NodeOf<'constant'> = {
    ...kernel,
    name: `${step.name}/folded_kernel`,
    // The output channel is the last axis, of a depthwise kernel the last two together.
    data: kernel.data.map((value, i) => value * factor.data[i % channels]),
  };
  const shifted: NodeOf<'constant'> = {
    ...offset,
    name: `${step.name}/folded_bias`,
    data: offset.data.map((value, c) => value + (bias?.data[c] ?? 0) * factor.data[c]),
  };
  return { ...step, name: node.name, inputs: [x, folded, shifted] };
};

/**
 * The softmax of two logits is the sigmoid of their differences, which the weights before it may give as well. Runtimes take
 * as long for a softmax of two values per pixel as for a convolution.
 */
const pairSoftmax: Rule = (node, { readByOne }) => {
  const [logits] = node.inputs;
  const last = node.shape.length - 1;
  if (node.op !== 'softmax' || node.axis !== last || node.shape[last] !== 2 || !readByOne(logits)) return node;
  if (logits.op !== 'dense' && (logits.op !== 'convolution' || logits.depthwise)) return node;
  const [x, ...weights] = logits.inputs as [GraphNode, ...NodeOf<'constant'>[]];
  const differences = weights.map((constant) => ({
    ...constant,
    data: constant.data.map((value, i, all) => value - all[i ^ 1]),
  }));
  const difference: GraphNode = { ...logits, inputs: [x, ...differences] };
  return { op: 'unary', name: node.name, shape: node.shape, inputs: [difference], operation: 'sigmoid' };
};
