import type { BinaryOperation } from '../graph.js';
import type { LayerConverter } from '../layerConverter.js';
import { activate, elu, parametricRelu } from './activations.js';

/** Does nothing in inference. */
const identity: LayerConverter = ([x]) => x;

/** Joins all inputs by one operation. */
function merged(operation: BinaryOperation): LayerConverter {
  return ([first, ...others], { graph }) => others.reduce((sum, x) => graph.binary(operation, sum, x), first);
}

const byActivationOption: LayerConverter = ([x], layer) => activate(x, layer.config.activation, layer);

/** Activations, merges and what is only there in training. */
export const elementwise: Readonly<Record<string, LayerConverter>> = {
  Activation: byActivationOption,
  LulcActivation: byActivationOption,
  ReLU: ([x], { graph, config }) => {
    const y = graph.unary('relu', x);
    const limit = config.maxValue as number | null | undefined;
    return limit === null || limit === undefined ? y : graph.binary('minimum', y, graph.scalar(limit));
  },
  LeakyReLU: ([x], { graph, config }) => graph.leakyRelu(x, (config.alpha as number | undefined) ?? 0.3),
  LulcLeakyRelu: ([x], { graph, config }) => graph.leakyRelu(x, config.slope as number),
  PReLU: ([x], layer) => parametricRelu(layer.graph, x, layer.weight('alpha')),
  ELU: ([x], { graph, config }) => elu(graph, x, (config.alpha as number | undefined) ?? 1),
  Softmax: ([x], { graph, config }) => graph.softmax(x, (config.axis as number | undefined) ?? -1),
  Rescaling: ([x], { graph, config }) =>
    graph.add(graph.multiply(x, graph.scalar(config.scale as number)), graph.scalar(config.offset as number)),
  Add: merged('add'),
  Multiply: merged('multiply'),
  Maximum: merged('maximum'),
  Minimum: merged('minimum'),
  Average: (inputs, layer) => layer.graph.multiply(merged('add')(inputs, layer), layer.graph.scalar(1 / inputs.length)),
  Concatenate: (inputs, { graph, config }) => graph.concatenate(inputs, (config.axis as number | undefined) ?? -1),
  Dropout: identity,
  SpatialDropout1D: identity,
  GaussianDropout: identity,
  GaussianNoise: identity,
  AlphaDropout: identity,
  LulcDropout: identity,
};
