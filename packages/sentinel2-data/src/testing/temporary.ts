import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeArrayBuffer } from 'geotiff';
import sharp from 'sharp';
import { afterAll } from 'vitest';

/** A new empty folder, removed when the tests of the file are over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lulc-data-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file and the folders above it. */
export async function put(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}

/** A GeoTIFF of interleaved values. */
export function tiffBytes(values: Uint8Array | Uint16Array | Float32Array, height: number, width: number): Uint8Array {
  const bands = values.length / (height * width);
  const file = writeArrayBuffer(values, {
    height,
    width,
    SamplesPerPixel: bands,
    BitsPerSample: Array.from({ length: bands }, () => values.BYTES_PER_ELEMENT * 8),
    SampleFormat: Array.from({ length: bands }, () => (values instanceof Float32Array ? 3 : 1)),
    ModelPixelScale: [10, 10, 0],
    ModelTiepoint: [0, 0, 0, 500000, 100000, 0],
    ProjectedCSTypeGeoKey: 32631,
    GTModelTypeGeoKey: 1,
  });
  return new Uint8Array(file);
}

/** A PNG of interleaved values (lossless, so that pixels can be compared). */
export async function pngBytes(values: Uint8Array, height: number, width: number): Promise<Uint8Array> {
  const channels = (values.length / (height * width)) as 1 | 3 | 4;
  return sharp(values, { raw: { width, height, channels } }).png().toBuffer();
}

/** Whole numbers from 1 that differ from pixel to pixel. */
export function ramp<T extends Uint8Array | Uint16Array>(
  Type: new (length: number) => T,
  length: number,
  start = 1,
): T {
  const values = new Type(length);
  for (let i = 0; i < length; i++) values[i] = 1 + ((start + i * 7) % 250);
  return values;
}

/** A TIFF of one band, packed as the cloud datasets are: LZW or deflate with horizontal differences, in strips or tiles. */
export async function packedTiff(
  values: Uint8Array | Uint16Array,
  height: number,
  width: number,
  options: { readonly compression?: 'lzw' | 'deflate'; readonly tile?: number; readonly bits?: 1 } = {},
): Promise<Uint8Array> {
  const { compression = 'lzw', tile, bits } = options;
  return sharp(values, { raw: { width, height, channels: 1 } })
    .toColourspace(values instanceof Uint16Array ? 'grey16' : 'b-w')
    .tiff({
      compression: bits === 1 ? 'none' : compression,
      predictor: bits === 1 ? 'none' : 'horizontal',
      ...(tile === undefined ? {} : { tile: true, tileWidth: tile, tileHeight: tile }),
      ...(bits === undefined ? {} : { bitdepth: bits }),
    })
    .toBuffer();
}
