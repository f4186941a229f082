import { type GraphNode, inOrder } from './graph.js';

/** What a rewriting rule sees of the graph. */
export interface Surroundings {
  /** True when only one step reads a node. */
  readByOne(node: GraphNode): boolean;
  /** What a node was before rules were applied. */
  originOf(node: GraphNode): GraphNode;
}

/** Gives what shall stand for a node whose inputs are rewritten already; the node itself when there is nothing to do. */
export type Rule = (node: GraphNode, around: Surroundings) => GraphNode;

/** The same ends with a rule applied to every node, inputs first. */
export function rewrite(ends: readonly GraphNode[], rule: Rule): GraphNode[] {
  const order = inOrder(ends);
  const readers = new Map<GraphNode, number>();
  for (const node of [...order.flatMap(({ inputs }) => inputs), ...ends])
    readers.set(node, (readers.get(node) ?? 0) + 1);
  const rewritten = new Map<GraphNode, GraphNode>();
  const origins = new Map<GraphNode, GraphNode>();
  const originOf = (node: GraphNode): GraphNode => origins.get(node) ?? node;
  const around: Surroundings = { readByOne: (node) => readers.get(originOf(node)) === 1, originOf };
  for (const node of order) {
    const inputs = node.inputs.map((input) => rewritten.get(input) as GraphNode);
    const changed = inputs.some((input, i) => input !== node.inputs[i]);
    const current: GraphNode = changed ? { ...node, inputs } : node;
    origins.set(current, node);
    const result = rule(current, around);
    // What stands for the node is read by the node's readers, unless it is one of its own inputs passed on.
    if (!origins.has(result)) origins.set(result, node);
    rewritten.set(node, result);
  }
  return ends.map((node) => rewritten.get(node) as GraphNode);
}
