import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { GraphNode } from '../export/graph.js';
import { type GraphOptions, toGraph } from '../export/toGraph.js';
import type { NetworkOptions, Quantization, SavedModel } from '../model/formats.js';
import { locate } from '../model/location.js';
import { saveArtifacts } from '../model/saveFiles.js';
import { type Artifacts, encodeWeights } from '../model/tfjsFormat.js';
import { GraphDefEmitter, shapeProto } from './emitter.js';
import { lowerAll } from './lower.js';

/** Options of {@link saveGraphModel}. */
export interface GraphModelOptions extends GraphOptions, NetworkOptions {
  /**
   * Stores kernels in fewer bits: `'float16'` halves the files, `'int8'` (256 steps over the range of each kernel)
   * quarters them. They are widened when the model is loaded. Default: not.
   */
  readonly quantize?: Quantization | undefined;
}

/**
 * Saves a model in inference as a graph model of TensorFlow.js: `model.json` and weight files, for
 * `loadGraphModel` of `@tensorflow/tfjs-converter` in a browser. It needs neither this library nor the layers API
 * there, and is faster than the layers model: batch norms are folded, biases and ReLUs fused with what is before them. It
 * cannot be trained or loaded with `loadModel`; keep the layers model too.
 *
 * Inputs and outputs carry the names of the model's input and output layers; the model's card is in the metadata.
 *
 * @param model any layers model whose layer classes are known, see `registerLayerConverter`
 * @param target a folder, a path that ends in `.json`, an address, or a storage of TensorFlow.js, see `saveModel`
 * @throws LulcError `incompatible` naming a layer that cannot be expressed; `unavailable`, `network`, `aborted` where the
 *   target cannot be written
 * @example
 * ```ts
 * import { classifier, conv2d, feature, image, saveGraphModel, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const input = image({ shape: [32, 32, 4] });
 * const output = conv2d({ filters: 8, kernelSize: 3, stride: 2 })(input);
 * const model = classifier({ name: 'tiny', input, output, features: [feature(output, 2)] }, { classes: 3 });
 * const { files } = await saveGraphModel(model, 'runs/tiny-graph', { quantize: 'float16' });
 * console.log(files[0].name); // model.json
 * ```
 */
export async function saveGraphModel(
  model: LayersModel,
  target: string | URL,
  options: GraphModelOptions = {},
): Promise<SavedModel> {
  const location = locate(target, 'tfjs', options);
  return saveArtifacts(location, 'graph', await graphArtifacts(model, options), options);
}

/** A graph model as TensorFlow.js' storage handlers take it. */
export async function graphArtifacts(model: LayersModel, options: GraphModelOptions): Promise<Artifacts> {
  const graph = await toGraph(model, options);
  const emitter = new GraphDefEmitter();
  const inputs = graph.inputs.map((node) => ({ key: node.name, node, name: emitter.input(node) }));
  const outputs = graph.outputs.map(({ name, node }) => ({ key: name, node, name: emitter.output(node, name) }));
  lowerAll(
    outputs.map(({ node }) => node),
    emitter,
  );
  for (const { node, name } of outputs) emitter.finish(node, name);
  return {
    modelTopology: { node: emitter.nodes, library: {}, versions: { producer: 440 } },
    format: 'graph-model',
    generatedBy: '@lulc/core',
    convertedBy: null,
    signature: { inputs: signature(inputs), outputs: signature(outputs) },
    userDefinedMetadata: model.getUserDefinedMetadata() as Record<string, object> | undefined,
    ...encodeWeights(emitter.tensors, (name) => (emitter.kernels.has(name) ? options.quantize : undefined)),
  };
}

function signature(values: readonly { readonly key: string; readonly name: string; readonly node: GraphNode }[]) {
  return Object.fromEntries(
    values.map(({ key, name, node }) => [
      key,
      { name: `${name}:0`, dtype: 'DT_FLOAT', tensorShape: shapeProto(node.shape) },
    ]),
  );
}
