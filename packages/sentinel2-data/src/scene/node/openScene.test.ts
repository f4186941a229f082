import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { random } from '@lulc/core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { readImage } from '../../raster/node/readImage.js';
import { readStack } from '../../raster/node/readStack.js';
import { pngBytes, put, temporaryFolder, tiffBytes } from '../../testing/temporary.js';
import type { OpenSceneOptions } from '../options.js';
import { writeMap } from './mapWriter.js';
import { openScene } from './openScene.js';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

const [height, width] = [110, 143];
const draw = random(11);
const values = Uint16Array.from({ length: height * width * 4 }, (_, i) =>
  i < width * 40 * 4 ? 0 : 1 + draw.integer(9000),
);
const windows = [
  { top: 0, left: 0, rows: height, columns: width },
  { top: 37, left: 61, rows: 70, columns: 64 },
  { top: 109, left: 142, rows: 1, columns: 1 },
  { top: 64, left: 96, rows: 32, columns: 32 },
];

/** Whether two arrays have the same type and values; quick, other than a matcher. */
function same(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const [left, right] = [a, b].map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));
  return a.constructor === b.constructor && left.equals(right);
}

/** A part of interleaved values. */
function part<T extends Uint8Array | Uint16Array>(
  data: T,
  bands: number,
  { top, left, rows, columns }: (typeof windows)[0],
): T {
  const lines = Array.from({ length: rows }, (_, y) => {
    const from = ((top + y) * width + left) * bands;
    return [...data.subarray(from, from + columns * bands)];
  });
  return new (data.constructor as new (list: number[]) => T)(lines.flat());
}

async function stored(name: string, bytes: Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await put(file, bytes);
  return file;
}

