import { LulcError } from '@lulc/core';
import type { ByteSource } from '../raster/tiffGuard.js';
import type { GridArea } from './gridArea.js';
import { blockCount, codingStyle, packetCount } from './packets.js';

/** A piece of the file. */
interface Piece {
  /** First byte. */
  readonly at: number;
  /** Bytes of it. */
  readonly length: number;
}

/** What is known of a codestream without decoding it. */
export interface Codestream {
  /** The image on the reference grid. */
  readonly image: GridArea;
  /** The first tile on the reference grid: its corner may lie before the image. */
  readonly tile: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** Components of a pixel. */
  readonly components: number;
  /** Bits of a value. */
  readonly bits: number;
  /** Whether values may be negative. */
  readonly signed: boolean;
  /**
   * The part of the image that a tile covers.
   *
   * @param column of the grid
   * @param row of the grid
   */
  tileArea(column: number, row: number): GridArea;
  /**
   * A codestream of one tile, whose pixels lie where they lay.
   *
   * @param column of the grid
   * @param row of the grid
   * @throws LulcError `corrupt-file`
   */
  tileStream(column: number, row: number): Promise<Uint8Array>;
}

/** Markers (ITU-T T.800, table A.2). */
const marker = {
  start: 0xff4f,
  size: 0xff51,
  packedHeaders: 0xff60,
  tilePart: 0xff90,
  data: 0xff93,
  end: 0xffd9,
} as const;

/** Marker segments of the main header that decoding needs: CAP, COD, COC, QCD, QCC, RGN, POC. */
const needed: readonly number[] = [0xff50, 0xff52, 0xff53, 0xff5c, 0xff5d, 0xff5e, 0xff5f];

/** Most segments of a main header, bytes of them that are kept, tiles, pieces of tiles, and code blocks that are believed. */
const limits = { segments: 8192, headerBytes: 1 << 20, tiles: 65535, pieces: 1 << 17, codeBlocks: 1 << 20 } as const;

/** Largest tile that is decoded, in values: an untiled image of 10,980 pixels squared is below it. */
export const maxTileValues: number = 2 ** 27;

/** Packets that a tile may claim beyond what its bytes can hold: encoders may leave out empty ones at its end. */
const sparePackets = 4096;

/** Bytes of the header of a tile-part. */
const tilePartBytes = 12;

/**
 * Reads the main header and finds the tile-parts. Nothing is allocated on the file's word alone: sizes, counts and offsets are checked
 * first.
 *
 * @param source the file
 * @param start first byte of the codestream
 * @param end the byte behind it
 * @throws LulcError `corrupt-file`, `unsupported-file`
 */
export async function readCodestream(source: ByteSource, start: number, end: number): Promise<Codestream> {
  const { size, segments, at } = await mainHeader(source, start, end);
  const { image, tile, columns, rows } = size;
  const pieces = await tileParts(source, at, end, columns * rows);
  const tileArea = (column: number, row: number): GridArea => {
    const [x, y] = [tile.x + column * tile.width, tile.y + row * tile.height];
    return {
      x0: Math.max(x, image.x0),
      y0: Math.max(y, image.y0),
      x1: Math.min(x + tile.width, image.x1),
      y1: Math.min(y + tile.height, image.y1),
    };
  };
  return {
    image,
    tile,
    components: size.components,
    bits: size.bits,
    signed: size.signed,
    tileArea,
    tileStream: async (column, row) => {
      const area = tileArea(column, row);
      const parts: Uint8Array[] = [];
      for (const { at: from, length } of pieces[row * columns + column]) {
        const part = await source.read(from, length);
        if (part.byteLength < length) throw truncated(from);
        const view = new DataView(part.buffer, part.byteOffset);
        // the only tile; the last part of a file may have left its length open
        view.setUint16(4, 0);
        view.setUint32(6, length);
        parts.push(part);
      }
      const styles = [...segments, ...parts.flatMap(partSegments)]
        .map(codingStyle)
        .filter((style) => style !== undefined);
      const bytes = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
      // a packet takes a byte at least
      if (packetCount(styles, area) * size.components > bytes + sparePackets) {
        throw new LulcError('corrupt-file', 'a tile claims more packets than it has bytes');
      }
      if (blockCount(styles, area) * size.components > limits.codeBlocks) {
        throw new LulcError('unsupported-file', 'code blocks too small for tiles of such a size');
      }
      return joined([
        shortBytes(marker.start),
        oneTile(size.bytes, area),
        ...segments,
        ...parts,
        shortBytes(marker.end),
      ]);
    },
  };
}

