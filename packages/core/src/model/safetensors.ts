import { LulcError, type LulcErrorWhere } from '../errors/lulcError.js';
import type { WeightPrecision } from './formats.js';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half.js';
import { jsonReaders, parseJson } from './json.js';
import { sizeOf, type WeightArray } from './weightArray.js';

/** What a safetensors file holds. */
export interface SafetensorsContent {
  /** Arrays by name, in the order of their data. */
  readonly tensors: ReadonlyMap<string, WeightArray>;
  /** Free text by key. */
  readonly metadata: { readonly [key: string]: string };
}

/** Names of the format's number types that this library reads. */
type StoredType = keyof typeof storedTypes;

interface StoredTypeRule {
  /** Bytes per value. */
  readonly size: number;
  /** `count` values from `bytes` at `offset`. */
  readonly decode: (bytes: Uint8Array, offset: number, count: number) => Pick<WeightArray, 'dtype' | 'data'>;
}

const storedTypes = {
  F64: { size: 8, decode: floats(Float64Array, Number) },
  F32: { size: 4, decode: (...at) => ({ dtype: 'float32', data: view(Float32Array, ...at) }) },
  F16: { size: 2, decode: floats(Uint16Array, fromFloat16) },
  BF16: { size: 2, decode: floats(Uint16Array, fromBfloat16) },
  I64: { size: 8, decode: integers(BigInt64Array) },
  U64: { size: 8, decode: integers(BigUint64Array) },
  I32: { size: 4, decode: (...at) => ({ dtype: 'int32', data: view(Int32Array, ...at) }) },
  U32: { size: 4, decode: integers(Uint32Array) },
  I16: { size: 2, decode: integers(Int16Array) },
  U16: { size: 2, decode: integers(Uint16Array) },
  I8: { size: 1, decode: integers(Int8Array) },
  U8: { size: 1, decode: integers(Uint8Array) },
  BOOL: { size: 1, decode: booleans },
} as const satisfies Record<string, StoredTypeRule>;

/** Header size that the format's reference implementation accepts. */
const maximumHeader = 100_000_000;
const maximumRank = 32;

/**
 * Reads a file of named arrays ([format](https://github.com/huggingface/safetensors#format)).
 *
 * Everything is checked before it is used: header size, names, shapes against offsets, and that the arrays cover the
 * data without holes or overlaps. 16- and 64-bit floats become `float32`, whole numbers `int32`.
 *
 * @param bytes the whole file; `F32` and `I32` arrays of the result share its memory where alignment allows
 * @param where where it comes from, for the errors
 * @throws LulcError `corrupt-file` for anything inconsistent, truncated or out of range; `unsupported-file` for number
 * types without a counterpart here (`F8_E4M3` …)
 * @example
 * ```ts
 * import { readSafetensors, writeSafetensors } from '@lulc/core';
 *
 * const kernel = { dtype: 'float32', shape: [2], data: new Float32Array([1, 2]) } as const;
 * const file = writeSafetensors(new Map([['stem/conv/kernel', kernel]]), { note: 'two weights' });
 * const { tensors, metadata } = readSafetensors(file);
 * console.log(tensors.get('stem/conv/kernel')?.data, metadata.note);
 * ```
 */
export function readSafetensors(bytes: Uint8Array, where: LulcErrorWhere = {}): SafetensorsContent {
  const corrupt = (message: string): never => {
    throw new LulcError('corrupt-file', `not a whole safetensors file: ${message}`, { where });
  };
  if (bytes.byteLength < 8) corrupt(`${bytes.byteLength} bytes cannot hold its header`);
  const declared = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (declared > BigInt(Math.min(maximumHeader, bytes.byteLength - 8))) {
    corrupt(`a header of ${declared} bytes is declared, the file has ${bytes.byteLength}`);
  }
  const dataStart = 8 + Number(declared);
  if (bytes[8] !== 0x7b) corrupt("the header does not begin with '{'");

  const read = jsonReaders('safetensors header', where);
  const header = read.record(parseJson(bytes.subarray(8, dataStart), 'safetensors header', where), 'header');
  const metadata =
    read.optional(read.map(read.text(maximumHeader), 100_000))(header.__metadata__, '__metadata__') ?? {};
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => {
      const fields = read.record(value, name);
      const offsets = read.list(read.count, 2)(fields.data_offsets, `${name}.data_offsets`);
      if (offsets.length !== 2) read.fail(`${name}.data_offsets`, 'two numbers');
      return {
        name,
        type: read.text(32)(fields.dtype, `${name}.dtype`),
        shape: read.list(read.count, maximumRank)(fields.shape, `${name}.shape`),
        begin: offsets[0],
        end: offsets[1],
      };
    })
    .sort((a, b) => a.begin - b.begin || a.end - b.end);

  let covered = 0;
  const tensors = new Map<string, WeightArray>();
  for (const { name, type, shape, begin, end } of entries) {
    if (begin !== covered || end < begin)
      corrupt(`'${name}' lies at ${begin}–${end}, but its data should begin at ${covered}`);
    covered = end;
    if (!isStoredType(type)) {
      throw new LulcError('unsupported-file', `'${name}' has the number type ${type}`, {
        where,
        hint: `Readable types: ${Object.keys(storedTypes).join(', ')}.`,
      });
    }
    const count = sizeOf(shape);
    if (count * storedTypes[type].size !== end - begin) {
      corrupt(`'${name}' (${type} [${shape}]) cannot have ${end - begin} bytes`);
    }
    if (dataStart + end > bytes.byteLength) corrupt(`'${name}' ends beyond the end of the file`);
    tensors.set(name, { shape, ...decode(type, bytes, dataStart + begin, count, name, where) });
  }
  if (dataStart + covered !== bytes.byteLength) {
    corrupt(`${bytes.byteLength - dataStart - covered} bytes after the last array`);
  }
  return { tensors, metadata };
}

