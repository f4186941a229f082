import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { type GeoReference, type ImageArray, isLulcError, LulcError } from '@lulc/core';
import { BaseDecoder, type GeoTIFFImage, getDecoder } from 'geotiff';
import { unreadable } from '../../raster/node/readFile.js';
import { checkBlocks, handleSource, imageKind, openTiff, readImage } from '../../raster/node/readImage.js';
import type { PixelWindow } from '../../raster/pixelWindow.js';
import { type GeoTags, geoReferenceOf } from '../geoTags.js';
import type { BlockCache } from './blockCache.js';

/** Decoded values of a block. */
export type BlockValues = ImageArray['data'];

/** An image file that stays open and is read in parts. */
export interface RasterFile {
  /** Path. */
  readonly file: string;
  /** `[height, width, channels]`. */
  readonly shape: readonly [number, number, number];
  /** Value that the file declares to mean "no data". */
  readonly nodata: number | undefined;
  /** Where it lies. */
  readonly geo: GeoReference | undefined;
  /**
   * @param window inside the image
   * @returns all channels of it
   * @throws LulcError `corrupt-file`, `unsupported-file`, naming the file
   */
  read(window: PixelWindow): Promise<ImageArray>;
  /** Closes the file; safe to call twice. */
  close(): Promise<void>;
}

/**
 * Opens a GeoTIFF whose blocks are decoded as they are needed, or a PNG or JPEG, which is decoded whole.
 *
 * @param file path
 * @param cache keeps decoded blocks
 * @throws LulcError `missing-file`, `corrupt-file`, `unsupported-file`, naming the file
 */
