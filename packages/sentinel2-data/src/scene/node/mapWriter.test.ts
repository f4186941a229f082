import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { GeoReference } from '@lulc/core';
import { GeoTIFF } from 'geotiff';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../testing/temporary.js';
import type { MapOptions, MapValues } from '../mapOptions.js';
import { createMapWriter, writeMap } from './mapWriter.js';
import { openScene } from './openScene.js';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

const [height, width] = [70, 101];
const size = [height, width] as const;

/** Values of every kind that a type has. */
function valuesOf(type: MapOptions['type'], bands: number): MapValues {
  const length = height * width * bands;
  if (type === 'uint8') return Uint8Array.from({ length }, (_, i) => (i * 37 + (i >> 6)) % 256);
  if (type === 'uint16') return Uint16Array.from({ length }, (_, i) => (i * 9973 + (i >> 4)) % 65536);
  const values = Float32Array.from({ length }, (_, i) => Math.sin(i / 50) * 10 ** ((i % 9) - 4));
  values.set([Number.NaN, -0, Number.POSITIVE_INFINITY, 1e-45]);
  return values;
}

/** The image of a file, by the library that reads GeoTIFFs. */
async function opened(file: string) {
  const bytes = await readFile(file);
  return (
    await GeoTIFF.fromSource({
      fileSize: bytes.length,
      fetchSlice: async ({ offset, length }: { offset: number; length: number }) => ({
        offset,
        length,
        data: new Uint8Array(bytes.subarray(offset, offset + length)).buffer,
      }),
      fetch: async (slices: { offset: number; length: number }[]) =>
        slices.map(({ offset, length }) => new Uint8Array(bytes.subarray(offset, offset + length)).buffer),
      close: async () => {},
    })
  ).getImage(0);
}

