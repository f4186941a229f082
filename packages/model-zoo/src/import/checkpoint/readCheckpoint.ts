import { LulcError, type LulcErrorWhere, type WeightArray } from '@lulc/core';
import { type ForeignWeights, sizeOf } from '../foreign.js';
import { crc32c, maskedCrc32c } from './crc32c.js';
import { type BundleEntry, readEntry, readHeader, readVariableNames } from './messages.js';
import { readTable } from './table.js';

/** The files of a TensorFlow checkpoint, in memory. */
export interface CheckpointFiles {
  /** Content of `….index`. */
  readonly index: Uint8Array;
  /** Content of `….data-00000-of-0000n` for each n, or how to get it. */
  readonly data: readonly Uint8Array[] | ((shard: number, shards: number) => Promise<Uint8Array>);
}

interface StoredType {
  readonly size: number;
  readonly decode: (bytes: DataView, count: number) => Pick<WeightArray, 'dtype' | 'data'>;
}

const float = (size: number, at: (bytes: DataView, index: number) => number): StoredType => ({
  size,
  decode: (bytes, count) => ({
    dtype: 'float32',
    data: Float32Array.from({ length: count }, (_, index) => at(bytes, index)),
  }),
});

/** Number types of weights by their number in TensorFlow's types.proto; others (counters, strings) are no weights. */
const storedTypes: Readonly<Record<number, StoredType>> = {
  1: float(4, (bytes, index) => bytes.getFloat32(4 * index, true)),
  2: float(8, (bytes, index) => bytes.getFloat64(8 * index, true)),
};
const stringType = 7;
const objectGraph = '_CHECKPOINTABLE_OBJECT_GRAPH';
const suffix = '/.ATTRIBUTES/VARIABLE_VALUE';
const maximumShards = 100_000;

/**
 * Reads the weights of a checkpoint that `tf.train.Checkpoint` or `model.save_weights` of TensorFlow 2 wrote.
 *
 * Names are the keys without `/.ATTRIBUTES/VARIABLE_VALUE`; optimiser state, counters and strings are left out. 64-bit floats
 * become float32. Every byte that is used has been checked: the index by its block checksums, each tensor
 * by its own, shapes against sizes, and sizes against the files.
 *
 * @param files index and data
 * @param where where they come from, for the errors
 * @throws LulcError `corrupt-file`, `unsupported-file` (compressed index, big-endian data, partitioned variables), or
 * what `files.data` throws
 */
export async function readCheckpoint(files: CheckpointFiles, where: LulcErrorWhere = {}): Promise<ForeignWeights> {
  const [first, ...others] = readTable(files.index, where);
  if (first?.key !== '') throw corrupt('the index has no header', where);
  const header = readHeader(first.value, where);
  if (header.bigEndian) throw unsupported('was written on a big-endian machine', where);
  if (header.shards < 1 || header.shards > maximumShards) throw corrupt(`${header.shards} data files`, where);

  const wanted = others
    .filter(({ key }) => !key.includes('/.OPTIMIZER_SLOT/'))
    .map(({ key, value }) => ({ key, entry: readEntry(value, { ...where, tensor: key }) }))
    .filter(({ key, entry }) => entry.type in storedTypes || (key === objectGraph && entry.type === stringType))
    .sort((a, b) => a.entry.shard - b.entry.shard || a.entry.offset - b.entry.offset);

  const tensors = new Map<string, WeightArray>();
  let variableNames: Map<string, string> | undefined;
  let shard = -1;
  let data: Uint8Array = new Uint8Array(0);
  let end = 0;
  for (const { key, entry } of wanted) {
    const at = { ...where, tensor: key };
    if (entry.sliced) throw unsupported('has a variable that was saved in parts', at);
    if (entry.shard !== shard) {
      if (entry.shard >= header.shards) throw corrupt(`data file ${entry.shard} of ${header.shards}`, at);
      shard = entry.shard;
      data = await readShard(files, shard, header.shards, where);
      end = 0;
    }
    if (entry.offset < end) throw corrupt('two tensors overlap', at);
    end = entry.offset + entry.size;
    if (end > data.byteLength) throw corrupt('it ends beyond the end of its data file', at);
    const bytes = data.subarray(entry.offset, end);
    if (key === objectGraph) variableNames = readVariableNames(readText(bytes, entry, at), at);
    else tensors.set(nameOf(key), decode(bytes, entry, at));
  }
  return {
    tensors,
    ...(variableNames && {
      variableNames: new Map([...variableNames].map(([key, name]) => [nameOf(key), name])),
    }),
  };
}

async function readShard(
  { data }: CheckpointFiles,
  shard: number,
  shards: number,
  where: LulcErrorWhere,
): Promise<Uint8Array> {
  if (typeof data === 'function') return data(shard, shards);
  if (data.length !== shards) throw corrupt(`${data.length} data files were given, it has ${shards}`, where);
  return data[shard];
}

function nameOf(key: string): string {
  return key.endsWith(suffix) ? key.slice(0, -suffix.length) : key;
}

function decode(bytes: Uint8Array, { type, shape, crc }: BundleEntry, where: LulcErrorWhere): WeightArray {
  const stored = storedTypes[type];
  const count = sizeOf(shape);
  if (count * stored.size !== bytes.byteLength) {
    throw corrupt(`[${shape}] cannot have ${bytes.byteLength} bytes`, where);
  }
  if (maskedCrc32c(bytes) !== crc) throw corrupt('it does not have its checksum', where);
  return { shape, ...stored.decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), count) };
}

/** A scalar string: its length, a checksum of the length, and its bytes. */
function readText(bytes: Uint8Array, { shape, crc }: BundleEntry, where: LulcErrorWhere): Uint8Array {
  let length = 0;
  let position = 0;
  for (let factor = 1; factor < 2 ** 35 && position < bytes.byteLength; factor *= 128) {
    const byte = bytes[position++];
    length += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
  }
  const text = bytes.subarray(position + 4);
  if (shape.length !== 0 || text.byteLength !== length) throw corrupt('its text has another length', where);
  const lengthBytes = new Uint8Array(new Uint32Array([length]).buffer);
  const checksum = bytes.subarray(position, position + 4);
  const checked = new Uint8Array([...lengthBytes, ...checksum]);
  const expected = new DataView(bytes.buffer, bytes.byteOffset + position, 4).getUint32(0, true);
  if (maskedCrc32c(lengthBytes) !== expected || maskedCrc32c(text, crc32c(checked)) !== crc) {
    throw corrupt('it does not have its checksum', where);
  }
  return text;
}

function corrupt(message: string, where: LulcErrorWhere): LulcError {
  return new LulcError('corrupt-file', `not a whole checkpoint: ${message}`, { where });
}

function unsupported(message: string, where: LulcErrorWhere): LulcError {
  return new LulcError('unsupported-file', `the checkpoint ${message}`, { where });
}
