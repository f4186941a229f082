import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { put, temporaryFolder } from '../testing/temporary.js';
import { parseEnviHeader } from './enviHeader.js';
import { imageShape, readImage } from './node/readImage.js';

/** As the masks of L8 Biome have it. */
const header = `ENVI
description = {
  LC80420082013220LGN00_fixedmask.img
  made = by hand}
samples = 4
lines   = 3
bands   = 1
header offset = 0
file type = ENVI Standard
data type = 1
interleave = bsq
sensor type = Unknown
byte order = 0
map info = {UTM, 1.000, 1.000, 339885.000, 8286915.000, 3.0000000000e+001, 3.0000000000e+001, 15, North, WGS-84, units=Meters}
wavelength units = Unknown
`;

describe('the header of an ENVI file', () => {
  it('is read, values in braces and all', () => {
    expect(parseEnviHeader(header, 'a.hdr')).toEqual({
      shape: [3, 4, 1],
      type: 1,
      interleave: 'bsq',
      littleEndian: true,
      offset: 0,
      nodata: undefined,
    });
    const other =
      'ENVI\r\nLines = 2\r\nSamples=3\r\nbands = 7\r\nData  Type = 12\r\nINTERLEAVE = BIL\r\nbyte order = 1\r\nheader offset = 9\r\ndata ignore value = 0\r\n';
    expect(parseEnviHeader(other, 'a.hdr')).toEqual({
      shape: [2, 3, 7],
      type: 12,
      interleave: 'bil',
      littleEndian: false,
      offset: 9,
      nodata: 0,
    });
  });

  it.each([
    ['another kind of file', 'EHFA_HEADER_TAG', 'corrupt-file'],
    ['no size', header.replace('samples = 4', ''), 'corrupt-file'],
    ['a size of nothing', header.replace('samples = 4', 'samples = 0'), 'corrupt-file'],
    ['an absurd size', header.replace('samples = 4', 'samples = 4e12'), 'corrupt-file'],
    ['a size that is no number', header.replace('samples = 4', 'samples = four'), 'corrupt-file'],
    ['a byte order that there is not', header.replace('byte order = 0', 'byte order = 2'), 'corrupt-file'],
    ['complex numbers', header.replace('data type = 1', 'data type = 6'), 'unsupported-file'],
    ['an order that there is not', header.replace('bsq', 'bxq'), 'unsupported-file'],
  ])('is refused with %s', (_, text, code) => {
    expect(() => parseEnviHeader(text, 'a.hdr')).toThrow(expect.objectContaining({ code, where: { file: 'a.hdr' } }));
  });
});

describe('an ENVI file', () => {
  let root: string;
  beforeAll(async () => {
    root = await temporaryFolder();
  });

  const [lines, samples, bands] = [5, 4, 3];
  const value = (y: number, x: number, band: number) => 1000 * band + 100 * y + x + 1;

  /** The values in one of the orders, of one of the number types. */
  async function envi(interleave: string, type: number, order: number, offset = 0, cut = 0): Promise<string> {
    const bytes = { 1: 1, 2: 2, 4: 4, 12: 2 }[type] ?? 0;
    const buffer = new DataView(new ArrayBuffer(offset + lines * samples * bands * bytes));
    const little = order === 0;
    for (let y = 0; y < lines; y++) {
      for (let x = 0; x < samples; x++) {
        for (let band = 0; band < bands; band++) {
          const at = {
            bsq: (band * lines + y) * samples + x,
            bil: (y * bands + band) * samples + x,
            bip: (y * samples + x) * bands + band,
          }[interleave];
          const to = offset + (at ?? 0) * bytes;
          if (type === 1) buffer.setUint8(to, value(y, x, band) % 256);
          if (type === 2) buffer.setInt16(to, -value(y, x, band), little);
          if (type === 4) buffer.setFloat32(to, value(y, x, band) / 8, little);
          if (type === 12) buffer.setUint16(to, 20 * value(y, x, band), little);
        }
      }
    }
    const file = path.join(await mkdtemp(path.join(root, 'e')), 'mask.img');
    await put(file, new Uint8Array(buffer.buffer).subarray(0, buffer.byteLength - cut));
    const text = `ENVI\nsamples = ${samples}\nlines = ${lines}\nbands = ${bands}\nheader offset = ${offset}\ndata type = ${type}\ninterleave = ${interleave}\nbyte order = ${order}\n`;
    await put(file.replace('.img', '.hdr'), text);
    return file;
  }

  const scaled: Readonly<Record<number, (v: number) => number>> = {
    1: (v) => v % 256,
    2: (v) => -v,
    4: (v) => v / 8,
    12: (v) => 20 * v,
  };

  it.each(
    ['bsq', 'bil', 'bip'].flatMap((interleave) =>
      [1, 2, 4, 12].flatMap((type) => [0, 1].map((order) => [interleave, type, order] as const)),
    ),
  )('gives its values and windows of them: %s, data type %i, byte order %i', async (interleave, type, order) => {
    const file = await envi(interleave, type, order, 6);
    expect(await imageShape(file)).toEqual([lines, samples, bands]);
    const [top, left, height, width] = [2, 1, 3, 2];
    for (const [image, y0, x0] of [
      [await readImage(file), 0, 0],
      [await readImage(file, { top, left, height, width }), top, left],
    ] as const) {
      const [h, w] = image.shape;
      const expected = Array.from({ length: h * w * bands }, (_, i) =>
        scaled[type](value(y0 + Math.floor(i / bands / w), x0 + (Math.floor(i / bands) % w), i % bands)),
      );
      expect([...image.data]).toEqual(expected);
    }
  });

  it('names what is truncated, too small for a window, or has no header', async () => {
    const cut = await envi('bsq', 12, 0, 0, 1);
    await expect(readImage(cut)).rejects.toMatchObject({ code: 'corrupt-file', where: { file: cut } });
    const file = await envi('bip', 1, 0);
    await expect(readImage(file, { top: 3, left: 0, height: 3, width: 1 })).rejects.toMatchObject({
      code: 'corrupt-file',
    });
    const alone = path.join(root, 'alone.img');
    await put(alone, new Uint8Array(4));
    await expect(readImage(alone)).rejects.toMatchObject({
      code: 'missing-file',
      where: { file: path.join(root, 'alone.hdr') },
    });
    await expect(imageShape(alone)).rejects.toMatchObject({ code: 'missing-file' });
  });
});
