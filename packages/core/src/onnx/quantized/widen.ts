import type { GraphNode, GraphShape, NodeOf } from '../../export/graph.js';
import { type Rule, rewrite } from '../../export/rewrite.js';
import type { IntegerSteps } from './integerSteps.js';

/** A network with channels of zeros. */
export interface Widened {
  /** The outputs. */
  readonly ends: readonly GraphNode[];
  /** The step that has the same values without those channels. */
  originOf(node: GraphNode): GraphNode;
}

/** Integer kernels read the channels of an image by fours. */
const channelsRead = 4;

/**
 * Fills up the channels of convolutions in integers with zeros to as many as integer kernels work on at once: without them,
 * runtimes copy patches of the image, which takes several times as long. What was added is left out by the kernels that read
 * it, and where something else does, cut off again. The result is the same.
 *
 * @param ends the outputs
 * @param steps which convolutions are in integers; those whose result stays in floating point are left as they are
 * @param least the number of channels to have at least; 1 for no zeros at all
 */
export function widen(ends: readonly GraphNode[], steps: IntegerSteps, least: number): Widened {
  if (least === 1) return { ends, originOf: (node) => node };
  const integer = steps.weighted.filter((step): step is NodeOf<'convolution'> => isRounded(step, steps));
  // Steps are copied where their inputs change; their kernels are not.
  const blocks = new Map(integer.map((step) => [step.inputs[1], blocksOf(step, steps)]));
  const origins = new Map<GraphNode, GraphNode>();
  const wider = (node: GraphNode): GraphNode => {
    const count = blocks.get(node.inputs[1]);
    if (count === undefined || node.op !== 'convolution') return cutLater(node);
    const channels = channelsOf(node) / count;
    return widened(
      readWide(node, origins),
      count,
      roundedUp(Math.max(channels, Math.ceil(least / count)), channelsRead),
    );
  };
  const rule: Rule = (node, { originOf }) => {
    const result = wider(node);
    for (const made of isCut(result) ? [result.inputs[0], result] : [result]) {
      if (!origins.has(made)) origins.set(made, originOf(node));
    }
    return result;
  };
  return { ends: rewrite(ends, rule), originOf: (node) => origins.get(node) ?? node };
}

/** True for a convolution over all channels whose result is in 8 bits. */
function isRounded(step: GraphNode, { quantized, absorbed, readersOf }: IntegerSteps): boolean {
  if (step.op !== 'convolution' || step.depthwise) return false;
  return quantized.has(step) || readersOf(step).some((reader) => absorbed.has(reader));
}

/** Of how many images side by side a convolution's channels are: one, or as many as pixels are made of each. */
function blocksOf(step: GraphNode, { readersOf }: IntegerSteps): number {
  const [reader, ...others] = readersOf(step);
  return reader?.op === 'depthToSpace' && others.length === 0 ? reader.block ** 2 : 1;
}

/** A convolution with more channels, of which the first are kept; in several blocks, the first of each. */
function widened(node: NodeOf<'convolution'>, blocks: number, wanted: number): GraphNode {
  const [x, kernel, bias] = node.inputs as [GraphNode, NodeOf<'constant'>, NodeOf<'constant'>?];
  const channels = channelsOf(node) / blocks;
  if (wanted === channels) return node;
  const total = blocks * wanted;
  const spread = (constant: NodeOf<'constant'>): NodeOf<'constant'> => {
    const data = new Float32Array((constant.data.length / channels) * wanted);
    for (const [i, value] of constant.data.entries()) data[Math.floor(i / channels) * wanted + (i % channels)] = value;
    return { ...constant, shape: [...constant.shape.slice(0, -1), total], data };
  };
  const inputs = bias === undefined ? [x, spread(kernel)] : [x, spread(kernel), spread(bias)];
  const wide: GraphNode = { ...node, shape: withChannels(node.shape, total), inputs };
  return blocks === 1 ? cut(wide, channels) : wide;
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

/** What is done to every channel alike is done before channels are cut off, and pixels are made of all of them. */
function cutLater(node: GraphNode): GraphNode {
  const [x] = node.inputs;
  if (node.op === 'depthToSpace') {
    const channels = channelsOf(x) / node.block ** 2;
    return channels === channelsOf(node)
      ? node
      : cut({ ...node, shape: withChannels(node.shape, channels) }, channelsOf(node));
  }
  const perChannel = node.op === 'unary' || node.op === 'leakyRelu' || node.op === 'pool';
  if (!perChannel || !isCut(x)) return node;
  const [wide] = x.inputs;
  return cut({ ...node, shape: withChannels(node.shape, channelsOf(wide)), inputs: [wide] }, channelsOf(node));
}

/**
 * A convolution of an image whose channels were cut, or that is joined of such, takes all of them, with weights of 0; one of an
 * image of another number of channels than kernels read, with channels of 0.
 */
function readWide(node: NodeOf<'convolution'>, origins: Map<GraphNode, GraphNode>): NodeOf<'convolution'> {
  const [x, kernel, ...bias] = node.inputs as [GraphNode, NodeOf<'constant'>, NodeOf<'constant'>?];
  const joined = x.op === 'concatenate' && x.axis === 3;
  const parts = joined ? x.inputs : [x];
  const wide = parts.map((part) => (isCut(part) ? part.inputs[0] : part));
  const total = wide.reduce((sum, part) => sum + channelsOf(part), 0);
  const read = roundedUp(total, channelsRead);
  if (read === channelsOf(x)) return node;
  const whole: GraphNode = joined ? { ...x, shape: withChannels(x.shape, total), inputs: wide } : wide[0];
  const image = filled(whole, read - total);
  for (const made of [whole, image]) if (!origins.has(made)) origins.set(made, origins.get(x) ?? x);
  // For each channel of the wide image the one of the kernel, or none.
  let next = 0;
  const source = parts.flatMap((part, i) =>
    Array.from({ length: channelsOf(wide[i]) }, (_, c) => (c < channelsOf(part) ? next++ : undefined)),
  );
  const [height, width, channels, out] = kernel.shape as readonly number[];
  const data = new Float32Array(height * width * read * out);
  for (let tap = 0; tap < height * width; tap++) {
    for (const [to, from] of source.entries()) {
      if (from === undefined) continue;
      const begin = (tap * channels + from) * out;
      data.set(kernel.data.subarray(begin, begin + out), (tap * read + to) * out);
    }
  }
  const expanded: NodeOf<'constant'> = { ...kernel, shape: [height, width, read, out], data };
  return { ...node, inputs: [image, expanded, ...(bias as GraphNode[])] };
}

/** An image with more channels, which nothing looks at: its own once more, since joining is quicker than padding. */
function filled(image: GraphNode, more: number): GraphNode {
  if (more === 0) return image;
  const channels = channelsOf(image);
  const parts = Array.from({ length: Math.ceil(more / channels) }, (_, i) => cutTo(image, more - i * channels));
  const inputs = [image, ...parts];
  return {
    op: 'concatenate',
    name: `${image.name}/filled`,
    shape: withChannels(image.shape, channels + more),
    inputs,
    axis: 3,
  };
}

/** At most as many channels of an image. */
function cutTo(image: GraphNode, most: number): GraphNode {
  return most < channelsOf(image) ? cut(image, most) : image;
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

const roundedUp = (count: number, by: number): number => by * Math.ceil(count / by);

const channelsOf = ({ shape }: GraphNode): number => shape[3] as number;

const withChannels = (shape: GraphShape, channels: number): GraphShape => [...shape.slice(0, 3), channels];
