import { LulcError, type LulcErrorWhere } from '@lulc/core';
import { PbfReader } from 'pbf';

/** `BundleHeaderProto` of TensorFlow's tensor_bundle.proto. */
export interface BundleHeader {
  readonly shards: number;
  readonly bigEndian: boolean;
}

/** `BundleEntryProto`: where one tensor lies. */
export interface BundleEntry {
  /** Number of a `DataType` of types.proto. */
  readonly type: number;
  readonly shape: readonly number[];
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  /** Masked CRC-32C of the bytes. */
  readonly crc: number;
  /** True for a tensor that was saved in parts. */
  readonly sliced: boolean;
}

const maximumRank = 32;

/** @throws LulcError `corrupt-file` */
export function readHeader(bytes: Uint8Array, where: LulcErrorWhere): BundleHeader {
  let shards = 0;
  let bigEndian = false;
  readMessage(bytes, where, (tag, pbf) => {
    if (tag === 1) shards = whole(pbf, where);
    else if (tag === 2) bigEndian = whole(pbf, where) !== 0;
  });
  return { shards, bigEndian };
}

/** @throws LulcError `corrupt-file` */
export function readEntry(bytes: Uint8Array, where: LulcErrorWhere): BundleEntry {
  const entry = { type: 0, shape: [] as number[], shard: 0, offset: 0, size: 0, crc: 0, sliced: false };
  readMessage(bytes, where, (tag, pbf) => {
    if (tag === 1) entry.type = whole(pbf, where);
    else if (tag === 2) entry.shape = readShape(pbf.readBytes(), where);
    else if (tag === 3) entry.shard = whole(pbf, where);
    else if (tag === 4) entry.offset = whole(pbf, where);
    else if (tag === 5) entry.size = whole(pbf, where);
    else if (tag === 6) entry.crc = pbf.readFixed32();
    else if (tag === 7) entry.sliced = true;
  });
  return entry;
}

/**
 * Names of variables by checkpoint key, of a `TrackableObjectGraph` (trackable_object_graph.proto).
 *
 * @throws LulcError `corrupt-file`
 */
export function readVariableNames(bytes: Uint8Array, where: LulcErrorWhere): Map<string, string> {
  const names = new Map<string, string>();
  const readTensor = (tensor: Uint8Array): void => {
    let fullName = '';
    let key = '';
    readMessage(tensor, where, (tag, pbf) => {
      if (tag === 2) fullName = pbf.readString();
      else if (tag === 3) key = pbf.readString();
    });
    if (fullName !== '' && key !== '') names.set(key, fullName);
  };
  readMessage(bytes, where, (nodeTag, graph) => {
    if (nodeTag !== 1) return;
    readMessage(graph.readBytes(), where, (tag, node) => {
      if (tag === 2) readTensor(node.readBytes());
    });
  });
  return names;
}

function readShape(bytes: Uint8Array, where: LulcErrorWhere): number[] {
  const shape: number[] = [];
  readMessage(bytes, where, (tag, pbf) => {
    if (tag !== 2) return;
    let size = 0;
    readMessage(pbf.readBytes(), where, (dimension, fields) => {
      if (dimension === 1) size = whole(fields, where);
    });
    if (shape.push(size) > maximumRank) throw corrupt('a tensor has too many axes', where);
  });
  return shape;
}

function whole(pbf: PbfReader, where: LulcErrorWhere): number {
  const value = pbf.readVarint();
  if (!Number.isSafeInteger(value) || value < 0) throw corrupt(`${value} stands where a size is needed`, where);
  return value;
}

/**
 * Reads the fields of one message. Messages inside it are read from their own bytes (`readBytes` cannot leave the
 * buffer), so that no length in the file can make the reader run beyond the end.
 */
function readMessage(bytes: Uint8Array, where: LulcErrorWhere, readField: (tag: number, pbf: PbfReader) => void): void {
  const pbf = new PbfReader(bytes);
  try {
    pbf.readFields((tag) => {
      readField(tag, pbf);
      if (pbf.pos > bytes.byteLength) throw new RangeError('a field lies beyond the end of its message');
    }, undefined);
  } catch (cause) {
    if (cause instanceof LulcError) throw cause;
    throw corrupt(cause instanceof Error ? cause.message : String(cause), where);
  }
  if (pbf.pos !== bytes.byteLength) throw corrupt('a message does not end where it should', where);
}

function corrupt(message: string, where: LulcErrorWhere): LulcError {
  return new LulcError('corrupt-file', `not a whole checkpoint index: ${message}`, { where });
}