/** The segments of the header of a tile-part. */
function partSegments(part: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
  const segments: Uint8Array[] = [];
  for (let at = tilePartBytes; at + 4 <= part.byteLength && view.getUint16(at) !== marker.data; ) {
    const length = 2 + view.getUint16(at + 2);
    if (length < 4 || at + length > part.byteLength) throw new LulcError('corrupt-file', 'a broken tile-part');
    segments.push(part.subarray(at, at + length));
    at += length;
  }
  return segments;
}

/** Sizes, the segments to keep, and where the tile-parts begin. */
async function mainHeader(source: ByteSource, start: number, end: number) {
  const read = async (at: number, length: number): Promise<DataView> => {
    const bytes = at + length <= end ? await source.read(at, length) : new Uint8Array();
    if (bytes.byteLength < length) throw truncated(at);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  };
  if ((await read(start, 2)).getUint16(0) !== marker.start) throw new LulcError('corrupt-file', 'no codestream');
  let size: ImageSize | undefined;
  const segments: Uint8Array[] = [];
  let kept = 0;
  let at = start + 2;
  for (let count = 0; ; count++) {
    const head = await read(at, 4);
    const kind = head.getUint16(0);
    if (kind === marker.tilePart) break;
    const length = 2 + head.getUint16(2);
    if (kind < 0xff00 || length < 4 || count > limits.segments) throw new LulcError('corrupt-file', 'a broken header');
    if (kind === marker.packedHeaders) {
      throw new LulcError('unsupported-file', 'its packet headers are packed into the main header (PPM)');
    }
    if (kind === marker.size && size === undefined) size = imageSize(await read(at, length));
    else if (needed.includes(kind)) {
      kept += length;
      if (kept > limits.headerBytes) throw new LulcError('corrupt-file', 'a header of an absurd length');
      const view = await read(at, length);
      segments.push(new Uint8Array(view.buffer, view.byteOffset, length));
    }
    at += length;
  }
  if (size === undefined) throw new LulcError('corrupt-file', 'a header without a size');
  return { size, segments, at };
}

interface ImageSize {
  readonly image: GridArea;
  readonly tile: Codestream['tile'];
  readonly columns: number;
  readonly rows: number;
  readonly components: number;
  readonly bits: number;
  readonly signed: boolean;
  readonly bytes: Uint8Array;
}

/** Where the four numbers of image and of tile begin in a SIZ segment, its marker counted. */
const sizeFields = { image: 6, tile: 22, components: 38, first: 40 } as const;

