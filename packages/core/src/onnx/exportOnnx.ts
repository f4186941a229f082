import type { LayersModel } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import { inOrder } from '../export/graph.js';
import { type GraphOptions, toGraph } from '../export/toGraph.js';
import { type ModelCard, readCard } from '../model/card.js';
import type { Quantization } from '../model/formats.js';
import { Emitter, type Layout } from './emitter.js';
import { lower } from './lower.js';
import { joined, totalBytes } from './protobuf.js';
import { modelProto, type OnnxValue } from './schema.js';

/** Opsets that can be written, with the version of the file format that each came with. */
const irVersions: Readonly<Record<OnnxOpset, number>> = { 17: 8, 18: 8, 19: 9, 20: 9, 21: 10 };

/** Version of ONNX' set of operators. */
export type OnnxOpset = 17 | 18 | 19 | 20 | 21;

/** Options of {@link exportOnnx}. */
export interface OnnxOptions extends GraphOptions {
  /** Order of an image's axes in inputs and outputs: `'nhwc'` (default, as in this library) or `'nchw'` (as in PyTorch). */
  readonly layout?: 'nhwc' | 'nchw' | undefined;
  /** Version of ONNX' operators: 17 (default; ONNX Runtime 1.12 and later) to 21. */
  readonly opset?: OnnxOpset | undefined;
  /** Batch size to fix, a whole number above 0; any when absent. */
  readonly batchSize?: number | undefined;
  /**
   * Stores kernels in fewer bits: `'float16'` halves the file; `'int8'` (symmetric, one factor per output channel)
   * quarters it. Computation stays float32: the file has the step that widens them.
   */
  readonly quantize?: Quantization | undefined;
  /** Text for people about the model; default what its card says. */
  readonly description?: string | undefined;
}

/** Protocol buffers end here: https://protobuf.dev/programming-guides/proto-limits/ */
const maximumBytes = 2 ** 31 - 1;

/**
 * A model in inference as the bytes of an ONNX file. Batch norms are folded, dropout is gone, images are computed as
 * `[B, C, H, W]` inside. The file's inputs and outputs carry the names of the model's input and output layers; its
 * metadata has the model's card (`card`, JSON), `bands` and `classes` (JSON lists, in order), and `layout`.
 *
 * Written for opset 17 unless told otherwise.
 *
 * @param model any layers model whose layer classes are known, see `registerLayerConverter`
 * @returns the file
 * @throws LulcError `incompatible` naming a layer that cannot be expressed, or when the file would be 2 GiB or larger;
 *   `invalid-argument` for an option out of range
 * @example
 * ```ts
 * import { classifier, conv2d, feature, image, useEngine } from '@lulc/core';
 * import { exportOnnx } from '@lulc/core/onnx';
 *
 * await useEngine('auto');
 * const input = image({ shape: [32, 32, 4] });
 * const output = conv2d({ filters: 8, kernelSize: 3, stride: 2 })(input);
 * const model = classifier({ name: 'tiny', input, output, features: [feature(output, 2)] }, { classes: 3 });
 * const bytes = await exportOnnx(model, { layout: 'nchw' });
 * console.log(bytes.byteLength > 1000); // true
 * ```
 */
export async function exportOnnx(model: LayersModel, options: OnnxOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { layout = 'nhwc', opset = 17, batchSize, quantize } = options;
  checkOptions(options);
  const graph = await toGraph(model, options);
  const images: Layout = layout === 'nchw' ? 'channelsFirst' : 'plain';
  const layoutOf = (shape: readonly unknown[]): Layout => (shape.length === 4 ? images : 'plain');
  const emitter = new Emitter({ opset, batchSize, quantize });
  const inputs = graph.inputs.map(
    (node): OnnxValue => ({
      name: emitter.input(node, layoutOf(node.shape)),
      shape: emitter.shapeOf(node.shape, images),
    }),
  );
  const outputs = graph.outputs.map(({ node, name }) => ({
    node,
    name: emitter.output(node, name, layoutOf(node.shape)),
    shape: emitter.shapeOf(node.shape, images),
  }));
  for (const node of inOrder(outputs.map(({ node }) => node))) lower(node, emitter);
  for (const { node, name } of outputs) emitter.finish(node, name, layoutOf(node.shape));

  const card = readCard(model);
  const file = modelProto({
    irVersion: irVersions[opset],
    opset,
    name: graph.name,
    description: options.description ?? describe(card, inputs, outputs, layout),
    nodes: emitter.nodes,
    tensors: emitter.tensors,
    inputs,
    outputs,
    metadata: { ...metadataOf(card), layout },
  });
  if (totalBytes(file) > maximumBytes) {
    throw new LulcError('incompatible', 'the model is too large for one ONNX file, which ends at 2 GiB', {
      where: { model: model.name, bytes: totalBytes(file) },
      hint: "Store its kernels in fewer bits (quantize: 'float16' or 'int8'), or save it as safetensors.",
    });
  }
  return joined(file);
}

function checkOptions({ layout, opset, batchSize, quantize, output }: OnnxOptions): void {
  oneOf('layout', layout, ['nhwc', 'nchw']);
  oneOf('opset', opset, Object.keys(irVersions).map(Number));
  oneOf('quantize', quantize, ['float16', 'int8']);
  oneOf('output', output, ['probabilities', 'logits', 'features']);
  if (batchSize !== undefined && !(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new LulcError('invalid-argument', `batchSize must be a whole number above 0, got ${batchSize}`, {
      where: { option: 'batchSize' },
    });
  }
}

function oneOf(option: string, value: string | number | undefined, known: readonly (string | number)[]): void {
  if (value === undefined || known.includes(value)) return;
  throw new LulcError('invalid-argument', `${option} must be one of ${known.join(', ')}, got ${value}`, {
    where: { option },
  });
}

function metadataOf(card: ModelCard | undefined): Record<string, string> {
  if (card === undefined) return {};
  return { card: JSON.stringify(card), bands: JSON.stringify(card.bands), classes: JSON.stringify(card.classes) };
}

function describe(
  card: ModelCard | undefined,
  inputs: readonly OnnxValue[],
  outputs: readonly OnnxValue[],
  layout: string,
): string {
  const values = (list: readonly OnnxValue[]) =>
    list.map(({ name, shape }) => `${name} [${shape.join(', ')}] float32`).join('; ');
  const io = `Input (${layout}): ${values(inputs)}. Output: ${values(outputs)}.`;
  if (card === undefined) return io;
  const scaling = card.scaling ? ' Images are scaled by (x - mean) / std with the statistics in the card.' : '';
  const what = `${card.family}: ${card.task}, ${card.classes.length} classes.`;
  return `${what} ${io} Channels: ${card.bands.join(', ')}.${scaling}`;
}
