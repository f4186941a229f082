import type { GraphNode, NodeOf } from '../../export/graph.js';
import { type Rule, rewrite } from '../../export/rewrite.js';
import { channelScales, quantizePerChannel } from '../../model/quantize.js';
import type { IntegerSteps, WeightedStep } from './integerSteps.js';

/** A network that was rewritten. */
export interface Rewritten {
  /** The outputs. */
  readonly ends: readonly GraphNode[];
  /** The step that a step stands for. */
  originOf(node: GraphNode): GraphNode;
}

/**
 * Takes from biases what rounding the kernels adds to a channel's mean: the rounding errors of its weights times the means of
 * what they are multiplied by. M. Nagel et al., *Data-free quantization through weight equalization and bias correction*, ICCV
 * 2019, section 4.2, with means of real images. Margins of zeros around images are left out of account.
 *
 * @param ends the outputs
 * @param steps what is computed in integers
 * @param means of the channels of what these steps read
 * @param bits of weights
 */
export function correctBiases(
  ends: readonly GraphNode[],
  { weighted }: IntegerSteps,
  means: ReadonlyMap<GraphNode, ArrayLike<number>>,
  bits: 7 | 8,
): Rewritten {
  const biases = new Map<GraphNode, NodeOf<'constant'>>(
    weighted.map((step) => [step, corrected(step, means.get(step.inputs[0]) as ArrayLike<number>, bits)]),
  );
  const origins = new Map<GraphNode, GraphNode>();
  const rule: Rule = (node, { originOf }) => {
    const origin = originOf(node);
    const bias = biases.get(origin);
    const result = bias === undefined ? node : { ...node, inputs: [node.inputs[0], node.inputs[1], bias] };
    origins.set(result, origin);
    return result;
  };
  return { ends: rewrite(ends, rule), originOf: (node) => origins.get(node) ?? node };
}

function corrected(step: WeightedStep, means: ArrayLike<number>, bits: 7 | 8): NodeOf<'constant'> {
  const [, kernel, bias] = step.inputs as [GraphNode, NodeOf<'constant'>, NodeOf<'constant'>?];
  const channels = step.shape[step.shape.length - 1] as number;
  const shape = [kernel.data.length / channels, channels];
  const { quanta, scales } = quantizePerChannel(
    kernel.data,
    shape,
    1,
    channelScales(kernel.data, shape, 1, 2 ** (bits - 1) - 1),
  );
  // Rows of a kernel are its taps, for each of them the channels that it reads; a depthwise one has a channel's for its own.
  const depthwise = step.op === 'convolution' && step.depthwise;
  const multiplier = channels / means.length;
  const data = new Float64Array(channels);
  for (const [i, quantum] of quanta.entries()) {
    const [row, channel] = [Math.floor(i / channels), i % channels];
    const mean = means[depthwise ? Math.floor(channel / multiplier) : row % means.length];
    data[channel] -= (quantum * scales[channel] - kernel.data[i]) * mean;
  }
  return {
    op: 'constant',
    name: bias?.name ?? `${step.name}/bias`,
    shape: [channels],
    inputs: [],
    data: Float32Array.from(data, (error, channel) => error + (bias?.data[channel] ?? 0)),
  };
}
