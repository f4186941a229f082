import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { knownOption, LulcError, requireCount } from '@lulc/core';
import { geoFields } from '../geoTags.js';
import type { MapOptions, MapRows, MapType, MapValues, MapWriter } from '../mapOptions.js';
import { applyPredictor } from '../predictor.js';
import { headerBytes, type TiffField, tiffEnding } from '../tiffDirectory.js';

const compress = promisify<Uint8Array, { level: number; chunkSize: number }, Buffer>(deflate);

/** Output of the compressor comes in pieces of this many bytes. */
const chunkSize = 2 ** 16;

/** Of each number type: its array, the TIFF sample format, and the predictor that helps deflate. */
const mapTypes = {
  uint8: { Values: Uint8Array, format: 1, predictor: 1 },
  uint16: { Values: Uint16Array, format: 1, predictor: 2 },
  float32: { Values: Float32Array, format: 3, predictor: 3 },
} as const;

/**
 * Begins a georeferenced map that is written from the top: a tiled, deflate-compressed GeoTIFF, a BigTIFF beyond 4 GiB. It holds
 * one row of tiles, and one more while that is compressed. The file is at its path only when it is complete.
 *
 * @param options what the map is
 * @throws LulcError `unknown-name` (type), `invalid-argument`, and what the system says to the file
 * @example
 * ```ts
 * // not run: writes a file
 * import { createMapWriter } from '@lulc/sentinel2-data/node';
 *
 * const map = await createMapWriter({ path: 'clouds.tif', size: [2, 3], type: 'uint8', nodata: 255 });
 * try {
 *   await map.write({ top: 0, rows: 1, data: Uint8Array.of(0, 1, 255) });
 *   await map.write({ top: 1, rows: 1, data: Uint8Array.of(1, 1, 0) });
 *   await map.close();
 * } finally {
 *   await map.abort(); // leaves nothing behind unless it was finished
 * }
 * ```
 */
export async function createMapWriter(options: MapOptions): Promise<MapWriter> {
  const { size, bands = 1, tile = 256, level = 6, nodata = 0 } = options;
  knownOption<MapType>('type', options.type, ['uint8', 'uint16', 'float32']);
  requireCount({ height: size[0], width: size[1], bands, tile, level });
  if (tile % 16 !== 0 || level > 9) {
    throw new LulcError('invalid-argument', 'tile must be a multiple of 16, level at most 9', {
      where: { tile, level },
    });
  }
  const { Values, predictor } = mapTypes[options.type];
  const [height, width] = size;
  const temporary = `${options.path}.${randomBytes(6).toString('hex')}.tmp`;
  await mkdir(path.dirname(options.path), { recursive: true });
  let file: FileHandle | undefined = await open(temporary, 'wx');
  const line = width * bands;
  const rowOfTiles = new Values(tile * line);
  const offsets: number[] = [];
  const counts: number[] = [];
  let at = headerBytes;
  let next = 0;
  let pending: Promise<void> = Promise.resolve();

  const abort = async () => {
    const open = file;
    file = undefined;
    await pending.catch(() => {});
    await open?.close();
    if (open !== undefined) await rm(temporary, { force: true });
  };
  const orAbort = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      await abort();
      throw error;
    }
  };
  const opened = (): FileHandle => {
    if (file !== undefined) return file;
    throw new LulcError('invalid-argument', 'the map is finished or given up', { where: { file: options.path } });
  };

  /** Compresses the row of tiles and writes it, while the next one is filled. */
  const flush = async (rows: number) => {
    await pending;
    const handle = opened();
    const jobs = tilesOf(rowOfTiles, rows, width, bands, tile, nodata).map((values) =>
      compress(applyPredictor(values, predictor, tile, bands), { level, chunkSize }),
    );
    pending = Promise.all(jobs).then(async (blocks) => {
      const start = at;
      for (const block of blocks) {
        offsets.push(at);
        counts.push(block.byteLength);
        at += block.byteLength;
      }
      await writeAll(handle, Buffer.concat(blocks), start);
    });
    // It is looked at later; until then it must not end the process.
    pending.catch(() => {});
  };

  return {
    write: (part) =>
      orAbort(async () => {
        opened();
        checkRows(part, next, size, bands, Values);
        for (let done = 0; done < part.rows; ) {
          const inRow = next % tile;
          const rows = Math.min(tile - inRow, part.rows - done);
          rowOfTiles.set(part.data.subarray(done * line, (done + rows) * line), inRow * line);
          done += rows;
          next += rows;
          if (next % tile === 0 || next === height) await flush(inRow + rows);
        }
      }),
    close: () =>
      orAbort(async () => {
        const handle = opened();
        if (next < height) {
          throw new LulcError('invalid-argument', `only ${next} of ${height} rows were written`, {
            where: { file: options.path },
          });
        }
        await pending;
        const start = at + (at % 2);
        const { header, directory } = tiffEnding(fieldsOf(options, offsets, counts), start);
        await writeAll(handle, directory, start);
        await writeAll(handle, header, 0);
        await handle.sync();
        await handle.close();
        await rename(temporary, options.path);
        file = undefined;
      }),
    abort,
  };
}

