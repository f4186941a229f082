import { type GeoReference, type ImageArray, isLulcError, LulcError } from '@lulc/core';
import type { PixelWindow } from '../../raster/pixelWindow.js';
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

/** A file of blocks. */
export interface BlockLayout extends Pick<RasterFile, 'file' | 'shape' | 'nodata' | 'geo' | 'close'> {
  /** Rows and columns of a block. */
  readonly block: readonly [rows: number, columns: number];
  /** Rows and columns of the first block that lie before the image. Default: none. */
  readonly before?: readonly [rows: number, columns: number];
  /** Whether every channel has blocks of its own. */
  readonly separate: boolean;
  /** Whether blocks at the right edge are as wide as all others. */
  readonly padded: boolean;
  /**
   * Decodes a block: its rows and columns, and one channel or all.
   *
   * @param x column of the block
   * @param y row of the block
   * @param plane channel, 0 when blocks hold all
   */
  decode(x: number, y: number, plane: number): Promise<BlockValues>;
}

/**
 * Reads windows of a file of blocks; of those only what a window touches is decoded.
 *
 * @param layout the file
 * @param cache keeps decoded blocks
 */
export function blockRaster(layout: BlockLayout, cache: BlockCache<BlockValues>): RasterFile {
  const { file, shape, nodata, geo, close, separate, before = [0, 0] } = layout;
  const [height, width, channels] = shape;
  const planes = separate ? channels : 1;
  const inPlane = separate ? 1 : channels;
  const blockAt = (x: number, y: number, plane: number) => {
    const down = blockSpan(y, layout.block[0], before[0], height);
    const across = blockSpan(x, layout.block[1], before[1], layout.padded ? Number.POSITIVE_INFINITY : width);
    const area = { top: down.start, left: across.start, height: down.length, width: across.length };
    const values = cache.get(`${file} ${plane} ${y} ${x}`, () => inFile(file, () => layout.decode(x, y, plane)));
    return { area, values };
  };
  return {
    file,
    shape,
    nodata,
    geo,
    read: async (window) => {
      const rows = blocksOf(window.top + before[0], window.height, layout.block[0]);
      const columns = blocksOf(window.left + before[1], window.width, layout.block[1]);
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
    close,
  };
}

/** What a block covers of an axis of the image. */
function blockSpan(index: number, size: number, before: number, end: number) {
  const start = Math.max(0, index * size - before);
  return { start, length: Math.min((index + 1) * size - before, end) - start };
}

/** The blocks of an axis that a part of it touches. */
function blocksOf(start: number, length: number, block: number): readonly number[] {
  const first = Math.floor(start / block);
  return Array.from({ length: Math.ceil((start + length) / block) - first }, (_, i) => first + i);
}

/**
 * Room for a window in the type of some values.
 *
 * @param values of that type
 * @param window its size
 * @param channels values per pixel
 */
export function emptyLike(values: BlockValues, { height, width }: PixelWindow, channels: number): BlockValues {
  return new (values.constructor as new (length: number) => BlockValues)(height * width * channels);
}

/** Which channels are copied. */
export interface ChannelPart {
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

/**
 * Copies what a block and a window have in common.
 *
 * @param block values
 * @param area where the block lies
 * @param out the window's values
 * @param window where the window lies
 * @param part which channels
 */
export function copyBlock(
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

/**
 * Errors of a decoder become those of the file.
 *
 * @param file path
 * @param body decodes
 * @throws LulcError naming the file
 */
export async function inFile<T>(file: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    if (isLulcError(cause) && 'file' in cause.where) throw cause;
    const code = isLulcError(cause) ? cause.code : 'corrupt-file';
    const message = isLulcError(cause) ? cause.message : `cannot be decoded: ${(cause as Error).message}`;
    throw new LulcError(code, message, { where: { file }, cause });
  }
}
