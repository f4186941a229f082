import { LulcError } from '@lulc/core';
import type { ByteSource } from '../raster/tiffGuard.js';

/** Where the parts of a JPEG 2000 file lie that are used. */
export interface Jpeg2000Boxes {
  /** The codestream: first byte and the one behind its last. */
  readonly codestream: { readonly start: number; readonly end: number };
  /** The degenerate GeoTIFF of a GeoJP2 box. */
  readonly geoTiff: Uint8Array | undefined;
  /** The text of a GMLJP2 box. */
  readonly gml: string | undefined;
}

/** Box type of a palette, whose indices are no values. */
const palette = 'pclr';
/** Boxes that hold boxes. */
const superBoxes = ['jp2h', 'asoc'];
/** The identifier of GeoJP2. */
const geoJp2 = 'b14bf8bd083d4b43a5ae8cd7d5a6ce03';

/** Most boxes that are looked at, deepest nesting, and most bytes of a box that is read. */
const limits = { boxes: 4096, depth: 8, bytes: 1 << 20 } as const;

/**
 * True for the first bytes of a JPEG 2000 file or codestream.
 *
 * @param bytes at least twelve, or all there are
 */
export function isJpeg2000(bytes: Uint8Array): boolean {
  return startsWith(bytes, jp2Signature) || startsWith(bytes, codestreamSignature);
}

const jp2Signature = [0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20, 0x0d, 0x0a, 0x87, 0x0a];
const codestreamSignature = [0xff, 0x4f, 0xff, 0x51];

const startsWith = (bytes: Uint8Array, signature: readonly number[]): boolean =>
  signature.every((value, i) => bytes[i] === value);

/**
 * Finds codestream and georeference. A file that begins with a codestream is nothing else. Source: ITU-T T.800, annex I.
 *
 * @param source the file
 * @throws LulcError `corrupt-file`, `unsupported-file` (a palette)
 */
export async function findBoxes(source: ByteSource): Promise<Jpeg2000Boxes> {
  if (startsWith(await source.read(0, 4), codestreamSignature)) {
    return { codestream: { start: 0, end: source.size }, geoTiff: undefined, gml: undefined };
  }
  let seen = 0;
  let codestream: Jpeg2000Boxes['codestream'] | undefined;
  let geoTiff: Uint8Array | undefined;
  let gml: string | undefined;
  const walk = async (from: number, to: number, depth: number): Promise<void> => {
    for (let at = from; at + 8 <= to; ) {
      if (++seen > limits.boxes || depth > limits.depth) throw new LulcError('corrupt-file', 'too many boxes');
      const { type, start, end } = await boxAt(source, at, to);
      if (type === palette) throw new LulcError('unsupported-file', 'its values are indices into a palette');
      if (type === 'jp2c') codestream ??= { start, end };
      else if (superBoxes.includes(type)) await walk(start, end, depth + 1);
      else if ((type === 'xml ' || type === 'uuid') && end - start <= limits.bytes) {
        const bytes = await source.read(start, end - start);
        if (type === 'uuid') geoTiff ??= hex(bytes.subarray(0, 16)) === geoJp2 ? bytes.subarray(16) : undefined;
        else gml ??= depth > 0 ? new TextDecoder().decode(bytes) : undefined;
      }
      at = end;
    }
  };
  await walk(0, source.size, 0);
  if (codestream === undefined) throw new LulcError('corrupt-file', 'holds no codestream');
  return { codestream, geoTiff, gml };
}

/** The header of a box: a length of 1 means that a longer one follows, of 0 that the box goes to the end. */
async function boxAt(source: ByteSource, at: number, to: number) {
  const bytes = await source.read(at, 16);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = String.fromCharCode(...bytes.subarray(4, 8));
  const short = view.getUint32(0);
  const long = short === 1;
  if (long && bytes.byteLength < 16) throw new LulcError('corrupt-file', 'ends within a box: truncated');
  const length = long ? Number(view.getBigUint64(8)) : short === 0 ? to - at : short;
  const head = long ? 16 : 8;
  if (length < head || at + length > to) {
    throw new LulcError('corrupt-file', `a box at byte ${at} claims ${length} bytes: truncated`);
  }
  return { type, start: at + head, end: at + length };
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
