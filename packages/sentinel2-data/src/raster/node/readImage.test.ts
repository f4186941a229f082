import path from 'node:path';
import { isLulcError, random } from '@lulc/core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { pngBytes, put, ramp, temporaryFolder, tiffBytes } from '../../testing/temporary.js';
import type { PixelWindow } from '../pixelWindow.js';
import { imageShape, readImage } from './readImage.js';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

async function stored(name: string, bytes: Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await put(file, bytes);
  return file;
}

/** What reading a file ends with: `read`, or the code of a proper error that names it. */
async function outcome(name: string, bytes: Uint8Array, window?: PixelWindow): Promise<string> {
  const file = await stored(name, bytes);
  try {
    await readImage(file, window);
    return 'read';
  } catch (error) {
    if (!isLulcError(error)) throw error;
    expect(error.where.file).toBe(file);
    return error.code;
  }
}

/** Changes the value of a field of the first directory of a big-endian TIFF with one value. */
function withField(bytes: Uint8Array, tag: number, change: (entry: DataView) => void): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const directory = view.getUint32(4);
  for (let i = 0; i < view.getUint16(directory); i++) {
    const at = directory + 2 + 12 * i;
    if (view.getUint16(at) === tag) change(new DataView(copy.buffer, at, 12));
  }
  return copy;
}

