import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isLulcError, random } from '@lulc/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { blockCache } from '../../scene/node/blockCache.js';
import type { BlockValues } from '../../scene/node/blockRaster.js';
import { openRaster } from '../../scene/node/rasterFile.js';
import { put, temporaryFolder, tiffBytes } from '../../testing/temporary.js';
import { tileDecoder } from './tileDecoder.js';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
/** What the script that made the files says of them. */
const about: Readonly<Record<string, { bits: number; channels: number; error: number }>> = JSON.parse(
  readFileSync(path.join(fixtures, 'files.json'), 'utf8'),
).files;
const bytesOf = (name: string) => new Uint8Array(readFileSync(path.join(fixtures, name)));
const [height, width] = [111, 150];

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

/** The formula of fixtures/make.py. */
function truth(bits: number, channel: number, x: number, y: number): number {
  const full = 1000 + 400 * channel + 12 * x + 7 * y + Math.floor((x * y) / 32) + ((x * 31 + y * 17) % 4);
  return bits > 8 ? full : Math.floor(full / 32) % 256;
}

const open = (file: string, cacheBytes = 2 ** 26) =>
  openRaster(file, blockCache<BlockValues>(cacheBytes), tileDecoder(0));
const whole = { top: 0, left: 0, height, width };

/** Largest difference between a window and the formula. */
function error(
  data: ArrayLike<number>,
  { bits, channels }: { bits: number; channels: number },
  { top, left, height: rows, width: columns }: typeof whole,
): number {
  let largest = data.length === rows * columns * channels ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    const expected = truth(bits, i % channels, left + (pixel % columns), top + Math.floor(pixel / columns));
    largest = Math.max(largest, Math.abs(data[i] - expected));
  }
  return largest;
}

/** A box of JP2: its length, its type, what it holds. */
function box(type: string, ...content: readonly Uint8Array[]): Buffer {
  const all = Buffer.concat([Buffer.alloc(4), Buffer.from(type), ...content]);
  all.writeUInt32BE(all.length, 0);
  return all;
}

const jp2 = (...boxes: readonly Uint8Array[]): Buffer =>
  Buffer.concat([box('jP  ', Buffer.from('\r\n\x87\n', 'latin1')), ...boxes]);

const files = Object.entries(about).map(
  ([name, file]) => [name === 'boxed' ? 'boxed.jp2' : `${name}.j2k`, file] as const,
);