/**
 * Writes a file of named arrays. Wider number types come first and the data begins at a multiple of 8 bytes, so that
 * readers can map every array in place; names keep their order otherwise.
 *
 * @param tensors arrays by name; `int32` is stored as `I32`, `bool` as `BOOL`
 * @param metadata free text by key
 * @param precision number type for `float32` arrays; the 16-bit ones round to nearest
 * @throws LulcError `invalid-argument` for an array whose shape does not match its data, or named `__metadata__`
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, WeightArray>,
  metadata: { readonly [key: string]: string } = {},
  precision: WeightPrecision = 'float32',
): Uint8Array<ArrayBuffer> {
  const typeOf = (array: WeightArray): StoredType =>
    array.dtype === 'float32' ? floatTypes[precision] : array.dtype === 'int32' ? 'I32' : 'BOOL';
  const entries = [...tensors].map(([name, array]) => {
    if (name === '__metadata__' || array.data.length !== sizeOf(array.shape)) {
      throw new LulcError('invalid-argument', `cannot store '${name}' of shape [${array.shape}]`, {
        where: { values: array.data.length },
      });
    }
    return { name, array, type: typeOf(array) };
  });
  entries.sort((a, b) => storedTypes[b.type].size - storedTypes[a.type].size);

  let end = 0;
  const header: Record<string, unknown> = Object.create(null);
  header.__metadata__ = metadata;
  const placed = entries.map(({ name, array, type }) => {
    const begin = end;
    end += array.data.length * storedTypes[type].size;
    header[name] = { dtype: type, shape: array.shape, data_offsets: [begin, end] };
    return { array, type, begin };
  });
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, 8, 8 + headerLength).set(text, 8);
  for (const { array, type, begin } of placed) file.set(encode(array, type), 8 + headerLength + begin);
  return file;
}

const floatTypes = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' } as const satisfies Record<
  WeightPrecision,
  StoredType
>;

function encode(array: WeightArray, type: StoredType): Uint8Array {
  const { buffer, byteOffset, byteLength } =
    type === 'F16'
      ? Uint16Array.from(array.data, toFloat16)
      : type === 'BF16'
        ? Uint16Array.from(array.data, toBfloat16)
        : array.data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function isStoredType(type: string): type is StoredType {
  return Object.hasOwn(storedTypes, type);
}

function decode(
  type: StoredType,
  bytes: Uint8Array,
  offset: number,
  count: number,
  name: string,
  where: LulcErrorWhere,
): Pick<WeightArray, 'dtype' | 'data'> {
  try {
    return storedTypes[type].decode(bytes, offset, count);
  } catch (cause) {
    throw new LulcError(
      'corrupt-file',
      `'${name}' holds ${cause instanceof Error ? cause.message : 'unreadable values'}`,
      {
        where,
        cause,
      },
    );
  }
}

type NumberView =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;
interface ViewConstructor<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

/** A typed view in place, or of a copy where the data is not aligned to the element size. */
function view<T>(type: ViewConstructor<T>, bytes: Uint8Array, offset: number, count: number): T {
  const start = bytes.byteOffset + offset;
  if (start % type.BYTES_PER_ELEMENT === 0) return new type(bytes.buffer, start, count);
  return new type(bytes.slice(offset, offset + count * type.BYTES_PER_ELEMENT).buffer, 0, count);
}

function floats(type: ViewConstructor<NumberView>, convert: (value: number) => number): StoredTypeRule['decode'] {
  return (...at) => ({ dtype: 'float32', data: Float32Array.from(view(type, ...at), convert) });
}

function integers(type: ViewConstructor<NumberView | BigInt64Array | BigUint64Array>): StoredTypeRule['decode'] {
  return (...at) => {
    const stored = view(type, ...at);
    const data = new Int32Array(stored.length);
    for (let i = 0; i < data.length; i++) {
      data[i] = Number(stored[i]);
      if (BigInt(data[i]) !== BigInt(stored[i])) throw new RangeError(`the value ${stored[i]}, beyond 32 bits`);
    }
    return { dtype: 'int32', data };
  };
}

function booleans(bytes: Uint8Array, offset: number, count: number): Pick<WeightArray, 'dtype' | 'data'> {
  const data = bytes.slice(offset, offset + count);
  const wrong = data.find((value) => value > 1);
  if (wrong !== undefined) throw new RangeError(`the truth value ${wrong}`);
  return { dtype: 'bool', data };
}
