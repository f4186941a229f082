import { type ImageArray, isLulcError, LulcError } from '@lulc/core';
import { fromArrayBuffer, type GeoTIFFImage } from 'geotiff';
import { checkTiffStructure } from '../tiffGuard.js';
import { readWholeFile } from './readFile.js';

/** An image file as read. */
export interface ImageFile extends ImageArray {
  /** Value that the file declares to mean "no data". */
  readonly nodata: number | undefined;
}

/** Largest image that is decoded, in values (height · width · bands). */
const maxValues = 1 << 28;

/**
 * Reads a GeoTIFF, JPEG or PNG in its own number type. What kind it is is told by its first bytes, not by its name.
 *
 * @param file path
 * @throws LulcError `missing-file`, `corrupt-file`, `unsupported-file`, naming the file
 */
export async function readImage(file: string): Promise<ImageFile> {
  const bytes = await readWholeFile(file);
  try {
    const kind = imageKind(bytes);
    if (kind === 'tiff') return await decodeTiff(bytes, file);
    if (kind !== undefined) return await decodeEncoded(bytes, file);
  } catch (cause) {
    if (isLulcError(cause)) throw cause;
    throw new LulcError('corrupt-file', `cannot be decoded: ${(cause as Error).message}`, { where: { file }, cause });
  }
  throw bytes.length === 0
    ? new LulcError('corrupt-file', 'the file is empty', { where: { file } })
    : new LulcError('unsupported-file', 'neither a TIFF, nor a JPEG, nor a PNG', { where: { file } });
}

function imageKind(bytes: Uint8Array): 'tiff' | 'jpeg' | 'png' | undefined {
  const [a, b, c] = bytes;
  if ((a === 0x49 && b === 0x49) || (a === 0x4d && b === 0x4d)) return 'tiff';
  if (a === 0xff && b === 0xd8 && c === 0xff) return 'jpeg';
  return a === 0x89 && b === 0x50 && c === 0x4e ? 'png' : undefined;
}

function checkSize(file: string, height: number, width: number, bands: number): void {
  const whole = [height, width, bands].every((n) => Number.isInteger(n) && n > 0);
  if (!whole || height * width * bands > maxValues) {
    throw new LulcError('corrupt-file', `an absurd size of ${height} x ${width} x ${bands}`, { where: { file } });
  }
}

async function decodeTiff(bytes: Buffer<ArrayBuffer>, file: string): Promise<ImageFile> {
  checkTiffStructure(bytes, file);
  const { buffer, byteOffset, byteLength } = bytes;
  const tiff = await fromArrayBuffer(
    byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength),
  );
  const image = await tiff.getImage(0);
  const [height, width, bands] = [image.getHeight(), image.getWidth(), image.getSamplesPerPixel()];
  checkSize(file, height, width, bands);
  await checkBlocks(image, byteLength, file);
  const values: unknown = await image.readRasters({ interleave: true });
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

/** Strips or tiles must lie within the file, and none may be far larger than what it decodes to. */
async function checkBlocks(image: GeoTIFFImage, fileBytes: number, file: string): Promise<void> {
  const directory = image.fileDirectory;
  const tiled = image.isTiled;
  const offsets = Array.from((await directory.loadValue(tiled ? 'TileOffsets' : 'StripOffsets')) ?? [], Number);
  const counts = Array.from((await directory.loadValue(tiled ? 'TileByteCounts' : 'StripByteCounts')) ?? [], Number);
  const corrupt = (what: string) => new LulcError('corrupt-file', what, { where: { file } });
  const [blockHeight, blockWidth] = [image.getTileHeight(), image.getTileWidth()];
  checkSize(file, blockHeight, blockWidth, image.getSamplesPerPixel());
  const planes = image.planarConfiguration === 2 ? image.getSamplesPerPixel() : 1;
  const blocks = planes * Math.ceil(image.getHeight() / blockHeight) * Math.ceil(image.getWidth() / blockWidth);
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

async function decodeEncoded(bytes: Buffer, file: string): Promise<ImageFile> {
  const sharp = await loadSharp();
  const decoder = sharp(bytes, { limitInputPixels: maxValues >> 2, failOn: 'error' });
  const { depth, width = 0, height = 0, channels = 0 } = await decoder.metadata();
  checkSize(file, height, width, channels);
  if (depth === 'ushort') {
    const wide = decoder.toColourspace(channels < 3 ? 'grey16' : 'rgb16').raw({ depth: 'ushort' });
    const { data, info } = await wide.toBuffer({ resolveWithObject: true });
    const values = new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
    return { data: values, shape: [info.height, info.width, info.channels], nodata: undefined };
  }
  const { data, info } = await decoder.raw().toBuffer({ resolveWithObject: true });
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
