import { LulcError, type LulcErrorWhere } from '@lulc/core';
import { maskedCrc32c } from './crc32c.js';

/** One entry of a sorted table. */
export interface TableEntry {
  /** UTF-8 key. */
  readonly key: string;
  /** A view of the file. */
  readonly value: Uint8Array;
}

const footerSize = 48;
const magic = 0xdb4775248b80fb57n;
/** Type and checksum behind each block. */
const trailerSize = 5;
const maximumKey = 4096;
/** Keys share prefixes, so a small file could describe long ones without end. */
const maximumKeys = 2 ** 26;

/** True for bytes that end like a sorted table. */
export function isTable(bytes: Uint8Array): boolean {
  if (bytes.byteLength < footerSize) return false;
  return new DataView(bytes.buffer, bytes.byteOffset + bytes.byteLength - 8, 8).getBigUint64(0, true) === magic;
}

/**
 * Reads all entries of a sorted string table, the file format of LevelDB that TensorFlow's checkpoints use for their index
 * ([format](https://github.com/google/leveldb/blob/main/doc/table_format.md)).
 *
 * The file cannot ask for more than a bounded multiple of its own size: blocks must follow each other without
 * overlapping, keys must increase and have a bounded length in sum, and each block must have its checksum.
 *
 * @throws LulcError `corrupt-file` for anything inconsistent, `unsupported-file` for compressed blocks
 */
export function readTable(file: Uint8Array, where: LulcErrorWhere): TableEntry[] {
  if (!isTable(file)) throw corrupt('it does not end like one', where);
  const footer = new Cursor(file.subarray(file.byteLength - footerSize), where);
  footer.handle(); // of the meta index, which TensorFlow leaves empty
  const body = file.subarray(0, file.byteLength - footerSize);
  const index = readBlock(body, footer.handle(), where);
  const entries: TableEntry[] = [];
  let end = 0;
  let budget = maximumKeys;
  let previous = new Uint8Array(0);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (const { value } of blockEntries(index, where)) {
    const handle = new Cursor(value, where).handle();
    if (handle.offset < end) throw corrupt('blocks overlap', where);
    end = handle.offset + handle.size + trailerSize;
    for (const { key, value: content } of blockEntries(readBlock(body, handle, where), where)) {
      if (entries.length > 0 && compareBytes(previous, key) >= 0) throw corrupt('keys are not in order', where);
      budget -= key.byteLength;
      if (budget < 0) throw corrupt(`its keys have more than ${maximumKeys} bytes`, where);
      previous = key;
      try {
        entries.push({ key: decoder.decode(key), value: content });
      } catch {
        throw corrupt('a key is not UTF-8', where);
      }
    }
  }
  return entries;
}

interface Handle {
  readonly offset: number;
  readonly size: number;
}

function readBlock(body: Uint8Array, { offset, size }: Handle, where: LulcErrorWhere): Uint8Array {
  if (offset + size + trailerSize > body.byteLength) throw corrupt('a block lies beyond the end', where);
  const compression = body[offset + size];
  const stored = new DataView(body.buffer, body.byteOffset + offset + size + 1, 4).getUint32(0, true);
  if (stored !== maskedCrc32c(body.subarray(offset, offset + size + 1))) {
    throw corrupt('a block does not have its checksum', where);
  }
  if (compression !== 0) {
    throw new LulcError('unsupported-file', 'the index of the checkpoint is compressed', {
      where,
      hint: 'TensorFlow itself writes it uncompressed: save the checkpoint again with tf.train.Checkpoint.',
    });
  }
  return body.subarray(offset, offset + size);
}

/** Entries of a block: each key is a prefix of the one before and some bytes more. */
function* blockEntries(
  block: Uint8Array,
  where: LulcErrorWhere,
): Generator<{ key: Uint8Array<ArrayBuffer>; value: Uint8Array }> {
  if (block.byteLength < 4) throw corrupt('a block is too short', where);
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const restarts = view.getUint32(block.byteLength - 4, true);
  const end = block.byteLength - 4 - 4 * restarts;
  if (end < 0) throw corrupt('a block is too short', where);
  const cursor = new Cursor(block.subarray(0, end), where);
  let key = new Uint8Array(0);
  while (!cursor.atEnd) {
    const shared = cursor.varint();
    const own = cursor.varint();
    const length = cursor.varint();
    if (shared > key.byteLength || shared + own > maximumKey) throw corrupt('a key has an impossible length', where);
    const next = new Uint8Array(shared + own);
    next.set(key.subarray(0, shared));
    next.set(cursor.take(own), shared);
    key = next;
    yield { key, value: cursor.take(length) };
  }
}

/** Reads forward through bytes without ever leaving them. */
class Cursor {
  private position = 0;
  private readonly bytes: Uint8Array;
  private readonly where: LulcErrorWhere;

  constructor(bytes: Uint8Array, where: LulcErrorWhere) {
    this.bytes = bytes;
    this.where = where;
  }

  get atEnd(): boolean {
    return this.position >= this.bytes.byteLength;
  }

  /** A variable-length whole number up to 2^53 − 1. */
  varint(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
      if (this.atEnd) break;
      const byte = this.bytes[this.position++];
      value += (byte & 0x7f) * factor;
      if (byte < 0x80 && Number.isSafeInteger(value)) return value;
    }
    throw corrupt('a number is broken', this.where);
  }

  take(length: number): Uint8Array {
    if (this.position + length > this.bytes.byteLength) throw corrupt('an entry lies beyond its block', this.where);
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }

  handle(): Handle {
    return { offset: this.varint(), size: this.varint() };
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.byteLength, b.byteLength);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.byteLength - b.byteLength;
}

function corrupt(message: string, where: LulcErrorWhere): LulcError {
  return new LulcError('corrupt-file', `not a whole checkpoint index: ${message}`, { where });
}
