import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';

/** What one layer multiplies for one image. */
export interface LayerOperations {
  /** Path of the layer. */
  readonly path: string;
  /** Its class, e.g. `Conv2D`. */
  readonly kind: string;
  /** Multiply-adds, over all places where the layer is used. */
  readonly multiplyAdds: number;
}

/** What a model multiplies for one image, see {@link countOperations}. */
export interface OperationCount {
  /** Multiply-adds ("MACs") of all layers. Twice as many floating-point operations. */
  readonly multiplyAdds: number;
  /** The layers that have any, in the order in which they compute. */
  readonly layers: readonly LayerOperations[];
  /** Layers with weights of classes that cannot be counted, which the sum leaves out. Empty for models of `@lulc`. */
  readonly uncounted: readonly string[];
}

type Shape = readonly (number | null)[];

/** One place where a layer is used. */
interface Use {
  readonly layer: layers.Layer;
  readonly input: Shape;
  readonly output: Shape;
}

const product = (sizes: Shape): number => sizes.reduce<number>((all, size) => all * (size ?? 1), 1);

/** Elements of all kernels of a layer. */
const kernelElements = ({ layer }: Use): number =>
  layer.weights.reduce(
    (sum, { originalName, shape }) => sum + (originalName.endsWith('kernel') ? product(shape) : 0),
    0,
  );

/** Pixels or tokens: everything between batch and channels. */
const positions = (shape: Shape): number => product(shape.slice(1, -1));

const atEachOutput = (use: Use): number => positions(use.output) * kernelElements(use);
const atEachInput = (use: Use): number => positions(use.input) * kernelElements(use);
/** The projections, the products of all queries with all keys, and of these weights with the values. */
const attending = (use: Use): number => {
  const { heads, keyDim } = use.layer.getConfig() as { readonly heads: number; readonly keyDim: number };
  return atEachOutput(use) + 2 * positions(use.input) ** 2 * heads * keyDim;
};
const none = (): number => 0;

/** Multiply-adds of a layer, by its class. A kernel is applied as a whole at each pixel or token. */
const counters: Readonly<Record<string, (use: Use) => number>> = {
  Conv1D: atEachOutput,
  Conv2D: atEachOutput,
  LulcDilatedConv2D: atEachOutput,
  DepthwiseConv2D: atEachOutput,
  Dense: atEachOutput,
  Conv2DTranspose: atEachInput,
  LulcMultiHeadAttention: attending,
  LulcBatchNorm: none,
  LulcInstanceNorm: none,
  LulcLayerNorm: none,
  LulcPosition: none,
  BatchNormalization: none,
  LayerNormalization: none,
};

/**
 * Counts the multiply-adds of one prediction: those of convolutions, dense layers and attention. Normalisation, activations,
 * pooling, gates and resizing are not counted, as papers do not count them either; what papers call FLOPs of a network is
 * mostly this number, and floating-point operations are twice as many.
 *
 * @param model any model whose layers are TF.js' or this library's
 * @param inputSize height and width in pixels, for models that take images of any size
 * @returns the sum, and each layer's share
 * @throws LulcError `invalid-argument` when the model takes images of any size and none is given, or of one size and
 *   another is given
 * @example
 * ```ts
 * import { classifier, conv2d, countOperations, feature, image, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const input = image({ shape: [32, 32, 4] });
 * const output = conv2d({ filters: 8, kernelSize: 3 })(input);
 * const model = classifier({ name: 'tiny', input, output, features: [feature(output, 1)] }, { classes: 3 });
 * // 32·32·3·3·4·8 of the convolution and 8·3 of the head
 * console.log(countOperations(model).multiplyAdds); // 294936
 * ```
 */
export function countOperations(model: LayersModel, inputSize?: readonly [number, number]): OperationCount {
  const sums = new Map<layers.Layer, number>();
  const uncounted = new Set<string>();
  const graph = graphOf(model) as Graph;
  const given = graph.inputs.map(({ shape }) => filled(shape, inputSize));
  for (const use of usesOf(graph, given)) {
    const { layer } = use;
    const kind = layer.getClassName();
    const counter = Object.hasOwn(counters, kind) ? counters[kind] : undefined;
    if (counter === undefined && layer.weights.length > 0) uncounted.add(layer.name);
    sums.set(layer, (sums.get(layer) ?? 0) + (counter?.(use) ?? 0));
  }
  const counted = [...sums].filter(([, multiplyAdds]) => multiplyAdds > 0);
  return {
    multiplyAdds: counted.reduce((sum, [, multiplyAdds]) => sum + multiplyAdds, 0),
    layers: counted.map(([layer, multiplyAdds]) => ({ path: layer.name, kind: layer.getClassName(), multiplyAdds })),
    uncounted: [...uncounted],
  };
}

/** A call of a layer in a graph, as TF.js keeps it. */
type Call = layers.Layer['inboundNodes'][number];

/** What of a model is its graph. */
interface Graph {
  readonly inputs: LayersModel['inputs'];
  readonly nodesByDepth: Readonly<Record<string, readonly Call[]>>;
}

const graphOf = (model: layers.Layer): Graph | undefined => {
  if (model.getClassName() === 'Sequential') model.build([]); // makes its graph
  const { nodesByDepth, inputs } = model as layers.Layer & Partial<Graph>;
  return nodesByDepth && inputs && { inputs, nodesByDepth };
};

/** Every call of every layer, inner models' too, with the shapes that an image takes on its way. */
function usesOf({ inputs, nodesByDepth }: Graph, given: readonly Shape[]): readonly Use[] {
  const shapes = new Map<number, Shape>(inputs.map(({ id }, index) => [id, given[index]]));
  const calls = Object.entries(nodesByDepth)
    .sort(([a], [b]) => Number(b) - Number(a))
    .flatMap(([, sameDepth]) => sameDepth);
  return calls.flatMap((call): readonly Use[] => {
    const layer = call.outboundLayer;
    const input = call.inputTensors.map(({ id }) => shapes.get(id) as Shape);
    if (input.length === 0) return [];
    const computed = layer.computeOutputShape((input.length === 1 ? input[0] : input) as (number | null)[]);
    const outputs = (Array.isArray(computed[0]) ? computed : [computed]) as Shape[];
    call.outputTensors.forEach(({ id }, index) => {
      shapes.set(id, outputs[index]);
    });
    const inner = graphOf(layer);
    return inner === undefined ? [{ layer, input: input[0], output: outputs[0] }] : usesOf(inner, input);
  });
}

/** The shape of an input with its open axes closed. */
function filled(shape: Shape, inputSize: readonly [number, number] | undefined): Shape {
  const [batch, ...rest] = shape;
  const sized = rest.map((size, axis) => size ?? inputSize?.[axis] ?? null);
  if (sized.includes(null)) {
    throw new LulcError('invalid-argument', 'the model takes images of any size: its operations depend on it', {
      where: { option: 'inputSize' },
      hint: 'Give an inputSize.',
    });
  }
  if (inputSize?.some((size, axis) => size !== sized[axis])) {
    throw new LulcError(
      'invalid-argument',
      `the model takes ${sized.slice(0, 2).join('×')} pixels, not ${inputSize.join('×')}`,
      {
        where: { option: 'inputSize' },
        hint: 'Build it for that input size.',
      },
    );
  }
  return [batch, ...sized];
}