/** The SIZ segment (ITU-T T.800, A.5.1). */
function imageSize(view: DataView): ImageSize {
  const corrupt = (what: string) => new LulcError('corrupt-file', what);
  const unsupported = (what: string) => new LulcError('unsupported-file', what);
  if (view.byteLength < sizeFields.first + 3) throw corrupt('a header without a size');
  const four = (at: number) => [0, 4, 8, 12].map((i) => view.getUint32(at + i));
  const [x1, y1, x0, y0] = four(sizeFields.image);
  const [width, height, x, y] = four(sizeFields.tile);
  const components = view.getUint16(sizeFields.components);
  if (x1 <= x0 || y1 <= y0 || width === 0 || height === 0) throw corrupt(`an absurd size of ${y1 - y0} x ${x1 - x0}`);
  if (x > x0 || y > y0 || x + width <= x0 || y + height <= y0) throw corrupt('tiles that do not begin with the image');
  if (components < 1 || view.byteLength < sizeFields.first + 3 * components) throw corrupt('a broken header');
  const all = Array.from({ length: components }, (_, i) => {
    const at = sizeFields.first + 3 * i;
    return { depth: view.getUint8(at), x: view.getUint8(at + 1), y: view.getUint8(at + 2) };
  });
  const [{ depth }] = all;
  const [bits, signed] = [1 + (depth & 0x7f), depth >= 0x80];
  if (all.some((component) => component.x !== 1 || component.y !== 1)) throw unsupported('components are subsampled');
  if (all.some((component) => component.depth !== depth)) throw unsupported('components of different types');
  if (bits > 16) throw unsupported(`values of ${bits} bits; up to 16 are read`);
  if (signed && bits <= 8) throw unsupported('signed values of 8 bits or less');
  if (components !== 1 && !(components === 3 && bits <= 8)) {
    throw unsupported(`${components} components of ${bits} bits; one is read, or three of up to 8 bits`);
  }
  const [columns, rows] = [Math.ceil((x1 - x) / width), Math.ceil((y1 - y) / height)];
  if (columns * rows > limits.tiles) throw corrupt(`${columns} x ${rows} tiles`);
  if (Math.min(width, x1 - x0) * Math.min(height, y1 - y0) * components > maxTileValues) {
    throw unsupported(`tiles of ${height} x ${width} pixels, more than is decoded at once`);
  }
  return {
    image: { x0, y0, x1, y1 },
    tile: { x, y, width, height },
    columns,
    rows,
    components,
    bits,
    signed,
    bytes: new Uint8Array(view.buffer, view.byteOffset, view.byteLength),
  };
}

/** The SIZ segment of an image that is one tile. Its place on the grid stays, since wavelets and code blocks go by it. */
function oneTile(bytes: Uint8Array, { x0, y0, x1, y1 }: GridArea): Uint8Array {
  const out = bytes.slice();
  const view = new DataView(out.buffer);
  [x1, y1, x0, y0].forEach((value, i) => {
    view.setUint32(sizeFields.image + 4 * i, value);
  });
  [x1 - x0, y1 - y0, x0, y0].forEach((value, i) => {
    view.setUint32(sizeFields.tile + 4 * i, value);
  });
  return out;
}

/** The pieces of every tile in the order of the file (ITU-T T.800, A.4.2). */
async function tileParts(source: ByteSource, from: number, end: number, tiles: number): Promise<readonly Piece[][]> {
  const pieces = Array.from({ length: tiles }, (): Piece[] => []);
  let at = from;
  for (let count = 0; at + 2 <= end; count++) {
    const bytes = await source.read(at, Math.min(tilePartBytes, end - at));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.byteLength >= 2 && view.getUint16(0) === marker.end) break;
    if (bytes.byteLength < tilePartBytes) throw truncated(at);
    const tile = view.getUint16(4);
    const stated = view.getUint32(6);
    const length = stated === 0 ? await openLength(source, at, end) : stated;
    if (view.getUint16(0) !== marker.tilePart || tile >= tiles || length < tilePartBytes + 2 || count > limits.pieces) {
      throw new LulcError('corrupt-file', `a broken tile-part at byte ${at}`);
    }
    if (at + length > end) throw truncated(at);
    pieces[tile].push({ at, length });
    at += length;
  }
  const missing = pieces.findIndex((parts) => parts.length === 0);
  if (missing >= 0) throw new LulcError('corrupt-file', `tile ${missing} of ${tiles} is missing: truncated`);
  for (const parts of pieces) {
    if (parts.reduce((sum, { length }) => sum + length, 0) > 2 ** 30) {
      throw new LulcError('corrupt-file', 'a tile of an absurd length');
    }
  }
  return pieces;
}

/** A length of 0: all there is up to the end marker. */
async function openLength(source: ByteSource, at: number, end: number): Promise<number> {
  const last = await source.read(end - 2, 2);
  if ((last[0] << 8) + last[1] !== marker.end) throw truncated(at);
  return end - 2 - at;
}

const truncated = (at: number): LulcError =>
  new LulcError('corrupt-file', `ends within what begins at byte ${at}: truncated`);

const shortBytes = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.byteLength;
  }
  return out;
}
