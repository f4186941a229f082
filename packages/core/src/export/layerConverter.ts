import { LulcError } from '../errors/lulcError.js';
import type { GraphNode, GraphShape, NodeOf } from './graph.js';
import type { GraphBuilder } from './graphBuilder.js';

/** What the converter of a layer is told of it. */
export interface LayerContext {
  /** Makes the steps. */
  readonly graph: GraphBuilder;
  /** Path of the layer. */
  readonly name: string;
  /** The layer's configuration, as its `getConfig` gives it. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Shape of the layer's output. */
  readonly outputShape: GraphShape;
  /**
   * A weight of the layer by its own name (`'kernel'`).
   *
   * @throws LulcError `incompatible` when the layer has none of that name
   */
  weight(name: string): NodeOf<'constant'>;
  /** The same, `undefined` when the layer has none of that name. */
  optionalWeight(name: string): NodeOf<'constant'> | undefined;
  /** The error for a layer that is set up in a way that cannot be expressed. */
  unsupported(what: string): LulcError;
}

/** Says what a layer computes in inference, by the steps of an exported network. */
export type LayerConverter = (inputs: readonly GraphNode[], layer: LayerContext) => GraphNode;

const converters = new Map<string, LayerConverter>();

/**
 * Teaches all exports (ONNX, TensorFlow.js graph models) a layer class. The classes of TensorFlow.js that this library's
 * models have, and this library's own, are known.
 *
 * @param className the class' static `className`, also of a layer made with `defineOpLayer`
 * @param converter what the layer computes in inference
 * @example
 * ```ts
 * import { defineOpLayer, registerLayerConverter } from '@lulc/core';
 * import { square } from '@tensorflow/tfjs-core';
 *
 * const squared = defineOpLayer<object>({
 *   className: 'ExampleSquare',
 *   call: ([x]) => square(x),
 *   outputShape: ([shape]) => shape,
 * });
 * registerLayerConverter('ExampleSquare', ([x], { graph }) => graph.multiply(x, x));
 * ```
 */
export function registerLayerConverter(className: string, converter: LayerConverter): void {
  converters.set(className, converter);
}

/**
 * The converter of a layer class.
 *
 * @param builtIn those of this library, which others may replace
 * @throws LulcError `incompatible` naming layer and class when there is none
 */
export function converterOf(
  className: string,
  layer: string,
  builtIn: Readonly<Record<string, LayerConverter>>,
): LayerConverter {
  const converter = converters.get(className) ?? (Object.hasOwn(builtIn, className) ? builtIn[className] : undefined);
  if (converter === undefined) {
    throw new LulcError('incompatible', `layers of the class '${className}' cannot be exported`, {
      where: { layer },
      hint: 'Say what they compute with registerLayerConverter().',
    });
  }
  return converter;
}