export async function openRaster(file: string, cache: BlockCache<BlockValues>): Promise<RasterFile> {
  const handle = await open(file, 'r').catch((cause) => {
    throw unreadable(file, cause);
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new LulcError('unsupported-file', 'not a regular file', { where: { file } });
    const source = handleSource(handle, stats.size);
    if (imageKind(await source.read(0, 3)) === 'tiff') {
      return await inFile(file, async () => {
        const image = await openTiff(source, file);
        await checkBlocks(image, stats.size, file);
        return tiffFile(file, handle, image, cache);
      });
    }
    await handle.close();
    return await wholeFile(file, cache);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function wholeFile(file: string, cache: BlockCache<BlockValues>): Promise<RasterFile> {
  const { data: first, shape } = await readImage(file);
  const load = async () => (await readImage(file)).data;
  await cache.get(file, async () => first);
  return {
    file,
    shape,
    nodata: undefined,
    geo: undefined,
    read: async (window) => {
      const out = emptyLike(first, window, shape[2]);
      copyBlock(await cache.get(file, load), { top: 0, left: 0, height: shape[0], width: shape[1] }, out, window, {
        from: 0,
        step: shape[2],
        count: shape[2],
        to: 0,
        channels: shape[2],
      });
      return { data: out, shape: [window.height, window.width, shape[2]] };
    },
    close: async () => {},
  };
}

async function tiffFile(
  file: string,
  handle: FileHandle,
  image: GeoTIFFImage,
  cache: BlockCache<BlockValues>,
): Promise<RasterFile> {
  const shape = [image.getHeight(), image.getWidth(), image.getSamplesPerPixel()] as const;
  const [height, , channels] = shape;
  const [blockHeight, blockWidth] = [image.getTileHeight(), image.getTileWidth()];
  const decode = await blockDecoder(image);
  const separate = image.planarConfiguration === 2;
  const planes = separate ? channels : 1;
  const inPlane = separate ? 1 : channels;
  const blockAt = (x: number, y: number, plane: number) => {
    const area = {
      top: y * blockHeight,
      left: x * blockWidth,
      height: Math.min(blockHeight, height - y * blockHeight),
      width: blockWidth,
    };
    const values = cache.get(`${file} ${plane} ${y} ${x}`, () => inFile(file, () => decode(x, y, plane)));
    return { area, values };
  };
  return {
    file,
    shape,
    nodata: image.getGDALNoData() ?? undefined,
    geo: geoReferenceOf(await geoTags(image)),
    read: async (window) => {
      const rows = blocksOf(window.top, window.height, blockHeight);
      const columns = blocksOf(window.left, window.width, blockWidth);
      const blocks = rows.flatMap((y) =>
        columns.flatMap((x) => Array.from({ length: planes }, (_, plane) => ({ plane, ...blockAt(x, y, plane) }))),
      );
      // All are asked for at once, so that they are decoded side by side.
      const decoded = await Promise.all(blocks.map(({ values }) => values));
      const out = emptyLike(decoded[0], window, channels);
      blocks.forEach(({ area, plane }, i) => {
        const part = { from: 0, step: inPlane, count: inPlane, to: plane, channels };
        copyBlock(decoded[i], area, out, window, part);
      });
      return { data: out, shape: [window.height, window.width, channels] };
    },
    close: () => handle.close(),
  };
}

/** The blocks of an axis that a part of it touches. */
function blocksOf(start: number, length: number, block: number): readonly number[] {
  const first = Math.floor(start / block);
  return Array.from({ length: Math.ceil((start + length) / block) - first }, (_, i) => first + i);
}

function emptyLike(values: BlockValues, { height, width }: PixelWindow, channels: number): BlockValues {
  return new (values.constructor as new (length: number) => BlockValues)(height * width * channels);
}

/** Which channels are copied. */
interface ChannelPart {
  /** First channel of the block. */
  readonly from: number;
  /** Channels of the block. */
  readonly step: number;
  /** How many are taken. */
  readonly count: number;
  /** First channel of the target. */
  readonly to: number;
  /** Channels of the target. */
  readonly channels: number;
}

/** Copies what a block and a window have in common. */
function copyBlock(
  block: BlockValues,
  area: PixelWindow,
  out: BlockValues,
  window: PixelWindow,
  { from, step, count, to, channels }: ChannelPart,
): void {
  const top = Math.max(area.top, window.top);
  const bottom = Math.min(area.top + area.height, window.top + window.height);
  const left = Math.max(area.left, window.left);
  const columns = Math.min(area.left + area.width, window.left + window.width) - left;
  for (let y = top; y < bottom; y++) {
    const source = ((y - area.top) * area.width + left - area.left) * step + from;
    const target = ((y - window.top) * window.width + left - window.left) * channels + to;
    if (count === step && step === channels) {
      out.set(block.subarray(source, source + columns * step), target);
    } else {
      for (let x = 0; x < columns; x++) {
        for (let c = 0; c < count; c++) out[target + x * channels + c] = block[source + x * step + c];
      }
    }
  }
}

/** Decodes a block of a TIFF: `[rows, columns, channels of the plane]`. */
type BlockDecoder = (x: number, y: number, plane: number) => Promise<BlockValues>;

const decompress = promisify<Uint8Array, { chunkSize: number; maxOutputLength: number }, Buffer>(inflate);

/** Deflate by the system's zlib, off the main thread. */
class NativeInflate extends BaseDecoder {
  constructor(
    parameters: ConstructorParameters<typeof BaseDecoder>[0],
    private readonly bytes: number,
  ) {
    super(parameters);
  }

  override async decodeBlock(buffer: ArrayBufferLike): Promise<ArrayBufferLike> {
    // One piece of output of the size that there must be, and room to see that it is the end.
    const size = 8 * Math.ceil(this.bytes / 8) + 64;
    const sizes = { chunkSize: size, maxOutputLength: size };
    const { buffer: whole, byteOffset, byteLength } = await decompress(new Uint8Array(buffer), sizes);
    // The room behind the values does no harm; only a small block shares its memory with others.
    return byteOffset === 0 ? whole : whole.slice(byteOffset, byteOffset + byteLength);
  }
}

/** Compressions of TIFF that are decoded without further tables: none, LZW, deflate (two numbers), PackBits, Zstandard. */
const plainCompressions = [1, 5, 8, 32946, 32773, 50000];
const deflateCompressions = [8, 32946];

/** Number types that a block may be seen as, by format and bits. */
const valueTypes: Readonly<Record<string, new (buffer: ArrayBufferLike) => BlockValues | Float64Array>> = {
  '1 8': Uint8Array,
  '1 16': Uint16Array,
  '2 16': Int16Array,
  '3 32': Float32Array,
  '3 64': Float64Array,
};

async function blockDecoder(image: GeoTIFFImage): Promise<BlockDecoder> {
  const bits = image.getBitsPerSample();
  const Values = valueTypes[`${image.getSampleFormat()} ${bits}`];
  const separate = image.planarConfiguration === 2;
  const channels = separate ? 1 : image.getSamplesPerPixel();
  const [blockHeight, blockWidth] = [image.getTileHeight(), image.getTileWidth()];
  if (Values === undefined) {
    throw new LulcError('unsupported-file', 'its values are neither 8 or 16 bit integers nor floating point');
  }
  const directory = image.fileDirectory;
  const compression = Number((await directory.loadValue('Compression')) ?? 1);
  if (plainCompressions.includes(compression) && (image.littleEndian || bits === 8)) {
    const parameters = {
      tileWidth: blockWidth,
      tileHeight: blockHeight,
      planarConfiguration: image.planarConfiguration,
      bitsPerSample: Array.from({ length: image.getSamplesPerPixel() }, () => bits),
      predictor: Number((await directory.loadValue('Predictor')) ?? 1),
    };
    const bytes = blockHeight * blockWidth * channels * (bits / 8);
    const decoder = deflateCompressions.includes(compression)
      ? new NativeInflate(parameters, bytes)
      : await getDecoder(compression, parameters);
    return async (x, y, plane) => {
      const { data } = await image.getTileOrStrip(x, y, plane, decoder);
      const rows = image.isTiled ? blockHeight : image.getBlockHeight(y);
      return inOwnType(new Values(data), rows * blockWidth * channels);
    };
  }
  // Whatever else the library can read, a block at a time.
  return async (x, y, plane) => {
    const [left, top] = [x * blockWidth, y * blockHeight];
    const right = Math.min(left + blockWidth, image.getWidth());
    const bottom = Math.min(top + blockHeight, image.getHeight());
    const samples = separate ? [plane] : undefined;
    const window = [left, top, right, bottom];
    const values: unknown = await image.readRasters({ interleave: true, window, ...(samples && { samples }) });
    const read = values as BlockValues | Float64Array;
    const narrow = inOwnType(read, (bottom - top) * (right - left) * channels);
    if (right - left === blockWidth) return narrow;
    const whole = emptyLike(narrow, { top: 0, left: 0, height: bottom - top, width: blockWidth }, channels);
    for (let row = 0; row < bottom - top; row++) {
      const line = (right - left) * channels;
      whole.set(narrow.subarray(row * line, (row + 1) * line), row * blockWidth * channels);
    }
    return whole;
  };
}

/** Checks the length, and makes of double what networks see. */
function inOwnType(values: BlockValues | Float64Array, length: number): BlockValues {
  if (values.length < length) {
    throw new LulcError('corrupt-file', `a block holds ${values.length} values instead of ${length}`);
  }
  const exact = values.subarray(0, length);
  return exact instanceof Float64Array ? new Float32Array(exact) : exact;
}

async function geoTags(image: GeoTIFFImage): Promise<GeoTags> {
  const directory = image.fileDirectory;
  const list = async (tag: 'ModelPixelScale' | 'ModelTiepoint' | 'ModelTransformation') => {
    const values = await directory.loadValue(tag);
    return values === undefined ? undefined : Array.from(values, Number);
  };
  const keys = await directory.loadValue('GeoKeyDirectory');
  const doubles = await directory.loadValue('GeoDoubleParams');
  const ascii = await directory.loadValue('GeoAsciiParams');
  return {
    pixelScale: await list('ModelPixelScale'),
    tiepoint: await list('ModelTiepoint'),
    transformation: await list('ModelTransformation'),
    geoKeys:
      keys === undefined
        ? undefined
        : {
            directory: Array.from(keys, Number),
            ...(doubles === undefined ? {} : { doubles: Array.from(doubles, Number) }),
            ...(ascii === undefined ? {} : { ascii: String(ascii).replace(/\0+$/, '') }),
          },
  };
}

/** Errors of a decoder become those of the file. */
async function inFile<T>(file: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    if (isLulcError(cause) && 'file' in cause.where) throw cause;
    const code = isLulcError(cause) ? cause.code : 'corrupt-file';
    const message = isLulcError(cause) ? cause.message : `cannot be decoded: ${(cause as Error).message}`;
    throw new LulcError(code, message, { where: { file }, cause });
  }
}