describe('reading an image file', () => {
  it.each([
    ['8 bit', ramp(Uint8Array, 6 * 5 * 3)],
    ['16 bit', Uint16Array.from({ length: 6 * 5 * 3 }, (_, i) => i * 700)],
    ['32 bit floating', Float32Array.from({ length: 6 * 5 * 3 }, (_, i) => i / 7 - 3)],
  ])('gives the values of a GeoTIFF in their own type: %s', async (name, values) => {
    const image = await readImage(await stored(`${name}.tif`, tiffBytes(values, 6, 5)));
    expect(image.shape).toEqual([6, 5, 3]);
    expect(image.data).toEqual(values);
  });

  it('gives the values of PNGs of 8 and 16 bit, of one and three channels', async () => {
    const colour = ramp(Uint8Array, 4 * 3 * 3);
    const image = await readImage(await stored('colour.png', await pngBytes(colour, 4, 3)));
    expect([image.shape, image.data]).toEqual([[4, 3, 3], colour]);
    const wide = Uint16Array.from({ length: 12 }, (_, i) => 5000 * i + 3);
    const grey = await sharp(wide, { raw: { width: 3, height: 4, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const read = await readImage(await stored('wide.png', grey));
    expect([read.shape, read.data]).toEqual([[4, 3, 1], wide]);
  });

  it('gives one channel of grey images, in its own values', async () => {
    const grey = ramp(Uint8Array, 4 * 3);
    const png = await sharp(grey, { raw: { width: 3, height: 4, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    const read = await readImage(await stored('grey.png', png));
    expect([read.shape, read.data]).toEqual([[4, 3, 1], grey]);
  });

  it('refuses big-endian differences, which would be read wrongly', async () => {
    // The field for the planar configuration becomes one for a predictor; the former is 1 by default.
    const toPredictor = (entry: DataView) => {
      entry.setUint16(0, 317);
      entry.setUint16(8, 2);
    };
    const wide = withField(tiffBytes(ramp(Uint16Array, 8 * 8), 8, 8), 284, toPredictor);
    expect(await outcome('big-endian.tif', wide)).toBe('unsupported-file');
    const narrow = withField(tiffBytes(ramp(Uint8Array, 8 * 8), 8, 8), 284, toPredictor);
    expect(await outcome('bytes.tif', narrow)).toBe('read');
  });

  it('goes by the content of a file, not by its name', async () => {
    const image = await readImage(await stored('really-a-tiff.jpg', tiffBytes(ramp(Uint8Array, 12), 3, 4)));
    expect(image.shape).toEqual([3, 4, 1]);
  });

  it('names the file that is missing, empty, a folder, or something else', async () => {
    await expect(readImage(path.join(folder, 'nowhere.tif'))).rejects.toMatchObject({ code: 'missing-file' });
    await expect(readImage(folder)).rejects.toMatchObject({ code: 'unsupported-file' });
    expect(await outcome('empty.tif', new Uint8Array())).toBe('corrupt-file');
    expect(await outcome('text.tif', new TextEncoder().encode('not an image'))).toBe('unsupported-file');
  });

  it('refuses every truncation of a GeoTIFF', async () => {
    const whole = tiffBytes(ramp(Uint16Array, 8 * 8), 8, 8);
    for (let length = 1; length < whole.length; length += 13) {
      expect([length, await outcome('cut.tif', whole.subarray(0, length))]).toEqual([
        length,
        expect.stringMatching(/corrupt-file|unsupported-file/),
      ]);
    }
  });

  it('refuses truncated JPEGs and PNGs', async () => {
    const noise = random(1);
    const pixels = Uint8Array.from({ length: 64 * 64 * 3 }, () => noise.integer(256));
    const image = sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } });
    for (const bytes of [await image.jpeg().toBuffer(), await image.png().toBuffer()]) {
      expect(await outcome('whole', bytes)).toBe('read');
      expect(await outcome('cut', bytes.subarray(0, bytes.length >> 1))).toBe('corrupt-file');
      expect(await outcome('stub', bytes.subarray(0, 12))).toBe('corrupt-file');
    }
  });

  it('refuses absurd sizes and counts before it takes memory for them', async () => {
    const whole = tiffBytes(ramp(Uint16Array, 8 * 8), 8, 8);
    const huge: [string, number, (entry: DataView) => void][] = [
      ['width', 256, (entry) => entry.setUint16(8, 65535)],
      ['height', 257, (entry) => entry.setUint16(8, 65535)],
      ['samples', 277, (entry) => entry.setUint16(8, 65535)],
      ['strip offset', 273, (entry) => entry.setUint32(8, 0xfffffff0)],
      ['strip bytes', 279, (entry) => entry.setUint32(8, 0x7fffffff)],
      ['number of strips', 273, (entry) => entry.setUint32(4, 0x3fffffff)],
      ['number of scales', 33550, (entry) => entry.setUint32(4, 0x1fffffff)],
    ];
    for (const [name, tag, change] of huge) {
      expect([name, await outcome('huge.tif', withField(whole, tag, change))]).toEqual([name, 'corrupt-file']);
    }
  });

  it('reads or refuses, but never fails otherwise, whatever byte is changed', async () => {
    const whole = tiffBytes(ramp(Uint8Array, 4 * 4), 4, 4);
    const draw = random(7);
    for (let i = 0; i < 400; i++) {
      const changed = whole.slice();
      changed[draw.integer(320)] = draw.integer(256);
      expect(await outcome('changed.tif', changed)).toMatch(/^(read|corrupt-file|unsupported-file)$/);
    }
  });

  it('says the size of every kind without decoding it', async () => {
    const colour = await pngBytes(ramp(Uint8Array, 4 * 3 * 3), 4, 3);
    const cases: [string, Uint8Array][] = [
      ['size.tif', tiffBytes(ramp(Uint16Array, 6 * 5 * 4), 6, 5)],
      ['size.png', colour],
      ['size.jpg', await sharp(colour).jpeg().toBuffer()],
      ['grey.jpg', await sharp(colour).toColourspace('b-w').jpeg().toBuffer()],
      ['palette.png', await sharp(colour).png({ palette: true }).toBuffer()],
    ];
    for (const [name, bytes] of cases) {
      const file = await stored(name, bytes);
      expect([name, await imageShape(file)]).toEqual([name, (await readImage(file)).shape]);
    }
    await expect(imageShape(path.join(folder, 'nowhere.tif'))).rejects.toMatchObject({ code: 'missing-file' });
  });
});

describe('reading a window of an image file', () => {
  const [height, width] = [50, 40];
  const pixels = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 31 + (i >> 8)) % 256);
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  const tiled = { tile: true, tileWidth: 16, tileHeight: 16, compression: 'deflate' } as const;

  it('gives the part of the whole, from strips, tiles and a PNG', async () => {
    for (const [name, bytes] of [
      ['strips.tif', await image.clone().tiff({ compression: 'lzw' }).toBuffer()],
      ['tiles.tif', await image.clone().tiff(tiled).toBuffer()],
      ['one.tif', tiffBytes(pixels, height, width)],
      ['whole.png', await image.clone().png().toBuffer()],
    ] as const) {
      const part = await readImage(await stored(name, bytes), { top: 13, left: 7, height: 21, width: 30 });
      const rows = Array.from({ length: 21 }, (_, y) => [
        ...pixels.subarray(((13 + y) * width + 7) * 3, ((13 + y) * width + 37) * 3),
      ]);
      expect([name, part.shape, [...part.data]]).toEqual([name, [21, 30, 3], rows.flat()]);
    }
  });

  it('reads no block of a GeoTIFF that the window does not touch', async () => {
    const bytes = new Uint8Array(await image.clone().tiff(tiled).toBuffer());
    const file = await stored('damaged.tif', bytes);
    const { top, left } = { top: 0, left: 0 };
    const first = await readImage(file, { top, left, height: 16, width: 16 });
    // the last tile's data lie last; the directory may follow them
    const directory = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
    const offsets = tileOffsets(bytes, directory);
    bytes.fill(0xaa, Math.max(...offsets), Math.max(...offsets) + 40);
    const damaged = await stored('damaged.tif', bytes);
    expect(await readImage(damaged, { top, left, height: 16, width: 16 })).toEqual(first);
    await expect(readImage(damaged)).rejects.toMatchObject({ code: 'corrupt-file', where: { file: damaged } });
  });

  it('refuses a window that does not lie within the image', async () => {
    for (const [name, bytes] of [
      ['in.tif', tiffBytes(pixels, height, width)],
      ['in.png', await image.clone().png().toBuffer()],
    ] as const) {
      const file = await stored(name, bytes);
      await expect(readImage(file, { top: 40, left: 0, height: 11, width: 5 })).rejects.toMatchObject({
        code: 'corrupt-file',
        where: { file, top: 40 },
      });
    }
  });

  it('reads or refuses, but never fails otherwise, whatever byte is changed and wherever the file is cut', async () => {
    const whole = tiffBytes(ramp(Uint8Array, 8 * 8), 8, 8);
    const draw = random(11);
    const window = { top: 2, left: 3, height: 4, width: 4 };
    for (let i = 0; i < 300; i++) {
      const changed = i % 2 === 0 ? whole.slice() : whole.slice(0, draw.integer(whole.length));
      if (changed.length > 0) changed[draw.integer(Math.min(changed.length, 330))] = draw.integer(256);
      expect(await outcome('changed.tif', changed, window)).toMatch(/^(read|corrupt-file|unsupported-file)$/);
    }
  });
});

/** Where the tiles of a little-endian TIFF start. */
function tileOffsets(bytes: Uint8Array, directory: number): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let i = 0; i < view.getUint16(directory, true); i++) {
    const at = directory + 2 + 12 * i;
    if (view.getUint16(at, true) !== 324) continue;
    const start = view.getUint32(at + 8, true);
    return Array.from({ length: view.getUint32(at + 4, true) }, (_, k) => view.getUint32(start + 4 * k, true));
  }
  return [];
}
