import type { FileHandle } from 'node:fs/promises';
import { type ImageArray, isLulcError, LulcError } from '@lulc/core';
import { GeoTIFF, type GeoTIFFImage } from 'geotiff';
import type { PixelWindow } from '../pixelWindow.js';
import { type ByteSource, checkTiffStructure } from '../tiffGuard.js';
import { checkSize, maxValues, type WindowChoice, windowIn } from './pixelWindows.js';
import { isEnviName, readEnvi, readEnviHeader } from './readEnvi.js';
import { readWholeFile, withFile } from './readFile.js';

/** An image file as read. */
export interface ImageFile extends ImageArray {
  /** Value that the file declares to mean "no data". */
  readonly nodata: number | undefined;
}

/**
 * Reads a GeoTIFF, JPEG or PNG in its own number type. What kind it is is told by its first bytes, not by its name; but for ENVI
 * files (`.img` with a `.hdr` beside it), whose bytes are values and nothing else.
 *
 * @param file path
 * @param window the part that is wanted, or what chooses it by the size; of a GeoTIFF only the blocks that it touches are read
 * @throws LulcError `missing-file`, `corrupt-file` (also: the window does not lie within the image), `unsupported-file`,
 *   naming the file
 */
export function readImage(file: string, window?: PixelWindow | WindowChoice): Promise<ImageFile> {
  if (isEnviName(file)) return readEnvi(file, window);
  return openImage(file, window !== undefined, {
    tiff: (image, size) => decodeTiff(image, size, file, window),
    encoded: (bytes) => decodeEncoded(bytes, file, window),
  });
}

/**
 * `[height, width, bands]` of an image, without decoding its pixels.
 *
 * @param file path
 * @throws LulcError `missing-file`, `corrupt-file`, `unsupported-file`, naming the file
 */
export async function imageShape(file: string): Promise<readonly [number, number, number]> {
  if (isEnviName(file)) return (await readEnviHeader(file)).shape;
  return openImage(file, true, {
    tiff: async (image) => [image.getHeight(), image.getWidth(), image.getSamplesPerPixel()] as const,
    encoded: async (bytes) => {
      const sharp = await loadSharp();
      const { height = 0, width = 0, channels = 0 } = await sharp(bytes).metadata();
      return [height, width, channels] as const;
    },
  });
}

/**
 * Finds out what a file is and has it decoded.
 *
 * @param inParts whether a TIFF is to be read in parts, as they are asked for
 */
async function openImage<T>(
  file: string,
  inParts: boolean,
  decode: { tiff(image: GeoTIFFImage, size: number): Promise<T>; encoded(bytes: Buffer): Promise<T> },
): Promise<T> {
  try {
    if (inParts) {
      const result = await withFile(file, async (handle, size) => {
        const source = handleSource(handle, size);
        if (imageKind(await source.read(0, 3)) !== 'tiff') return undefined;
        return { value: await decode.tiff(await openTiff(source, file), size) };
      });
      if (result !== undefined) return result.value;
    }
    const bytes = await readWholeFile(file);
    const kind = imageKind(bytes);
    if (kind === 'tiff') return await decode.tiff(await openTiff(bufferSource(bytes), file), bytes.byteLength);
    if (kind !== undefined) return await decode.encoded(bytes);
    throw bytes.length === 0
      ? new LulcError('corrupt-file', 'the file is empty', { where: { file } })
      : new LulcError('unsupported-file', 'neither a TIFF, nor a JPEG, nor a PNG', { where: { file } });
  } catch (cause) {
    if (isLulcError(cause)) throw cause;
    throw new LulcError('corrupt-file', `cannot be decoded: ${(cause as Error).message}`, { where: { file }, cause });
  }
}

/**
 * Bytes in memory as a file.
 *
 * @param bytes all of it
 */
export function bufferSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.byteLength, read: async (at, length) => bytes.subarray(at, at + length) };
}

/**
 * The bytes of an open file.
 *
 * @param handle the file
 * @param size its length in bytes
 */
export function handleSource(handle: FileHandle, size: number): ByteSource {
  return {
    size,
    read: async (at, length) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - at)));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, at);
      return bytes.subarray(0, bytesRead);
    },
  };
}

/**
 * The first image of a TIFF whose structure is sound.
 *
 * @param source the bytes of the file
 * @param file its path
 * @throws LulcError `corrupt-file`, `unsupported-file` (not a TIFF)
 */
export async function openTiff(source: ByteSource, file: string): Promise<GeoTIFFImage> {
  await checkTiffStructure(source, file);
  const fetchSlice = async ({ offset, length }: { offset: number; length: number }) => {
    // the library asks for round numbers of bytes, beyond the end of a small file, too
    const data = new Uint8Array(Math.min(length, Math.max(source.size - offset, 0)));
    data.set(await source.read(offset, data.length));
    return { offset, length: data.length, data: data.buffer };
  };
  const tiff = await GeoTIFF.fromSource({
    fileSize: source.size,
    fetchSlice,
    fetch: async (slices) => Promise.all(slices.map(async (slice) => (await fetchSlice(slice)).data)),
    close: async () => {},
  });
  return tiff.getImage(0);
}

/**
 * What kind of image the first bytes of a file belong to.
 *
 * @param bytes at least three, or all there are
 * @returns `undefined` for another kind
 */
