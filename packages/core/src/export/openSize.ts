import { LulcError } from '../errors/lulcError.js';
import type { GraphNode, GraphPadding, GraphShape, GraphWindow, InferenceGraph, NodeOf } from './graph.js';
import { paddingOf } from './graphBuilder.js';
import { type Rule, rewrite } from './rewrite.js';

/** A graph for images of many sizes. */
export interface OpenGraph {
  /** The graph, with the height and width of its images open. */
  readonly graph: InferenceGraph;
  /** Height and width of an image must be multiples of these. */
  readonly multiple: readonly [number, number];
}

/** A size along height and width. */
type Sides = readonly [number, number];

/** What is known of a step of the original graph. */
interface Origin {
  readonly shape: GraphShape;
  /** How many times smaller than the images its map is, by the strides before it. */
  readonly reduction: Sides;
}

const spatial = [1, 2] as const;

/**
 * The same network for images of other sizes than it was built for. What its steps do must not depend on the size: resizes
 * must be by whole factors of maps that the strides divide evenly, and nothing may have a weight for a pixel.
 *
 * @throws LulcError `incompatible` naming a step that is bound to the size
 */
export function openSize({ name, inputs, outputs }: InferenceGraph): OpenGraph {
  const image = inputs.find(({ shape }) => shape.length === 4)?.shape ?? [];
  const origins = new Map<GraphNode, Origin>();
  const replaced = new Map<string, NodeOf<'input'>>();
  const rule: Rule = (node) => {
    const from = node.inputs.map((input) => origins.get(input) as Origin);
    const reduction = reductionOf(node, from);
    const result = opened(node, from, reduction, image);
    origins.set(result, { shape: node.shape, reduction });
    if (result.op === 'input') replaced.set(result.name, result);
    return result;
  };
  const nodes = rewrite(
    outputs.map(({ node }) => node),
    rule,
  );
  const largest = (axis: 0 | 1) => Math.max(1, ...[...origins.values()].map(({ reduction }) => reduction[axis]));
  return {
    graph: {
      name,
      inputs: inputs.map((input) => replaced.get(input.name) ?? input),
      outputs: outputs.map((output, i) => ({ name: output.name, node: nodes[i] })),
    },
    multiple: [largest(0), largest(1)],
  };
}

function reductionOf(node: GraphNode, from: readonly Origin[]): Sides {
  const [before] = from.filter(({ shape }) => shape.length === 4);
  const [height, width] = before?.reduction ?? [1, 1];
  if (node.op === 'convolution' || node.op === 'pool') return [height * node.strides[0], width * node.strides[1]];
  if (node.op === 'depthToSpace') return [height / node.block, width / node.block];
  if (node.op === 'resize') {
    const [down, right] = spatial.map((axis) => (before.shape[axis] ?? 1) / (node.shape[axis] ?? 1));
    return [height * down, width * right];
  }
  return [height, width];
}

/** The step with its size open; its inputs are open already. */
function opened(node: GraphNode, from: readonly Origin[], reduction: Sides, image: GraphShape): GraphNode {
  if (node.op === 'constant') return node;
  if (node.op === 'input') return node.shape.length === 4 ? withOpen(node, () => true) : node;
  const open = (axis: number) => node.inputs.some(({ op, shape }) => op !== 'constant' && shape[axis] === null);
  if (!spatial.some(open) || node.inputs[0].shape.length !== 4) return node;
  switch (node.op) {
    case 'convolution':
    case 'pool':
      return { ...withOpen(node, open), padding: steadyPadding(node, from) };
    case 'resize': {
      const factors = spatial.map((axis) => (node.shape[axis] as number) / (from[0].shape[axis] as number));
      const proportional = spatial.every((axis, i) => (node.shape[axis] as number) * reduction[i] === image[axis]);
      if (!proportional || !factors.every(Number.isInteger)) throw bound(node, 'resizes by no whole factor');
      return { ...withOpen(node, open), factors: [factors[0], factors[1]] };
    }
    case 'reduce':
      if (!node.keepAxes && !spatial.every((axis) => node.axes.includes(axis))) break;
      return node.keepAxes ? withOpen(node, (axis) => open(axis) && !node.axes.includes(axis)) : node;
    case 'binary': {
      const perPixel = node.inputs.some(
        ({ op, shape }) => op === 'constant' && spatial.some((axis) => (shape[axis + shape.length - 4] ?? 1) !== 1),
      );
      if (perPixel) break;
      return withOpen(node, open);
    }
    case 'concatenate':
    case 'softmax':
      if (node.axis !== 3) break;
      return withOpen(node, open);
    case 'slice':
      if (spatial.some((axis) => node.begin[axis] !== 0 || node.shape[axis] !== from[0].shape[axis])) break;
      return withOpen(node, open);
    case 'unary':
    case 'leakyRelu':
    case 'batchNorm':
    case 'layerNorm':
    case 'instanceNorm':
    case 'depthToSpace':
    case 'pad':
      return withOpen(node, open);
  }
  throw bound(node, `is a step '${node.op}'`);
}

function withOpen<Node extends GraphNode>(node: Node, open: (axis: number) => boolean): Node {
  return { ...node, shape: node.shape.map((size, axis) => (axis > 0 && axis < 3 && open(axis) ? null : size)) };
}

/** The padding of a window that moves by strides that divide the map is the same for every such map. */
function steadyPadding(
  node: NodeOf<'convolution'> | NodeOf<'pool'>,
  [{ shape }, kernel]: readonly Origin[],
): GraphPadding {
  const { strides, padding }: GraphWindow = node;
  const [size, dilations] = node.op === 'pool' ? [node.size, [1, 1]] : [kernel.shape as number[], node.dilations];
  const divided = spatial.every((axis, i) => (shape[axis] ?? 1) % strides[i] === 0);
  if (padding !== 'same' || !divided) return padding;
  const amounts = spatial.map((axis, i) =>
    paddingOf(padding, shape[axis], (size[i] - 1) * dilations[i] + 1, strides[i], i),
  );
  const [height, width] = amounts;
  return height === undefined || width === undefined ? padding : [height, width];
}

function bound(node: GraphNode, why: string): LulcError {
  return new LulcError('incompatible', `'${node.name}' ${why}, which depends on the size of the image`, {
    where: { layer: node.name },
    hint: 'Export it without dynamicSize.',
  });
}
