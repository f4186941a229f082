/** Types of TIFF fields that are written, by name: their number and the bytes of a value. */
const fieldTypes = {
  ascii: { number: 2, bytes: 1 },
  short: { number: 3, bytes: 2 },
  long: { number: 4, bytes: 4 },
  double: { number: 12, bytes: 8 },
  long8: { number: 16, bytes: 8 },
} as const;

/** A field of a TIFF directory. `'offset'` values take as many bytes as the file's offsets do. */
export interface TiffField {
  /** Which. */
  readonly tag: number;
  /** Of its values. */
  readonly type: keyof typeof fieldTypes | 'offset';
  /** One or more; of text the characters. */
  readonly values: readonly number[] | string;
}

/** Bytes that are kept at the start of a file for either header: whether it must be a BigTIFF is known at its end. */
export const headerBytes = 16;

/** Where the offsets of a TIFF end that is not a BigTIFF. */
const classicLimit = 2 ** 32;

/** What comes at the end of a TIFF, and what then goes to its start. */
export interface TiffEnding {
  /** The first {@link headerBytes} bytes of the file. */
  readonly header: Uint8Array;
  /** The directory, to be written where it was said to lie. */
  readonly directory: Uint8Array;
}

/**
 * The directory of a TIFF of one image, little-endian, and the header that names it. Files beyond 4 GiB become BigTIFF.
 *
 * @param fields in any order
 * @param at byte of the file where the directory will lie, even, all data before it
 */
export function tiffEnding(fields: readonly TiffField[], at: number): TiffEnding {
  const classic = layOut(fields, at, false);
  const big = at + classic.byteLength >= classicLimit;
  const header = new DataView(new ArrayBuffer(headerBytes));
  header.setUint16(0, 0x4949);
  header.setUint16(2, big ? 43 : 42, true);
  if (big) {
    header.setUint16(4, 8, true);
    header.setBigUint64(8, BigInt(at), true);
  } else header.setUint32(4, at, true);
  return { header: new Uint8Array(header.buffer), directory: big ? layOut(fields, at, true) : classic };
}

/** The directory with what its fields refer to behind it. */
function layOut(fields: readonly TiffField[], at: number, big: boolean): Uint8Array {
  const word = big ? 8 : 4;
  const [countBytes, entryBytes] = big ? [8, 20] : [2, 12];
  const sorted = [...fields].sort((a, b) => a.tag - b.tag).map((field) => encodeField(field, big));
  const start = countBytes + sorted.length * entryBytes + word;
  const outside = sorted.map(({ bytes }) => (bytes.byteLength > word ? evenly(bytes.byteLength) : 0));
  const out = new Uint8Array(start + outside.reduce((sum, length) => sum + length, 0));
  const view = new DataView(out.buffer);
  const putWord = (position: number, value: number) => {
    if (big) view.setBigUint64(position, BigInt(value), true);
    else view.setUint32(position, value, true);
  };
  if (big) view.setBigUint64(0, BigInt(sorted.length), true);
  else view.setUint16(0, sorted.length, true);
  let behind = start;
  sorted.forEach(({ tag, type, count, bytes }, i) => {
    const entry = countBytes + i * entryBytes;
    view.setUint16(entry, tag, true);
    view.setUint16(entry + 2, type, true);
    putWord(entry + 4, count);
    if (outside[i] > 0) putWord(entry + 4 + word, at + behind);
    out.set(bytes, outside[i] > 0 ? behind : entry + 4 + word);
    behind += outside[i];
  });
  return out;
}

const evenly = (length: number): number => length + (length % 2);

function encodeField({ tag, type, values }: TiffField, big: boolean) {
  const { number, bytes } = fieldTypes[type === 'offset' ? (big ? 'long8' : 'long') : type];
  const list = typeof values === 'string' ? [...new TextEncoder().encode(values), 0] : values;
  const view = new DataView(new ArrayBuffer(list.length * bytes));
  list.forEach((value, i) => {
    if (number === fieldTypes.double.number) view.setFloat64(8 * i, value, true);
    else if (bytes === 8) view.setBigUint64(8 * i, BigInt(value), true);
    else if (bytes === 4) view.setUint32(4 * i, value, true);
    else if (bytes === 2) view.setUint16(2 * i, value, true);
    else view.setUint8(i, value);
  });
  return { tag, type: number, count: list.length, bytes: new Uint8Array(view.buffer) };
}
