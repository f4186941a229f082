import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { LulcError } from '@lulc/core';
import { BaseDecoder, type GeoTIFFImage, getDecoder } from 'geotiff';
import { type GeoTags, geoReferenceOf } from '../geoTags.js';
import type { BlockCache } from './blockCache.js';
import { type BlockValues, blockRaster, emptyLike, type RasterFile } from './blockRaster.js';

/**
 * A GeoTIFF whose structure is sound.
 *
 * @param file path
 * @param handle the open file, closed with the result
 * @param image its first image
 * @param cache keeps decoded blocks
 * @throws LulcError `corrupt-file`, `unsupported-file`
 */
export async function tiffFile(
  file: string,
  handle: FileHandle,
  image: GeoTIFFImage,
  cache: BlockCache<BlockValues>,
): Promise<RasterFile> {
  const decode = await blockDecoder(image);
  return blockRaster(
    {
      file,
      shape: [image.getHeight(), image.getWidth(), image.getSamplesPerPixel()],
      nodata: image.getGDALNoData() ?? undefined,
      geo: geoReferenceOf(await geoTags(image)),
      block: [image.getTileHeight(), image.getTileWidth()],
      separate: image.planarConfiguration === 2,
      padded: true,
      decode,
      close: () => handle.close(),
    },
    cache,
  );
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

/**
 * The GeoTIFF tags of an image.
 *
 * @param image opened
 */
export async function geoTags(image: GeoTIFFImage): Promise<GeoTags> {
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
