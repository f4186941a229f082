import type { GraphNode, NodeOf } from '../graph.js';
import type { LayerContext, LayerConverter } from '../layerConverter.js';

/** A weight per channel, or a constant where the layer has none. */
function perChannel(layer: LayerContext, name: string, channels: number, otherwise: number): NodeOf<'constant'> {
  return (
    layer.optionalWeight(name) ?? layer.graph.constant([channels], new Float32Array(channels).fill(otherwise), name)
  );
}

const batchNorm: LayerConverter = ([x], layer) => {
  const { graph, config } = layer;
  const axis = (config.axis as number | undefined) ?? -1;
  if (axis !== -1 && axis !== x.shape.length - 1) throw layer.unsupported(`batch normalisation over axis ${axis}`);
  const channels = x.shape[x.shape.length - 1] as number;
  const weights = {
    gamma: perChannel(layer, 'gamma', channels, 1),
    beta: perChannel(layer, 'beta', channels, 0),
    mean: layer.weight('moving_mean'),
    variance: layer.weight('moving_variance'),
  };
  return graph.batchNorm(x, weights, config.epsilon as number);
};

/** Layer normalisation over one axis: another than the last is made the last, and put back. */
export const layerNorm: LayerConverter = ([x], layer) => {
  const { graph, config } = layer;
  const axes = [config.axis ?? -1].flat() as number[];
  if (axes.length !== 1) throw layer.unsupported(`layer normalisation over the axes ${axes}`);
  const rank = x.shape.length;
  const axis = (axes[0] + rank) % rank;
  const size = x.shape[axis] as number;
  const normalise = (value: GraphNode) =>
    graph.layerNorm(
      value,
      perChannel(layer, 'gamma', size, 1),
      perChannel(layer, 'beta', size, 0),
      config.epsilon as number,
    );
  if (axis === rank - 1) return normalise(x);
  const swapped = Array.from({ length: rank }, (_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
  return graph.transpose(normalise(graph.transpose(x, swapped)), swapped);
};

/** Normalisations of TensorFlow.js and of this library. */
export const norms: Readonly<Record<string, LayerConverter>> = {
  BatchNormalization: batchNorm,
  LulcBatchNorm: batchNorm,
  LayerNormalization: layerNorm,
  LulcInstanceNorm: ([x], { graph, config, weight }) =>
    graph.instanceNorm(x, weight('gamma'), weight('beta'), config.epsilon as number),
};