describe('createMapWriter', () => {
  it.each([
    ['uint8', 1],
    ['uint8', 3],
    ['uint16', 1],
    ['uint16', 4],
    ['float32', 1],
    ['float32', 2],
  ] as const)('writes %s of %d bands in strips of any height, as another library reads them', async (type, bands) => {
    const file = path.join(folder, 'maps', `${type}-${bands}.tif`);
    const data = valuesOf(type, bands);
    const map = await createMapWriter({ path: file, size, type, bands, tile: 32, nodata: 7, level: 1 });
    let top = 0;
    for (const rows of [1, 31, 33, 4, 1]) {
      const line = width * bands;
      // What it is given may be overwritten as soon as it answers.
      const strip = data.slice(top * line, (top + rows) * line);
      await map.write({ top, rows, data: strip });
      strip.fill(99);
      top += rows;
    }
    await map.close();
    const image = await opened(file);
    const read = (await image.readRasters({ interleave: true })) as unknown as MapValues;
    expect(Buffer.from(read.buffer).equals(Buffer.from(data.buffer))).toBe(true);
    expect([image.isTiled, image.getTileWidth(), image.getGDALNoData()]).toEqual([true, 32, 7]);
    expect(await image.fileDirectory.loadValue('Compression')).toBe(8);
  });

  it('is read by libtiff as well', async () => {
    for (const [type, depth] of [
      ['uint8', 'uchar'],
      ['uint16', 'ushort'],
      ['float32', 'float'],
    ] as const) {
      const file = path.join(folder, `vips-${type}.tif`);
      const data =
        type === 'float32' ? valuesOf(type, 1).map((value) => (Number.isFinite(value) ? value : 0)) : valuesOf(type, 1);
      await writeMap({ path: file, size, type, tile: 48 }, data);
      const { format, width: columns, height: rows, depth: found } = await sharp(file).metadata();
      expect([format, columns, rows, found]).toEqual(['tiff', width, height, depth]);
      const pixels = await sharp(file)
        .toColourspace(type === 'uint16' ? 'grey16' : 'b-w')
        .raw({ depth })
        .toBuffer();
      if (type === 'float32') continue;
      expect(pixels.equals(Buffer.from(data.buffer))).toBe(true);
    }
  });

  it('says where a map lies, what a band is and how it is scaled', async () => {
    const geoKeys = {
      directory: [1, 1, 0, 4, 1024, 0, 1, 1, 1025, 0, 1, 2, 1026, 34737, 7, 0, 3072, 0, 1, 32633],
      doubles: [6378137, 298.25],
      ascii: 'a map|',
    };
    const cases: [GeoReference, number[], number[]][] = [
      [{ origin: [600000, 5100000], pixelSize: [10, -10], epsg: 32632 }, [600000, 5100000, 0], [10, -10, 0]],
      [{ origin: [12.5, 47], pixelSize: [0.001, -0.002], epsg: 4326 }, [12.5, 47, 0], [0.001, -0.002, 0]],
      // Coordinates of the middle of pixels.
      [{ origin: [100, 200], pixelSize: [10, -20], epsg: 32633, geoKeys }, [105, 190, 0], [10, -20, 0]],
    ];
    for (const [geo, origin, resolution] of cases) {
      const file = path.join(folder, 'placed.tif');
      const options = { size, type: 'uint8', geo, descriptions: ['cloud <1> & "more"'], scale: 0.01 } as const;
      await writeMap({ ...options, path: file }, valuesOf('uint8', 1));
      const image = await opened(file);
      expect([image.getOrigin(), image.getResolution().map((value) => value + 0)]).toEqual([origin, resolution]);
      const keys = image.getGeoKeys();
      expect(keys?.ProjectedCSTypeGeoKey ?? keys?.GeographicTypeGeoKey).toBe(geo.epsg);
      expect(String(await image.fileDirectory.loadValue('GDAL_METADATA'))).toContain('cloud &lt;1&gt; &amp; "more"');
      expect(await image.getGDALMetadata(0)).toMatchObject({ SCALE: '0.01', OFFSET: '0' });
    }
  });

  it('says so when rows go up', async () => {
    const file = path.join(folder, 'upwards.tif');
    const geo = { origin: [1, -50], pixelSize: [5, 4], epsg: undefined } as const;
    await writeMap({ path: file, size, type: 'uint8', geo }, valuesOf('uint8', 1));
    const matrix = await (await opened(file)).fileDirectory.loadValue('ModelTransformation');
    expect(Array.from(matrix ?? [])).toEqual([5, 0, 0, 1, 0, 4, 0, -50, 0, 0, 0, 0, 0, 0, 0, 1]);
    const scene = await openScene({ path: file });
    expect(scene.geo).toEqual(geo);
    await scene.close();
  });

  it('is there only when it is complete, and leaves nothing behind', async () => {
    const place = path.join(folder, 'whole');
    const file = path.join(place, 'map.tif');
    const rows = { top: 0, rows: 40, data: new Uint8Array(40 * width) };
    const begun = async () => {
      const map = await createMapWriter({ path: file, size, type: 'uint8', tile: 16 });
      await map.write(rows);
      return map;
    };
    const given = await begun();
    expect(await readdir(place)).toEqual([expect.stringMatching(/^map\.tif\..*\.tmp$/)]);
    await given.abort();
    await given.abort();
    await expect(given.write(rows)).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect((await begun()).close()).rejects.toThrow(/40 of 70 rows/);
    for (const [wrong, code] of [
      [{ ...rows, top: 41 }, 'invalid-argument'],
      [{ ...rows, top: 40 }, 'invalid-argument'],
      [{ top: 40, rows: 30, data: new Uint8Array(29 * width) }, 'shape-mismatch'],
      [{ top: 40, rows: 30, data: new Uint16Array(30 * width) }, 'shape-mismatch'],
    ] as const) {
      await expect((await begun()).write(wrong)).rejects.toMatchObject({ code });
      expect(await readdir(place)).toEqual([]);
    }
    await writeFile(file, 'old');
    const map = await begun();
    expect(await readFile(file, 'utf8')).toBe('old');
    await map.write({ top: 40, rows: 30, data: new Uint8Array(30 * width) });
    await map.close();
    await map.abort();
    expect(await readdir(place)).toEqual(['map.tif']);
    expect((await opened(file)).getWidth()).toBe(width);
  });

  it.each([
    [{ type: 'int8' }, 'unknown-name'],
    [{ tile: 100 }, 'invalid-argument'],
    [{ level: 10 }, 'invalid-argument'],
    [{ size: [0, 5] }, 'invalid-argument'],
  ] as const)('refuses %j', async (change, code) => {
    const options = { path: path.join(folder, 'x.tif'), size, type: 'uint8', ...change } as MapOptions;
    await expect(createMapWriter(options)).rejects.toMatchObject({ code });
  });
});