/**
 * Writes a whole map, see {@link createMapWriter}.
 *
 * @param options what the map is
 * @param data `[height, width, bands]`, of the map's type
 * @throws LulcError as {@link createMapWriter} and its writer do
 */
export async function writeMap(options: MapOptions, data: MapValues): Promise<void> {
  const map = await createMapWriter(options);
  await map.write({ top: 0, rows: options.size[0], data });
  await map.close();
}

function checkRows(
  { top, rows, data }: MapRows,
  next: number,
  [height, width]: readonly [number, number],
  bands: number,
  Values: (typeof mapTypes)[MapType]['Values'],
): void {
  if (top !== next || !(rows > 0) || top + rows > height) {
    throw new LulcError('invalid-argument', `rows ${top} to ${top + rows} where row ${next} of ${height} comes next`);
  }
  if (data.length !== rows * width * bands || !(data instanceof Values)) {
    throw new LulcError('shape-mismatch', `${data.length} values of ${data.constructor.name} for ${rows} rows`, {
      hint: `It must be a ${Values.name} of [${rows}, ${width}, ${bands}].`,
    });
  }
}

/** Cuts a row of tiles; what is beyond the edge of the map is nodata. */
function tilesOf<T extends MapValues>(
  values: T,
  rows: number,
  width: number,
  bands: number,
  tile: number,
  nodata: number,
): readonly T[] {
  const Values = values.constructor as new (length: number) => T;
  return Array.from({ length: Math.ceil(width / tile) }, (_, i) => {
    const columns = Math.min(tile, width - i * tile);
    const block = new Values(tile * tile * bands);
    if (rows < tile || columns < tile) block.fill(nodata);
    for (let y = 0; y < rows; y++) {
      const from = (y * width + i * tile) * bands;
      block.set(values.subarray(from, from + columns * bands), y * tile * bands);
    }
    return block;
  });
}

function fieldsOf(
  { size: [height, width], type, bands = 1, tile = 256, nodata, geo, descriptions, scale }: MapOptions,
  offsets: readonly number[],
  counts: readonly number[],
): readonly TiffField[] {
  const { Values, format, predictor } = mapTypes[type];
  const each = (value: number) => Array.from({ length: bands }, () => value);
  const metadata = gdalMetadata(bands, descriptions, scale);
  return [
    { tag: 256, type: 'long', values: [width] },
    { tag: 257, type: 'long', values: [height] },
    { tag: 258, type: 'short', values: each(8 * Values.BYTES_PER_ELEMENT) },
    // Deflate; black is zero; bands interleaved.
    { tag: 259, type: 'short', values: [8] },
    { tag: 262, type: 'short', values: [1] },
    { tag: 277, type: 'short', values: [bands] },
    { tag: 284, type: 'short', values: [1] },
    ...(predictor === 1 ? [] : [{ tag: 317, type: 'short', values: [predictor] } as const]),
    { tag: 322, type: 'long', values: [tile] },
    { tag: 323, type: 'long', values: [tile] },
    { tag: 324, type: 'offset', values: offsets },
    { tag: 325, type: 'offset', values: counts },
    ...(bands === 1 ? [] : [{ tag: 338, type: 'short', values: each(0).slice(1) } as const]),
    { tag: 339, type: 'short', values: each(format) },
    ...(geo === undefined ? [] : geoFields(geo)),
    ...(metadata === undefined ? [] : [{ tag: 42112, type: 'ascii', values: metadata } as const]),
    ...(nodata === undefined ? [] : [{ tag: 42113, type: 'ascii', values: String(nodata).toLowerCase() } as const]),
  ];
}

/** What GDAL and the programs above it show of a band. */
function gdalMetadata(
  bands: number,
  descriptions: readonly string[] | undefined,
  scale: number | undefined,
): string | undefined {
  const items = Array.from({ length: bands }, (_, band) => [
    ...(descriptions?.[band] === undefined ? [] : [item('DESCRIPTION', band, 'description', descriptions[band])]),
    ...(scale === undefined ? [] : [item('SCALE', band, 'scale', String(scale)), item('OFFSET', band, 'offset', '0')]),
  ]).flat();
  return items.length === 0 ? undefined : `<GDALMetadata>${items.join('')}</GDALMetadata>`;
}

function item(name: string, sample: number, role: string, value: string): string {
  const text = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<Item name="${name}" sample="${sample}" role="${role}">${text}</Item>`;
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    done += (await file.write(bytes, done, bytes.byteLength - done, position + done)).bytesWritten;
  }
}