export function imageKind(bytes: Uint8Array): 'tiff' | 'jpeg' | 'png' | undefined {
  const [a, b, c] = bytes;
  if ((a === 0x49 && b === 0x49) || (a === 0x4d && b === 0x4d)) return 'tiff';
  if (a === 0xff && b === 0xd8 && c === 0xff) return 'jpeg';
  return a === 0x89 && b === 0x50 && c === 0x4e ? 'png' : undefined;
}

async function decodeTiff(
  image: GeoTIFFImage,
  fileBytes: number,
  file: string,
  window: PixelWindow | WindowChoice | undefined,
): Promise<ImageFile> {
  const whole = [image.getHeight(), image.getWidth()] as const;
  const { top, left, height, width } = windowIn(whole, window, file);
  const bands = image.getSamplesPerPixel();
  checkSize(file, height, width, bands);
  await checkBlocks(image, fileBytes, file);
  const values: unknown = await image.readRasters({
    interleave: true,
    window: [left, top, left + width, top + height],
  });
  const data = values instanceof Float64Array ? new Float32Array(values) : values;
  if (
    !(
      data instanceof Uint8Array ||
      data instanceof Uint16Array ||
      data instanceof Int16Array ||
      data instanceof Float32Array
    )
  ) {
    throw new LulcError('unsupported-file', 'its values are neither 8 or 16 bit integers nor floating point', {
      where: { file },
    });
  }
  if (data.length !== height * width * bands) {
    throw new LulcError('corrupt-file', `holds ${data.length} values instead of ${height} x ${width} x ${bands}`, {
      where: { file },
    });
  }
  // the library hangs properties of its own on the array, which a plain view does not have
  return { data: data.subarray(), shape: [height, width, bands], nodata: image.getGDALNoData() ?? undefined };
}

/**
 * Strips or tiles must lie within the file, none may be far larger than what it decodes to, and the library must decode them
 * as they were meant.
 *
 * @param image opened
 * @param fileBytes length of the file
 * @param file its path
 * @throws LulcError `corrupt-file`, `unsupported-file`
 */
export async function checkBlocks(image: GeoTIFFImage, fileBytes: number, file: string): Promise<void> {
  const directory = image.fileDirectory;
  const tiled = image.isTiled;
  const offsets = Array.from((await directory.loadValue(tiled ? 'TileOffsets' : 'StripOffsets')) ?? [], Number);
  const counts = Array.from((await directory.loadValue(tiled ? 'TileByteCounts' : 'StripByteCounts')) ?? [], Number);
  const corrupt = (what: string) => new LulcError('corrupt-file', what, { where: { file } });
  const [blockHeight, blockWidth] = [image.getTileHeight(), image.getTileWidth()];
  checkSize(file, blockHeight, blockWidth, image.getSamplesPerPixel());
  const planes = image.planarConfiguration === 2 ? image.getSamplesPerPixel() : 1;
  const blocks = planes * Math.ceil(image.getHeight() / blockHeight) * Math.ceil(image.getWidth() / blockWidth);
  if (!image.littleEndian && image.getBitsPerSample() > 8 && ((await directory.loadValue('Predictor')) ?? 1) !== 1) {
    // The library adds differences up in the byte order of the machine.
    throw new LulcError('unsupported-file', 'holds differences (a predictor) of big-endian numbers', {
      where: { file },
      hint: 'Write it anew, little-endian: gdal_translate -co ENDIANNESS=LITTLE in.tif out.tif',
    });
  }
  if (offsets.length !== blocks || counts.length !== blocks) {
    throw corrupt(`lists ${offsets.length} blocks of data where its size needs ${blocks}`);
  }
  const decoded = blockHeight * blockWidth * image.getBytesPerPixel();
  for (let i = 0; i < blocks; i++) {
    if (!(offsets[i] + counts[i] <= fileBytes)) {
      throw corrupt(`block ${i} ends at byte ${offsets[i] + counts[i]} of ${fileBytes}: truncated`);
    }
    if (counts[i] > 2 * decoded + 65536) throw corrupt(`block ${i} is larger than what it decodes to`);
  }
}

async function decodeEncoded(
  bytes: Buffer,
  file: string,
  window: PixelWindow | WindowChoice | undefined,
): Promise<ImageFile> {
  const sharp = await loadSharp();
  const whole = sharp(bytes, { limitInputPixels: maxValues >> 2, failOn: 'error' });
  const { depth, space, width = 0, height = 0, channels = 0 } = await whole.metadata();
  checkSize(file, height, width, channels);
  const decoder = window === undefined ? whole : whole.extract(windowIn([height, width], window, file));
  if (depth === 'ushort') {
    const wide = decoder.toColourspace(channels < 3 ? 'grey16' : 'rgb16').raw({ depth: 'ushort' });
    const { data, info } = await wide.toBuffer({ resolveWithObject: true });
    const values = new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
    return { data: values, shape: [info.height, info.width, info.channels], nodata: undefined };
  }
  // left to itself, the library makes three channels of one
  const own = space === 'b-w' ? decoder.toColourspace('b-w') : decoder;
  const { data, info } = await own.raw().toBuffer({ resolveWithObject: true });
  return {
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    shape: [info.height, info.width, info.channels],
    nodata: undefined,
  };
}

type Sharp = typeof import('sharp').default;
let loadedSharp: Promise<Sharp> | undefined;

/**
 * The JPEG and PNG library. A program with worker threads has to load it in its main thread first, else its native
 * parts are unloaded with the first worker that ends.
 */
export function loadSharp(): Promise<Sharp> {
  loadedSharp ??= import('sharp').then(({ default: sharp }) => {
    sharp.cache(false);
    return sharp;
  });
  return loadedSharp;
}
