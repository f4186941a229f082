import path from 'node:path';
import { isLulcError, random } from '@lulc/core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { pngBytes, put, ramp, temporaryFolder, tiffBytes } from '../../testing/temporary.js';
import { readImage } from './readImage.js';

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
async function outcome(name: string, bytes: Uint8Array): Promise<string> {
  const file = await stored(name, bytes);
  try {
    await readImage(file);
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
});