describe('openScene', () => {
  it('gives windows of a tiled file, of one in a piece, of strips, of a PNG', async () => {
    const map = path.join(folder, 'tiles.tif');
    await writeMap({ path: map, size: [height, width], type: 'uint16', bands: 4, tile: 32 }, values);
    for (const file of [map, await stored('piece.tif', tiffBytes(values, height, width))]) {
      const scene = await openScene({ path: file });
      expect([scene.size, scene.bands]).toEqual([
        [height, width],
        ['band1', 'band2', 'band3', 'band4'],
      ]);
      for (const window of windows) {
        const { image, valid } = await scene.read(window);
        expect([image.shape, same(image.data, part(values, 4, window))]).toEqual([
          [window.rows, window.columns, 4],
          true,
        ]);
        const expected = valid.map((_, i) => (window.top + Math.floor(i / window.columns) < 40 ? 0 : 1));
        expect(same(valid, expected)).toBe(true);
      }
      await scene.close();
      await scene.close();
    }
    const colours = Uint8Array.from({ length: height * width * 3 }, () => draw.integer(256));
    const picture = sharp(colours, { raw: { width, height, channels: 3 } });
    for (const [name, bytes] of [
      ['lzw.tif', await picture.clone().tiff({ compression: 'lzw', predictor: 'horizontal' }).toBuffer()],
      [
        'raw.tif',
        await picture.clone().tiff({ compression: 'none', tile: true, tileWidth: 64, tileHeight: 48 }).toBuffer(),
      ],
      ['packbits.tif', await picture.clone().tiff({ compression: 'packbits' }).toBuffer()],
      ['picture.png', await pngBytes(colours, height, width)],
    ] as const) {
      const scene = await openScene({ path: await stored(name, bytes), nodata: 'none' });
      for (const window of windows) {
        const { image, valid } = await scene.read(window);
        expect([name, same(image.data, part(colours, 3, window))]).toEqual([name, true]);
        expect(valid.includes(0)).toBe(false);
      }
      await scene.close();
    }
  });

  it('chooses bands by name', async () => {
    const file = await stored('order.tif', tiffBytes(values, height, width));
    const scene = await openScene({ path: file, storedBands: 'rgbn', bands: ['B08', 'B04'] });
    const { image } = await scene.read(windows[1]);
    const whole = part(values, 4, windows[1]);
    expect([scene.bands, image.shape[2]]).toEqual([['B08', 'B04'], 2]);
    expect([...image.data]).toEqual([...whole].flatMap((_, i) => (i % 4 === 0 ? [whole[i + 3], whole[i]] : [])));
    await scene.close();
  });

  it('puts a file per band together, coarser ones on the finest grid as a whole stack is', async () => {
    const fine = Uint16Array.from({ length: 120 * 90 }, () => 1 + draw.integer(5000));
    const coarse = Uint16Array.from({ length: 60 * 45 }, () => 1 + draw.integer(5000));
    const place = path.join(folder, 'granule');
    await put(path.join(place, 'T32TQM_20230604_B02_10m.tif'), tiffBytes(fine, 120, 90));
    await put(path.join(place, 'T32TQM_20230604_B02_20m.tif'), tiffBytes(coarse, 60, 45));
    await put(path.join(place, 'T32TQM_20230604_B11_20m.tif'), tiffBytes(coarse, 60, 45));
    await put(path.join(place, 'preview.tif'), tiffBytes(coarse, 60, 45));
    for (const resample of ['bilinear', 'bicubic', 'nearest'] as const) {
      const scene = await openScene({ path: place, resample });
      expect([scene.bands, scene.size]).toEqual([
        ['B02', 'B11'],
        [120, 90],
      ]);
      const whole = await readStack(
        [path.join(place, 'T32TQM_20230604_B02_10m.tif'), path.join(place, 'T32TQM_20230604_B11_20m.tif')],
        { bands: ['B02', 'B11'], channels: [[0], [0]], resample, nodata: undefined },
      );
      const { image } = await scene.read({ top: 31, left: 17, rows: 40, columns: 50 });
      expect(image.data).toBeInstanceOf(Uint16Array);
      for (let y = 0; y < 40; y++) {
        const from = ((31 + y) * 90 + 17) * 2;
        expect(image.data.subarray(y * 100, (y + 1) * 100)).toEqual(whole.data.subarray(from, from + 100));
      }
      await scene.close();
    }
    const named = await openScene({ paths: { blue: path.join(place, 'T32TQM_20230604_B02_10m.tif') } });
    expect(named.bands).toEqual(['blue']);
    await named.close();
  });

  it("goes by a file's own nodata value", async () => {
    const file = path.join(folder, 'own.tif');
    await writeMap({ path: file, size: [1, 3], type: 'uint8', nodata: 9 }, Uint8Array.of(0, 9, 1));
    const scene = await openScene({ path: file });
    expect([...(await scene.read({ top: 0, left: 0, rows: 1, columns: 3 })).valid]).toEqual([1, 0, 1]);
    await scene.close();
  });

  it('reads the same without room to keep blocks', async () => {
    const file = path.join(folder, 'cached.tif');
    await writeMap({ path: file, size: [height, width], type: 'uint16', bands: 4, tile: 32 }, values);
    const scene = await openScene({ path: file, cacheBytes: 1 });
    for (const window of windows) {
      const parts = await Promise.all([scene.read(window), scene.read(window)]);
      for (const { image } of parts) expect(same(image.data, part(values, 4, window))).toBe(true);
    }
    await scene.close();
  });

  it('refuses what it cannot read, naming it', async () => {
    const file = await stored('one.tif', tiffBytes(values, height, width));
    const jp2 = await stored('tile/B02.jp2', Uint8Array.of(0, 0, 0, 12));
    const cut = await stored('cut.tif', tiffBytes(values, height, width).subarray(0, 5000));
    for (const [options, code, message] of [
      [{ path: path.join(folder, 'nowhere.tif') }, 'missing-file', /nowhere/],
      [{ path: cut }, 'corrupt-file', /cut\.tif/],
      [{ path: jp2 }, 'unsupported-file', /B02\.jp2/],
      [{ path: file, storedBands: 'rgb' }, 'invalid-argument', /3 channels of 4/],
      [{ path: file, storedBands: 'rgbn', bands: ['B05'] }, 'unknown-name', /B05/],
      [{ paths: { B02: file }, bands: ['B03'] }, 'unknown-name', /B03/],
      [{}, 'invalid-argument', /either one path/],
      [{ path: file, workers: -1 }, 'invalid-argument', /workers/],
      [null, 'invalid-argument', /options must be an object/],
      [{ path: 5 }, 'invalid-argument', /path must be a text/],
      [{ paths: ['B02.tif'] }, 'invalid-argument', /paths must be an object/],
      [{ paths: { B02: 5 } }, 'invalid-argument', /paths\.B02 must be a text/],
      [{ path: file, bands: 3 }, 'invalid-argument', /bands/],
      [{ path: file, cacheBytes: '1' }, 'invalid-argument', /cacheBytes/],
      [{ path: file, nodata: 'nothing' }, 'unknown-name', /nodata/],
      [{ path: file, resample: 'cubic' }, 'unknown-name', /resample/],
    ] as const) {
      await expect(openScene(options as OpenSceneOptions)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    }
    const scene = await openScene({ path: file });
    await expect(scene.read({ top: 0, left: 140, rows: 1, columns: 4 })).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    await scene.close();
  });

  it('finds a damaged block when it is read, and reads the others', async () => {
    const file = path.join(folder, 'damaged.tif');
    await writeMap({ path: file, size: [64, 64], type: 'uint8', tile: 32 }, new Uint8Array(4096).fill(5));
    const bytes = new Uint8Array(await readFile(file));
    bytes.fill(0xaa, 16, 40);
    const scene = await openScene({ path: await stored('damaged.tif', bytes) });
    await expect(scene.read({ top: 0, left: 0, rows: 1, columns: 1 })).rejects.toMatchObject({
      code: 'corrupt-file',
      where: { file },
    });
    const { image } = await scene.read({ top: 40, left: 40, rows: 1, columns: 1 });
    expect([...image.data]).toEqual([5]);
    await scene.close();
  });

  it('keeps where a scene lies from file to file', async () => {
    const file = await stored('placed.tif', tiffBytes(values, height, width));
    const scene = await openScene({ path: file });
    expect(scene.geo).toMatchObject({ origin: [500000, 100000], pixelSize: [10, -10], epsg: 32631 });
    const copy = path.join(folder, 'copy.tif');
    await writeMap({ path: copy, size: [height, width], type: 'uint16', bands: 4, geo: scene.geo }, values);
    const again = await openScene({ path: copy });
    expect(again.geo).toEqual(scene.geo);
    expect(same((await readImage(copy)).data, values)).toBe(true);
    await Promise.all([scene.close(), again.close()]);
  });
});
