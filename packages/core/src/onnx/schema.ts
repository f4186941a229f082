import { type Chunks, field, floatField, nested } from './protobuf.js';

/** Element types of ONNX (`TensorProto.DataType`). */
export const elementTypes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10 } as const;

/** Name of an ONNX element type that this library writes. */
export type ElementType = keyof typeof elementTypes;

/** Values that are part of the file. */
export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Little-endian, row-major. */
  readonly bytes: Uint8Array;
}

/** A whole number, a list of them, a text, or a floating-point number. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };

/** One step of an ONNX graph. */
export interface OnnxNode {
  readonly operator: string;
  /** Path of what it does; absent where it stands for nothing in the network. */
  readonly name?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** An input or output; open axes carry the name of their size. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

/** Everything that a file holds. */
export interface OnnxModel {
  readonly irVersion: number;
  readonly opset: number;
  readonly name: string;
  readonly description: string;
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly metadata: Readonly<Record<string, string>>;
}

// Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

function attributeProto(name: string, value: OnnxAttribute): Chunks {
  const kinds = { float: 1, int: 2, string: 3, ints: 7 } as const;
  const text = new TextEncoder();
  const [kind, content] =
    typeof value === 'number'
      ? (['int', [field(3, value)]] as const)
      : typeof value === 'string'
        ? (['string', [field(4, text.encode(value))]] as const)
        : 'float' in value
          ? (['float', [floatField(2, value.float)]] as const)
          : (['ints', value.map((entry) => field(8, entry))] as const);
  return [field(1, name), ...content, field(20, kinds[kind])];
}

function nodeProto({ operator, name, inputs, outputs, attributes }: OnnxNode): Chunks {
  return [
    ...inputs.map((input) => field(1, input)),
    ...outputs.map((output) => field(2, output)),
    ...(name === undefined ? [] : [field(3, name)]),
    field(4, operator),
    ...Object.entries(attributes).flatMap(([key, value]) => nested(5, attributeProto(key, value))),
  ];
}

function tensorProto({ name, type, shape, bytes }: OnnxTensor): Chunks {
  return [...shape.map((size) => field(1, size)), field(2, elementTypes[type]), field(8, name), ...nested(9, [bytes])];
}

function valueInfoProto({ name, shape }: OnnxValue): Chunks {
  const dimensions = shape.flatMap((size) => nested(1, [typeof size === 'number' ? field(1, size) : field(2, size)]));
  const tensorType = [field(1, elementTypes.float32), ...nested(2, dimensions)];
  return [field(1, name), ...nested(2, nested(1, tensorType))];
}

/** The bytes of an ONNX file (`ModelProto`), in parts. */
export function modelProto(model: OnnxModel): Chunks {
  const graph = [
    ...model.nodes.flatMap((node) => nested(1, nodeProto(node))),
    field(2, model.name),
    ...model.tensors.flatMap((tensor) => nested(5, tensorProto(tensor))),
    field(10, model.description),
    ...model.inputs.flatMap((input) => nested(11, valueInfoProto(input))),
    ...model.outputs.flatMap((output) => nested(12, valueInfoProto(output))),
  ];
  return [
    field(1, model.irVersion),
    field(2, '@lulc/core'),
    field(6, model.description),
    ...nested(7, graph),
    ...nested(8, [field(1, ''), field(2, model.opset)]),
    ...Object.entries(model.metadata).flatMap(([key, value]) => nested(14, [field(1, key), field(2, value)])),
  ];
}
