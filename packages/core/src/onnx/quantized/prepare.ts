import type { GraphNode, NodeOf } from '../../export/graph.js';
import { normAsLine } from '../../export/normAsLine.js';
import { type Rule, rewrite } from '../../export/rewrite.js';

/** The same network in steps that runtimes compute in integers. */
export function prepare(ends: readonly GraphNode[]): GraphNode[] {
  return [normAsConvolution, poolKeepingAxes].reduce<GraphNode[]>((nodes, rule) => rewrite(nodes, rule), [...ends]);
}

/** A batch norm of an image that could not be folded is a convolution of each channel with one weight: exact in 8 bits. */
const normAsConvolution: Rule = (node) => {
  if (node.op !== 'batchNorm' || node.shape.length !== 4) return node;
  const { factor, offset } = normAsLine(node);
  const kernel: NodeOf<'constant'> = { ...factor, shape: [1, 1, factor.data.length, 1] };
  return {
    op: 'convolution',
    name: node.name,
    shape: node.shape,
    inputs: [node.inputs[0], kernel, offset],
    strides: [1, 1],
    padding: 'valid',
    dilations: [1, 1],
    depthwise: true,
  };
};

/** A mean over the pixels keeps their axes; a step of its own takes them away. */
const poolKeepingAxes: Rule = (node) => {
  if (node.op !== 'reduce' || node.reduction !== 'mean' || node.keepAxes || node.inputs[0].shape.length !== 4)
    return node;
  if (`${[...node.axes].sort()}` !== '1,2') return node;
  const [batch, , , channels] = node.inputs[0].shape;
  const pooled: GraphNode = { ...node, name: `${node.name}/pool`, shape: [batch, 1, 1, channels], keepAxes: true };
  return { op: 'reshape', name: node.name, shape: node.shape, inputs: [pooled] };
};
