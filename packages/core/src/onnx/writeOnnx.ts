import type { LayersModel } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import { type InferenceGraph, inOrder } from '../export/graph.js';
import { openSize } from '../export/openSize.js';
import { type ModelCard, readCard } from '../model/card.js';
import type { Quantization } from '../model/formats.js';
import { Emitter, type Layout } from './emitter.js';
import { lower } from './lower.js';
import { joined, totalBytes } from './protobuf.js';
import type { QuantizationPlan } from './quantized/plan.js';
import { modelProto, type OnnxValue } from './schema.js';

/** Opsets that can be written, with the version of the file format that each came with. */
const irVersions: Readonly<Record<OnnxOpset, number>> = { 17: 8, 18: 8, 19: 9, 20: 9, 21: 10 };

/** Version of ONNX' set of operators. */
export type OnnxOpset = 17 | 18 | 19 | 20 | 21;

/** What an ONNX file is like whatever is in it. */
export interface OnnxFileOptions {
  /** Order of an image's axes in inputs and outputs: `'nhwc'` (default, as in this library) or `'nchw'` (as in PyTorch). */
  readonly layout?: 'nhwc' | 'nchw' | undefined;
  /** Version of ONNX' operators: 17 (default; ONNX Runtime 1.12 and later) to 21. */
  readonly opset?: OnnxOpset | undefined;
  /** Batch size to fix, a whole number above 0; any when absent. */
  readonly batchSize?: number | undefined;
  /**
   * Leaves the height and width of images open, also of a model built for one size: the file then takes any that are
   * multiples of those in its metadata (`multiple`, a JSON list of height and width). Default false.
   */
  readonly dynamicSize?: boolean | undefined;
  /** Text for people about the model; default what its card says. */
  readonly description?: string | undefined;
}

/** A graph to be written, and what its files say of the sizes of images. */
export interface SizedGraph {
  readonly graph: InferenceGraph;
  /** Images' height and width are multiples of it; absent where the graph itself says what it takes. */
  readonly multiple?: readonly [number, number];
}

/** Protocol buffers end here: https://protobuf.dev/programming-guides/proto-limits/ */
const maximumBytes = 2 ** 31 - 1;

/**
 * The graph with the sizes of images as asked for.
 *
 * @throws LulcError `incompatible` naming a step that is bound to the size
 */
export function sized(graph: InferenceGraph, { dynamicSize = false }: OnnxFileOptions): SizedGraph {
  return dynamicSize ? openSize(graph) : { graph };
}

/** How the numbers of a file are written. */
export interface OnnxNumbers {
  /** Kernels in fewer bits, widened before they are used. */
  readonly quantize?: Quantization | undefined;
  /** Steps computed in integers. */
  readonly plan?: QuantizationPlan | undefined;
}

/**
 * A graph of a model as the bytes of an ONNX file.
 *
 * @throws LulcError `incompatible` when the file would be 2 GiB or larger
 */
export function writeOnnx(
  model: LayersModel,
  { graph, multiple }: SizedGraph,
  options: OnnxFileOptions,
  numbers: OnnxNumbers,
): Uint8Array<ArrayBuffer> {
  const { layout = 'nhwc', opset = 17, batchSize } = options;
  const images: Layout = layout === 'nchw' ? 'channelsFirst' : 'plain';
  const layoutOf = (shape: readonly unknown[]): Layout => (shape.length === 4 ? images : 'plain');
  const emitter = new Emitter({ opset, batchSize, ...numbers });
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
    metadata: { ...metadataOf(card), layout, ...(multiple && { multiple: JSON.stringify(multiple) }) },
  });
  if (totalBytes(file) > maximumBytes) {
    throw new LulcError('incompatible', 'the model is too large for one ONNX file, which ends at 2 GiB', {
      where: { model: model.name, bytes: totalBytes(file) },
      hint: "Store its kernels in fewer bits (quantize: 'float16' or 'int8'), or save it as safetensors.",
    });
  }
  return joined(file);
}

/**
 * Checks options that all files have.
 *
 * @throws LulcError `invalid-argument` for one out of range
 */
export function checkFileOptions({ layout, opset, batchSize }: OnnxFileOptions): void {
  oneOf('layout', layout, ['nhwc', 'nchw']);
  oneOf('opset', opset, Object.keys(irVersions).map(Number));
  if (batchSize !== undefined && !(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new LulcError('invalid-argument', `batchSize must be a whole number above 0, got ${batchSize}`, {
      where: { option: 'batchSize' },
    });
  }
}

/**
 * Checks an option that is one of a few values.
 *
 * @throws LulcError `invalid-argument` for another
 */
export function oneOf(option: string, value: string | number | undefined, known: readonly (string | number)[]): void {
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
