import type { GraphNode } from '../graph.js';
import type { LayerContext, LayerConverter } from '../layerConverter.js';
import { layerNorm } from './norms.js';

/** A dense step whose kernel and bias have their axes apart, `[C, heads, keyDim]` or `[heads, keyDim, C]`. */
function projection(x: GraphNode, name: string, width: number, layer: LayerContext): GraphNode {
  const { graph } = layer;
  const [kernel, bias] = ['kernel', 'bias'].map((part) => layer.weight(`${name}/${part}`));
  return graph.dense(
    x,
    graph.constant([kernel.data.length / width, width], kernel.data, `${name}/kernel`),
    graph.constant([width], bias.data, `${name}/bias`),
  );
}

const multiHeadAttention: LayerConverter = ([x], layer) => {
  const { graph, config } = layer;
  const { heads, keyDim } = config as { readonly heads: number; readonly keyDim: number };
  const [batch, tokens, channels] = x.shape;
  const head = (name: string, order: readonly number[]) => {
    const apart = graph.reshape(projection(x, name, heads * keyDim, layer), [batch, tokens, heads, keyDim]);
    return graph.transpose(apart, order);
  };
  const query = graph.multiply(head('query', [0, 2, 1, 3]), graph.scalar(1 / Math.sqrt(keyDim)));
  const shares = graph.softmax(graph.matmul(query, head('key', [0, 2, 3, 1])));
  const attended = graph.matmul(shares, head('value', [0, 2, 1, 3]));
  const joined = graph.reshape(graph.transpose(attended, [0, 2, 1, 3]), [batch, tokens, heads * keyDim]);
  return projection(joined, 'attention_output', channels as number, layer);
};

const position: LayerConverter = ([x], layer) => {
  const { graph, config } = layer;
  if (config.form === 'table') return graph.add(x, layer.weight('embeddings'));
  const [, tokens, channels] = x.shape as readonly [null, number, number];
  const { data } = layer.weight('kernel');
  const rows = Float32Array.from(
    { length: tokens * channels },
    (_, i) => Math.floor(i / channels) * data[i % channels],
  );
  return graph.add(x, graph.constant([tokens, channels], rows, 'positions'));
};

const patches: LayerConverter = ([x], layer) => {
  const { graph, config, outputShape } = layer;
  const size = config.size as number;
  const [batch, height, width, channels] = x.shape;
  if (height === null || width === null) throw layer.unsupported('patches of images of open size');
  const [rows, columns] = [height, width].map((side) => Math.floor(side / size));
  const whole = graph.slice(x, [0, 0, 0, 0], [batch, rows * size, columns * size, channels]);
  const parted = graph.reshape(whole, [batch, rows, size, columns, size * (channels as number)]);
  return graph.reshape(graph.transpose(parted, [0, 1, 3, 2, 4]), outputShape);
};

/** Layers over tokens `[B, N, C]`. */
export const tokens: Readonly<Record<string, LayerConverter>> = {
  LulcLayerNorm: (inputs, layer) =>
    layerNorm(inputs, { ...layer, config: { ...layer.config, axis: layer.config.axis === 'tokens' ? 1 : -1 } }),
  LulcMultiHeadAttention: multiHeadAttention,
  LulcPosition: position,
  LulcPatches: patches,
};
