import type { LayersModel, layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { featureModel, logitsModel } from '../backbone/classifier.js';
import { LulcError } from '../errors/lulcError.js';
import type { WeightArray } from '../model/weightArray.js';
import { weightArrays } from '../model/weights.js';
import { segmentationLogits, segmenterLayers } from '../segmentation/segmenter.js';
import { convolutions } from './convert/convolutions.js';
import { elementwise } from './convert/elementwise.js';
import { norms } from './convert/norms.js';
import { shapes } from './convert/shapes.js';
import { tokens } from './convert/tokens.js';
import type { GraphNode, InferenceGraph, NodeOf } from './graph.js';
import { GraphBuilder } from './graphBuilder.js';
import { converterOf, type LayerContext } from './layerConverter.js';
import { optimise } from './optimise.js';

/** Which output an exported model has: the model's own, or an earlier one of a classifier or segmenter. */
export type ExportedOutput = 'probabilities' | 'logits' | 'features';

/** How a model is made ready for inference elsewhere. */
export interface GraphOptions {
  /**
   * What the file gives: what the model gives (`'probabilities'` of a classifier or segmenter; the default), the `'logits'`
   * before sigmoid or softmax, or, of a classifier, the pooled `'features'`.
   */
  readonly output?: ExportedOutput | undefined;
  /** Folds batch norms into the convolutions and dense layers before them; default true. */
  readonly foldBatchNorm?: boolean | undefined;
}

/** The converters of the layers of TensorFlow.js and of this library by class name. */
export const builtInConverters = { ...convolutions, ...elementwise, ...norms, ...shapes, ...tokens };

/**
 * A layers model as a graph of simple steps in inference, with its weights as they are now.
 *
 * @throws LulcError `incompatible` naming the layer that cannot be expressed
 */
export async function toGraph(model: LayersModel, options: GraphOptions = {}): Promise<InferenceGraph> {
  const { output = 'probabilities', foldBatchNorm = true } = options;
  const source = upToOutput(model, output);
  const walk = new Walk(await weightArrays(model));
  const inputs = source.inputs.map((tensor) => walk.input(tensor));
  const ends = walk.follow(source.outputs);
  const names = uniqueNames(source.outputs.map(({ sourceLayer }) => sourceLayer.name));
  const optimised = optimise(ends, { foldBatchNorm });
  return { name: model.name, inputs, outputs: optimised.map((node, i) => ({ name: names[i], node })) };
}

function upToOutput(model: LayersModel, output: ExportedOutput): LayersModel {
  if (output === 'probabilities') return model;
  if (output === 'features') return featureModel(model);
  const isSegmenter = model.layers.some(({ name }) => name === segmenterLayers.logits);
  return isSegmenter ? segmentationLogits(model) : logitsModel(model);
}

/** Follows symbolic tensors back to the inputs and converts the layers on the way. */
class Walk {
  private readonly weights: ReadonlyMap<string, WeightArray>;
  private readonly constants = new Map<string, NodeOf<'constant'>>();
  private readonly nodes = new Map<SymbolicTensor, GraphNode>();

  constructor(weights: ReadonlyMap<string, WeightArray>) {
    this.weights = weights;
  }

  input(tensor: SymbolicTensor): NodeOf<'input'> {
    const node: NodeOf<'input'> = { op: 'input', name: tensor.sourceLayer.name, shape: tensor.shape, inputs: [] };
    this.nodes.set(tensor, node);
    return node;
  }

  /** The nodes of tensors; a stack instead of recursion, since networks may be thousands of layers deep. */
  follow(ends: readonly SymbolicTensor[]): GraphNode[] {
    const pending = [...ends];
    for (let tensor = pending[pending.length - 1]; tensor !== undefined; tensor = pending[pending.length - 1]) {
      const missing = this.nodes.has(tensor) ? [] : tensor.inputs.filter((input) => !this.nodes.has(input));
      if (missing.length > 0) {
        pending.push(...missing);
        continue;
      }
      if (!this.nodes.has(tensor)) this.nodes.set(tensor, this.convert(tensor));
      pending.pop();
    }
    return ends.map((tensor) => this.nodes.get(tensor) as GraphNode);
  }

  private convert(tensor: SymbolicTensor): GraphNode {
    const layer = tensor.sourceLayer;
    const inputs = tensor.inputs.map((input) => this.nodes.get(input) as GraphNode);
    if (isModel(layer)) return this.convertModel(layer, inputs, tensor.outputTensorIndex ?? 0);
    const className = layer.getClassName();
    if (tensor.outputTensorIndex !== undefined || inputs.length === 0) {
      throw new LulcError(
        'incompatible',
        `the layer of the class '${className}' is no step from tensors to one tensor`,
        {
          where: { layer: layer.name },
        },
      );
    }
    const context = this.contextOf(layer, tensor);
    if (context.config.dataFormat === 'channelsFirst') throw context.unsupported('channels before pixels');
    const node = converterOf(className, layer.name, builtInConverters)(inputs, context);
    // The last step of a layer carries the layer's own path; what only passes its input on has no step.
    if (!inputs.includes(node)) node.name = layer.name;
    return node;
  }

  /** A model used as a layer: its own graph, with its inputs replaced. */
  private convertModel(model: LayersModel, inputs: readonly GraphNode[], index: number): GraphNode {
    const inner = new Walk(this.weights);
    for (const [i, tensor] of model.inputs.entries()) inner.nodes.set(tensor, inputs[i]);
    return inner.follow(model.outputs)[index];
  }

  private contextOf(layer: layers.Layer, tensor: SymbolicTensor): LayerContext {
    const optionalWeight = (name: string) => this.constant(`${layer.name}/${name}`);
    const unsupported = (what: string) =>
      new LulcError('incompatible', `${what} of a layer '${layer.getClassName()}' cannot be exported`, {
        where: { layer: layer.name },
      });
    return {
      graph: new GraphBuilder(layer.name),
      name: layer.name,
      config: layer.getConfig(),
      outputShape: tensor.shape,
      optionalWeight,
      weight: (name) => {
        const weight = optionalWeight(name);
        if (weight === undefined) throw unsupported(`the missing weight '${name}'`);
        return weight;
      },
      unsupported,
    };
  }

  private constant(path: string): NodeOf<'constant'> | undefined {
    const known = this.constants.get(path);
    const array = this.weights.get(path);
    if (known !== undefined || array === undefined) return known;
    const data = array.data instanceof Float32Array ? array.data : Float32Array.from(array.data);
    const node: NodeOf<'constant'> = { op: 'constant', name: path, shape: array.shape, inputs: [], data };
    this.constants.set(path, node);
    return node;
  }
}

function isModel(layer: layers.Layer): layer is LayersModel {
  return 'inputs' in layer && 'outputs' in layer && 'layers' in layer;
}

/** Names made distinct by numbers. */
function uniqueNames(names: readonly string[]): string[] {
  return names.map((name, i) => {
    const earlier = names.slice(0, i).filter((other) => other === name).length;
    return earlier === 0 ? name : `${name}_${earlier + 1}`;
  });
}
