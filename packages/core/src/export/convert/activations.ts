import type { GraphNode } from '../graph.js';
import type { GraphBuilder } from '../graphBuilder.js';
import type { LayerContext } from '../layerConverter.js';

/** `max(low, min(high, x))`. */
function clip(g: GraphBuilder, x: GraphNode, low: number, high: number): GraphNode {
  return g.binary('minimum', g.binary('maximum', x, g.scalar(low)), g.scalar(high));
}

/** `alpha (eˣ − 1)` below 0, taken of `min(x, 0)` since only that part is small. */
function expTail(g: GraphBuilder, x: GraphNode, alpha: number): GraphNode {
  const low = g.unary('exp', g.binary('minimum', x, g.scalar(0)));
  return g.multiply(g.binary('subtract', low, g.scalar(1)), g.scalar(alpha));
}

/** Exponential linear unit. */
export function elu(g: GraphBuilder, x: GraphNode, alpha = 1): GraphNode {
  return g.add(g.unary('relu', x), expTail(g, x, alpha));
}

/** `x` above 0, below it `x` times a slope of its own for each channel. */
export function parametricRelu(g: GraphBuilder, x: GraphNode, slope: GraphNode): GraphNode {
  const negative = g.binary('minimum', x, g.scalar(0));
  return g.add(g.unary('relu', x), g.multiply(negative, slope));
}

/** `x Φ(x)` with the exact distribution of the normal. */
function gelu(g: GraphBuilder, x: GraphNode): GraphNode {
  const erf = g.unary('erf', g.multiply(x, g.scalar(Math.SQRT1_2)));
  return g.multiply(g.multiply(x, g.add(erf, g.scalar(1))), g.scalar(0.5));
}

/** Gelu by the hyperbolic tangent. */
function geluByTanh(g: GraphBuilder, x: GraphNode): GraphNode {
  const cubed = g.multiply(g.multiply(g.multiply(x, x), x), g.scalar(0.044715));
  const inner = g.multiply(g.add(x, cubed), g.scalar(Math.sqrt(2 / Math.PI)));
  return g.multiply(g.multiply(x, g.add(g.unary('tanh', inner), g.scalar(1))), g.scalar(0.5));
}

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** The activations of TensorFlow.js' layers and of this library, by their names in configurations. */
const activations: Readonly<Record<string, (g: GraphBuilder, x: GraphNode) => GraphNode>> = {
  linear: (_, x) => x,
  relu: (g, x) => g.unary('relu', x),
  relu6: (g, x) => g.unary('relu6', x),
  sigmoid: (g, x) => g.unary('sigmoid', x),
  hardSigmoid: (g, x) => clip(g, g.add(g.multiply(x, g.scalar(0.2)), g.scalar(0.5)), 0, 1),
  hardSwish: (g, x) => g.multiply(g.multiply(x, g.unary('relu6', g.add(x, g.scalar(3)))), g.scalar(1 / 6)),
  tanh: (g, x) => g.unary('tanh', x),
  softmax: (g, x) => g.softmax(x),
  logSoftmax: (g, x) => {
    const centred = g.binary('subtract', x, g.reduce('max', x, [-1], true));
    const total = g.unary('log', g.reduce('sum', g.unary('exp', centred), [-1], true));
    return g.binary('subtract', centred, total);
  },
  softplus: (g, x) => g.unary('softplus', x),
  softsign: (g, x) => g.binary('divide', x, g.add(g.unary('abs', x), g.scalar(1))),
  swish: (g, x) => g.multiply(x, g.unary('sigmoid', x)),
  mish: (g, x) => g.multiply(x, g.unary('tanh', g.unary('softplus', x))),
  gelu,
  gelu_new: geluByTanh,
  elu: (g, x) => elu(g, x),
  selu: (g, x) => g.multiply(elu(g, x, SELU_ALPHA), g.scalar(SELU_SCALE)),
};

/**
 * Applies an activation by its name in a layer's configuration; none leaves `x` alone.
 *
 * @throws LulcError `incompatible` for another activation
 */
export function activate(x: GraphNode, activation: unknown, layer: LayerContext): GraphNode {
  if (activation === undefined || activation === null) return x;
  if (typeof activation !== 'string' || !Object.hasOwn(activations, activation)) {
    throw layer.unsupported(`the activation '${String(activation)}'`);
  }
  return activations[activation](layer.graph, x);
}