describe('JPEG 2000', () => {
  it.each(files)('%s has the pixels that it was made of, whole and in windows', async (name, file) => {
    const raster = await open(path.join(fixtures, name));
    expect(raster.shape).toEqual([height, width, file.channels]);
    for (const window of [
      whole,
      { top: 46, left: 60, height: 3, width: 3 },
      { top: 37, left: 8, height: 70, width: 131 },
      { top: 110, left: 149, height: 1, width: 1 },
    ]) {
      const { data } = await raster.read(window);
      expect(data).toBeInstanceOf(file.bits > 8 ? Uint16Array : Uint8Array);
      expect(error(data, file, window)).toBeLessThanOrEqual(file.error);
    }
    await raster.close();
  });

  it('decodes the tiles that a window touches, and no others', async () => {
    const bytes = bytesOf('uint16.j2k');
    // behind the last tile-part's header: nothing there can be decoded
    const last = Buffer.from(bytes).lastIndexOf(Buffer.of(0xff, 0x90, 0, 10));
    bytes.fill(0xff, last + 14, bytes.length - 2);
    const file = path.join(folder, 'one-broken.j2k');
    await put(file, bytes);
    const raster = await open(file);
    const window = { top: 0, left: 0, height, width: 122 };
    expect(error((await raster.read(window)).data, about.uint16, window)).toBe(0);
    await raster.close();
  });

  it('keeps no more memory than asked, whatever it has decoded', async () => {
    const raster = await open(path.join(fixtures, 'uint16.j2k'), 1);
    for (let i = 0; i < 3; i++) expect(error((await raster.read(whole)).data, about.uint16, whole)).toBe(0);
    await raster.close();
  });

  it('finds codestream and place among boxes', async () => {
    const place = { origin: [500000, 100000], pixelSize: [10, -10], epsg: 32631 };
    const geoJp2 = box(
      'uuid',
      Buffer.from('b14bf8bd083d4b43a5ae8cd7d5a6ce03', 'hex'),
      tiffBytes(Uint8Array.of(0), 1, 1),
    );
    const text = Buffer.from(
      '<gml:RectifiedGrid><gml:origin><gml:Point srsName="EPSG:32631"><gml:pos>500005 99995</gml:pos></gml:Point></gml:origin>' +
        '<gml:offsetVector>10 0</gml:offsetVector><gml:offsetVector>0 -10</gml:offsetVector></gml:RectifiedGrid>',
    );
    const label = (name: string) => box('lbl ', Buffer.from(name));
    const gml = box('asoc', label('gml.data'), box('asoc', label('gml.root-instance'), box('xml ', text)));
    const image = bytesOf('uint16.j2k');
    const long = Buffer.concat([box('jp2c', new Uint8Array(8), image)]);
    long.writeUInt32BE(1, 0);
    long.writeBigUInt64BE(BigInt(image.length + 16), 8);
    const open0 = box('jp2c', image);
    open0.writeUInt32BE(0, 0);
    for (const [boxes, geo] of [
      [[gml, long], place],
      [[long, geoJp2], place],
      [[geoJp2, open0], place],
      // a place that cannot be read does not keep anyone from the pixels
      [[box('uuid', geoJp2.subarray(8, 40)), gml, long], place],
      [[box('asoc', box('xml ', Buffer.from('<a>'))), box('xml ', text), long], undefined],
    ] as const) {
      const file = path.join(folder, 'boxes.jp2');
      await put(file, jp2(...boxes));
      const raster = await open(file);
      if (geo === undefined) expect(raster.geo).toBeUndefined();
      else expect(raster.geo).toMatchObject(geo);
      expect(error((await raster.read(whole)).data, about.uint16, whole)).toBe(0);
      await raster.close();
    }
  });

  it.each([
    ['subsampled components', 'unsupported-file', /subsampled/, (view: DataView) => view.setUint8(43, 2)],
    ['values of 17 bits', 'unsupported-file', /17 bits/, (view: DataView) => view.setUint8(42, 16)],
    ['signed bytes', 'unsupported-file', /signed/, (view: DataView) => view.setUint8(42, 0x87)],
    ['two components', 'corrupt-file', /broken header/, (view: DataView) => view.setUint16(40, 2)],
    ['an image without pixels', 'corrupt-file', /absurd size/, (view: DataView) => view.setUint32(8, 0)],
    ['tiles of nothing', 'corrupt-file', /absurd size/, (view: DataView) => view.setUint32(24, 0)],
    ['tiles that begin too late', 'corrupt-file', /tiles/, (view: DataView) => view.setUint32(32, 1)],
    ['billions of tiles', 'corrupt-file', /tiles/, (view: DataView) => view.setUint32(8, 0xffffffff)],
    [
      'a tile of gigabytes',
      'unsupported-file',
      /decoded at once/,
      (view: DataView) => {
        for (const at of [8, 12, 24, 28]) view.setUint32(at, 0x7fffffff);
      },
    ],
  ] as const)('refuses %s', async (_, code, message, change) => {
    const bytes = bytesOf('uint16.j2k');
    change(new DataView(bytes.buffer));
    const file = path.join(folder, 'refused.j2k');
    await put(file, bytes);
    await expect(open(file)).rejects.toMatchObject({ code, where: { file }, message: expect.stringMatching(message) });
  });

  it('refuses palettes, and packets and code blocks beyond what a tile can hold', async () => {
    const file = path.join(folder, 'refused.jp2');
    const refusal = async (bytes: Uint8Array) => {
      await put(file, bytes);
      const raster = await open(file);
      return raster
        .read({ ...whole, height: 1 })
        .catch((error) => error)
        .finally(() => raster.close());
    };
    await put(file, jp2(box('jp2h', box('pclr', new Uint8Array(4))), box('jp2c', bytesOf('uint16.j2k'))));
    await expect(open(file)).rejects.toMatchObject({ code: 'unsupported-file', where: { file } });
    // the number of layers
    const bytes = bytesOf('precincts.j2k');
    const style = Buffer.from(bytes).indexOf(Buffer.of(0xff, 0x52));
    bytes.fill(255, style + 6, style + 8);
    expect(await refusal(bytes)).toMatchObject({ code: 'corrupt-file', message: expect.stringContaining('packets') });
    // one tile of 11,000 pixels squared in code blocks of 4 x 4
    const blocks = bytesOf('untiled.j2k');
    for (const at of [8, 12, 24, 28]) new DataView(blocks.buffer).setUint32(at, 11_000);
    const coding = Buffer.from(blocks).indexOf(Buffer.of(0xff, 0x52));
    blocks.fill(0, coding + 10, coding + 12);
    expect(await refusal(blocks)).toMatchObject({
      code: 'unsupported-file',
      message: expect.stringContaining('code blocks'),
    });
  });

  it('reads damaged files or says what is wrong, in little time', async () => {
    const draw = random(5);
    let read = 0;
    let refused = 0;
    const attempt = async (bytes: Uint8Array) => {
      const file = path.join(folder, 'damaged.jp2');
      await put(file, bytes);
      try {
        const raster = await open(file);
        try {
          const [rows, columns] = raster.shape;
          await raster.read({ top: 0, left: 0, height: Math.min(rows, 300), width: Math.min(columns, 300) });
        } finally {
          await raster.close();
        }
        read++;
      } catch (failure) {
        const known = isLulcError(failure) && ['corrupt-file', 'unsupported-file'].includes(failure.code);
        if (!known || failure.where.file !== file) throw failure;
        refused++;
      }
    };
    for (const name of ['precincts.j2k', 'offset.j2k', 'boxed.jp2', 'colours.j2k']) {
      const sound = bytesOf(name);
      for (let i = 0; i < 12; i++) {
        await attempt(sound.subarray(0, 12 + draw.integer(sound.length - 12)));
        const flipped = sound.slice();
        for (let k = 0; k < 3; k++) flipped[draw.integer(i < 8 ? 200 : sound.length)] = draw.integer(256);
        await attempt(flipped);
      }
      const noise = sound.slice();
      for (let k = name.endsWith('2k') ? 4 : 12; k < noise.length; k++) noise[k] = draw.integer(256);
      await attempt(noise);
    }
    expect(refused).toBeGreaterThan(40);
    expect(read).toBeGreaterThan(0);
    // and the decoder is none the worse for it
    const raster = await open(path.join(fixtures, 'uint16.j2k'));
    expect(error((await raster.read(whole)).data, about.uint16, whole)).toBe(0);
    await raster.close();
  });
});
