import type { GraphNode, GraphShape, NodeOf } from '../../export/graph.js';
import { type Rule, rewrite } from '../../export/rewrite.js';
import type { IntegerSteps } from './integerSteps.js';

/**
 * Gives convolutions of few channels more of them, of zeros, since integer kernels work on many at once and are slow for
 * fewer. What was added is left out by the kernels that read it, and where something else does, cut off again.
 *
 * @param ends the outputs
 * @param steps which convolutions are in integers; those whose result stays in floating point keep their channels
 * @param least the number of channels to have
 */
export function widen(
  ends: readonly GraphNode[],
  { weighted, quantized, absorbed, readersOf }: IntegerSteps,
  least: number,
): GraphNode[] {
  const narrow = weighted.filter((step): step is NodeOf<'convolution'> => {
    const rounded = quantized.has(step) || readersOf(step).some((reader) => absorbed.has(reader));
    return step.op === 'convolution' && !step.depthwise && rounded && (step.shape[3] as number) < least;
  });
  // Steps are copied where their inputs change; their kernels are not.
  const kernels = new Set<GraphNode>(narrow.map(({ inputs: [, kernel] }) => kernel));
  const rule: Rule = (node) => {
    const read = readWide(node);
    return cutLater(kernels.has(node.inputs[1]) ? widened(read, least) : read);
  };
  return rewrite(ends, rule);
}

/** A convolution with more channels, of which the first are kept. */
function widened(node: GraphNode, least: number): GraphNode {
  if (node.op !== 'convolution') return node;
  const [x, kernel, bias] = node.inputs as [GraphNode, NodeOf<'constant'>, NodeOf<'constant'>?];
  const channels = node.shape[3] as number;
  const spread = (constant: NodeOf<'constant'>): NodeOf<'constant'> => {
    const wide = new Float32Array((constant.data.length / channels) * least);
    for (const [i, value] of constant.data.entries()) wide[Math.floor(i / channels) * least + (i % channels)] = value;
    return { ...constant, shape: [...constant.shape.slice(0, -1), least], data: wide };
  };
  const inputs = bias === undefined ? [x, spread(kernel)] : [x, spread(kernel), spread(bias)];
  return cut({ ...node, shape: withChannels(node.shape, least), inputs }, channels);
}

/** The first channels of an image. */
function cut(image: GraphNode, channels: number): GraphNode {
  return {
    op: 'slice',
    name: `${image.name}/cut`,
    shape: withChannels(image.shape, channels),
    inputs: [image],
    begin: image.shape.map(() => 0),
  };
}

/** What is done to every channel alike is done before channels are cut off. */
function cutLater(node: GraphNode): GraphNode {
  const perChannel = node.op === 'unary' || node.op === 'leakyRelu' || node.op === 'pool';
  if (!perChannel || !isCut(node.inputs[0])) return node;
  const [wide] = node.inputs[0].inputs;
  return cut({ ...node, shape: withChannels(node.shape, channelsOf(wide)), inputs: [wide] }, channelsOf(node));
}

/** A convolution of an image whose channels were cut, or that is joined of such, takes all of them, with weights of 0. */
function readWide(node: GraphNode): GraphNode {
  if (node.op !== 'convolution' || node.depthwise) return node;
  const [x, kernel, ...bias] = node.inputs as [GraphNode, NodeOf<'constant'>, NodeOf<'constant'>?];
  const joined = x.op === 'concatenate' && x.axis === 3;
  const parts = joined ? x.inputs : [x];
  if (!parts.some(isCut)) return node;
  const wide = parts.map((part) => (isCut(part) ? part.inputs[0] : part));
  const total = wide.reduce((sum, part) => sum + channelsOf(part), 0);
  const image: GraphNode = joined ? { ...x, shape: withChannels(x.shape, total), inputs: wide } : wide[0];
  // For each channel of the wide image the one of the kernel, or none.
  let next = 0;
  const source = parts.flatMap((part, i) =>
    Array.from({ length: channelsOf(wide[i]) }, (_, c) => (c < channelsOf(part) ? next++ : undefined)),
  );
  const [height, width, channels, out] = kernel.shape as readonly number[];
  const data = new Float32Array(height * width * total * out);
  for (let tap = 0; tap < height * width; tap++) {
    for (const [to, from] of source.entries()) {
      if (from === undefined) continue;
      const begin = (tap * channels + from) * out;
      data.set(kernel.data.subarray(begin, begin + out), (tap * total + to) * out);
    }
  }
  const expanded: NodeOf<'constant'> = { ...kernel, shape: [height, width, total, out], data };
  return { ...node, inputs: [image, expanded, ...(bias as GraphNode[])] };
}

/** True for the first channels of an image. */
function isCut(node: GraphNode): node is NodeOf<'slice'> {
  const [x] = node.inputs;
  return (
    node.op === 'slice' &&
    node.shape.length === 4 &&
    node.begin.every((begin) => begin === 0) &&
    node.shape.slice(0, 3).every((size, axis) => size === x.shape[axis])
  );
}

const channelsOf = ({ shape }: GraphNode): number => shape[3] as number;

const withChannels = (shape: GraphShape, channels: number): GraphShape => [...shape.slice(0, 3), channels];
