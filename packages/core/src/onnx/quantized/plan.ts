import type { GraphNode, NodeOf } from '../../export/graph.js';
import { channelScales } from '../../model/quantize.js';
import type { IntegerSteps, WeightedStep } from './integerSteps.js';
import { type ActivationType, type Quanta, quantaFor, type ValueRange } from './quanta.js';

/** How the weights of a step are written: `kernel ≈ quantum · scales[channel]`. */
export interface WeightQuanta {
  /** One factor per output channel. */
  readonly scales: Float32Array<ArrayBuffer>;
  /** Factor of a bias of whole numbers of 32 bits: that of the image times that of the kernel. */
  readonly biasScales: Float32Array<ArrayBuffer>;
}

/** All numbers by which a graph is computed in integers. */
export interface QuantizationPlan {
  /** Of each tensor in 8 bits. */
  readonly tensors: ReadonlyMap<GraphNode, Quanta>;
  /** Of each step with 8-bit weights. */
  readonly weights: ReadonlyMap<GraphNode, WeightQuanta>;
  /** ReLUs that need no step of their own. */
  readonly absorbed: ReadonlySet<GraphNode>;
}

/** Products are added to it in 32 bits. */
const largestBias = 2 ** 30;

/**
 * Quanta for every tensor. Steps that only move values share those of their input, so that they move bytes; what only a
 * concatenation reads has the concatenation's, so that it is rounded once; other operands of a concatenation keep their own
 * finer ones and are rounded again there.
 *
 * @param steps what is computed in integers
 * @param ranges of the values of each tensor that no other one lends its quanta to
 * @param options number types
 */
export function planQuantization(
  { weighted, quantized, carriers, absorbed, readersOf }: IntegerSteps,
  ranges: ReadonlyMap<GraphNode, ValueRange>,
  { activations, weightBits }: { readonly activations: ActivationType; readonly weightBits: 7 | 8 },
): QuantizationPlan {
  const owner = (node: GraphNode): GraphNode => {
    if (carriers.has(node)) return owner(node.inputs[0]);
    const joined = onlyConcatenation(node);
    // A ReLU that ends at the last quantum must have 0 there.
    if (joined === undefined || (absorbed.has(node) && rangeOf(joined).low < 0)) return node;
    return owner(joined);
  };
  const rangeOf = (node: GraphNode): ValueRange => ranges.get(node) as ValueRange;
  const onlyConcatenation = (node: GraphNode): GraphNode | undefined => {
    const [reader, ...others] = readersOf(node);
    if (reader === undefined || others.length > 0 || !quantized.has(reader)) return undefined;
    if (reader.op === 'concatenate') return reader;
    return carriers.has(reader) ? onlyConcatenation(reader) : undefined;
  };
  const tensors = new Map<GraphNode, Quanta>();
  const lent = new Map<GraphNode, Quanta>();
  for (const node of quantized) {
    const from = owner(node);
    const quanta = lent.get(from) ?? quantaFor(rangeOf(from), activations);
    lent.set(from, quanta);
    tensors.set(node, quanta);
  }
  const weights = new Map<GraphNode, WeightQuanta>();
  for (const step of weighted) {
    weights.set(step, weightQuanta(step, tensors.get(step.inputs[0]) as Quanta, weightBits));
  }
  return { tensors, weights, absorbed };
}

/** Channels are the last axis of a kernel, of a depthwise one the last two together. */
function weightQuanta(step: WeightedStep, image: Quanta, bits: 7 | 8): WeightQuanta {
  const [, kernel, bias] = step.inputs as [GraphNode, NodeOf<'constant'>, NodeOf<'constant'>?];
  const channels = step.shape[step.shape.length - 1] as number;
  const scales = channelScales(kernel.data, [kernel.data.length / channels, channels], 1, 2 ** (bits - 1) - 1);
  // A bias too large for its quanta has coarser ones, and so has a kernel that is next to nothing beside it.
  const least = scales.map((_, c) => Math.abs(bias?.data[c] ?? 0) / (largestBias * image.scale));
  const widened = scales.map((scale, c) => Math.max(scale, least[c]));
  return { scales: widened, biasScales: widened.map((scale) => scale * image.scale) };
}
