import type { GraphNode, GraphPadding } from '../graph.js';
import type { LayerContext, LayerConverter } from '../layerConverter.js';
import { permuted } from '../permuted.js';
import { activate } from './activations.js';

/** `[height, width]` of an option that may be one number. */
export function pair(value: unknown): [number, number] {
  const sizes = [value ?? 1].flat() as number[];
  return [sizes[0], sizes[sizes.length - 1]];
}

/** A layer's padding option. */
export function paddingOption({ config, unsupported }: LayerContext): GraphPadding {
  if (config.padding === 'same' || config.padding === 'valid') return config.padding;
  throw unsupported(`the padding '${String(config.padding)}'`);
}

/** `[B, L, C]` as an image of one row, a computation on it, and back. */
export function asRow(x: GraphNode, { graph }: LayerContext, compute: (row: GraphNode) => GraphNode): GraphNode {
  const [batch, length, channels] = x.shape;
  const row = compute(graph.reshape(x, [batch, 1, length, channels]));
  return graph.reshape(row, [row.shape[0], row.shape[2], row.shape[3]]);
}

function slide(config: LayerContext['config'], layer: LayerContext) {
  return { strides: pair(config.strides), dilations: pair(config.dilationRate), padding: paddingOption(layer) };
}

const convolution: LayerConverter = ([x], layer) => {
  const { graph, config } = layer;
  const y = graph.convolution(x, layer.weight('kernel'), layer.optionalWeight('bias'), slide(config, layer));
  return activate(y, config.activation, layer);
};

/** The convolutions of TensorFlow.js' layers and this library's. */
export const convolutions: Readonly<Record<string, LayerConverter>> = {
  Conv2D: convolution,
  LulcDilatedConv2D: convolution,
  Conv2DTranspose: ([x], layer) => {
    const { graph, config, unsupported } = layer;
    const kernel = layer.weight('kernel');
    const bias = layer.optionalWeight('bias');
    const [height, width, out, channels] = kernel.shape as readonly number[];
    const block = [...pair(config.strides), height, width];
    if (block.some((side) => side !== height)) throw unsupported('patches that overlap or are not square');
    // Where patches lie side by side, a pixel's patch is a product with all of the kernel at once.
    const patch = height * width * out;
    const product = graph.convolution(
      x,
      graph.constant([1, 1, channels, patch], permuted(kernel.data, [patch, channels], [1, 0]), 'kernel'),
      bias &&
        graph.constant(
          [patch],
          Float32Array.from({ length: patch }, (_, i) => bias.data[i % out]),
          'bias',
        ),
      { strides: [1, 1], padding: 'valid' },
    );
    return activate(graph.depthToSpace(product, height), config.activation, layer);
  },
  DepthwiseConv2D: ([x], layer) => {
    const { graph, config } = layer;
    const y = graph.convolution(x, layer.weight('depthwise_kernel'), layer.optionalWeight('bias'), {
      ...slide(config, layer),
      depthwise: true,
    });
    return activate(y, config.activation, layer);
  },
  SeparableConv2D: ([x], layer) => {
    const { graph, config } = layer;
    const apart = graph.convolution(x, layer.weight('depthwise_kernel'), undefined, {
      ...slide(config, layer),
      depthwise: true,
    });
    const y = graph.convolution(apart, layer.weight('pointwise_kernel'), layer.optionalWeight('bias'), {
      strides: [1, 1],
      padding: 'valid',
    });
    return activate(y, config.activation, layer);
  },
  Conv1D: ([x], layer) => {
    const { graph, config } = layer;
    const kernel = layer.weight('kernel');
    const [stride] = pair(config.strides);
    const [dilation] = pair(config.dilationRate);
    if (config.padding === 'causal') throw layer.unsupported("the padding 'causal'");
    const y = asRow(x, layer, (row) =>
      graph.convolution(
        row,
        graph.constant([1, ...(kernel.shape as number[])], kernel.data, 'kernel'),
        layer.optionalWeight('bias'),
        { strides: [1, stride], dilations: [1, dilation], padding: paddingOption(layer) },
      ),
    );
    return activate(y, config.activation, layer);
  },
  Dense: ([x], layer) => {
    const y = layer.graph.dense(x, layer.weight('kernel'), layer.optionalWeight('bias'));
    return activate(y, layer.config.activation, layer);
  },
};
