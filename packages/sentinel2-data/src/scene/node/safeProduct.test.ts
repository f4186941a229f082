import { readFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { granuleXml, productXml, safeSize, safeValue, writeSafe } from '../../testing/safeProduct.js';
import { put, temporaryFolder, tiffBytes } from '../../testing/temporary.js';
import { openScene } from './openScene.js';

const fixtures = fileURLToPath(new URL('../../jpeg2000/fixtures/', import.meta.url));
const geo = { origin: [600000, 5100000], pixelSize: [10, -10], epsg: 32632 };
const window = { top: 40, left: 55, rows: 20, columns: 30 };
/** What the image of a product has in a window, a number added. */
const expected = (offset: number) =>
  Uint16Array.from({ length: 600 }, (_, i) => safeValue(55 + (i % 30), 40 + Math.floor(i / 30)) + offset);

let folder: string;
let safe: string;
let granule: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  safe = path.join(folder, 'S2A_MSIL1C_20230604T101559_N0509_R065_T32TQM_20230604T140000.SAFE');
  granule = path.join(safe, 'GRANULE', 'L1C_T32TQM_A041525_20230604T101559');
  await writeSafe(safe, { bands: ['B02', 'B8A', 'B12'], offset: -1000 });
});

const read = async (place: string, options: { bands?: readonly string[]; radiometricOffset?: 'keep' } = {}) => {
  const scene = await openScene({ path: place, ...options });
  const { image, valid } = await scene.read(window);
  await scene.close();
  return { ...scene, data: image.data, valid };
};

describe('openScene of a Sentinel-2 product', () => {
  it('takes the folder, its metadata file, a granule and a folder of images', async () => {
    for (const place of [
      safe,
      path.join(safe, 'MTD_MSIL1C.xml'),
      path.dirname(granule),
      granule,
      `${granule}/IMG_DATA`,
    ]) {
      const scene = await read(place, { bands: ['B8A'] });
      expect([scene.size, scene.bands, scene.geo]).toEqual([safeSize, ['B8A'], geo]);
      expect(scene.product).toMatchObject({ level: 'Level-1C', quantification: 10000, applied: true });
      expect(scene.data).toEqual(expected(-1000));
    }
    expect((await read(safe)).bands).toEqual(['B02', 'B8A', 'B12']);
  });

  it('leaves values as they are stored when asked to, and those of before the offset', async () => {
    const kept = await read(safe, { bands: ['B02'], radiometricOffset: 'keep' });
    expect([kept.data, kept.product?.applied, kept.product?.offsets.B02]).toEqual([expected(0), false, -1000]);
    const old = path.join(folder, 'old.SAFE');
    await writeSafe(old, { bands: ['B02'] });
    expect((await read(old)).data).toEqual(expected(0));
  });

  it('keeps no data apart from dark measurements', async () => {
    const place = path.join(folder, 'dark.SAFE');
    const values = Uint16Array.from({ length: 111 * 150 }, (_, i) => (i % 150 < 60 ? 0 : 1 + (i % 150)));
    await writeSafe(place, { bands: [], offset: -1000 });
    await put(
      path.join(place, 'GRANULE/L1C_T32TQM_A041525_20230604T101559/IMG_DATA/T_B03.tif'),
      tiffBytes(values, 111, 150),
    );
    const { data, valid } = await read(place);
    expect([...data.subarray(0, 8)]).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
    expect([...valid.subarray(0, 8)]).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
  });

  it('takes the finest image of each band of Level-2A, on the finest grid', async () => {
    const place = path.join(folder, 'l2a.SAFE');
    const images = path.join(place, 'GRANULE/L2A_T32TQM_A041525_20230604T101559/IMG_DATA');
    const fine = readFileSync(path.join(fixtures, 'uint16.j2k'));
    const coarse = tiffBytes(new Uint16Array(56 * 75).fill(3000), 56, 75);
    await put(path.join(place, 'MTD_MSIL2A.xml'), productXml('2A', -1000));
    await put(path.join(images, '../MTD_TL.xml'), granuleXml);
    await put(path.join(images, 'R10m/T32TQM_20230604T101559_B02_10m.jp2'), fine);
    await put(path.join(images, 'R10m/T32TQM_20230604T101559_TCI_10m.jp2'), fine);
    await put(path.join(images, 'R20m/T32TQM_20230604T101559_B02_20m.tif'), coarse);
    await put(path.join(images, 'R20m/T32TQM_20230604T101559_B11_20m.tif'), coarse);
    await put(path.join(images, 'R20m/T32TQM_20230604T101559_SCL_20m.jp2'), Uint8Array.of(1));
    const all = await read(place);
    expect([all.bands, all.size, all.product?.level]).toEqual([['B02', 'B11'], safeSize, 'Level-2A']);
    expect(all.data.filter((_, i) => i % 2 === 0)).toEqual(expected(-1000));
    expect(new Set(all.data.filter((_, i) => i % 2 === 1))).toEqual(new Set([2000]));
    const twenty = await openScene({ path: path.join(images, 'R20m') });
    expect([twenty.size, twenty.geo]).toEqual([[56, 75], { ...geo, pixelSize: [20, -20] }]);
    await twenty.close();
  });

  it('knows the long names of products before December 2016, and asks which granule', async () => {
    const place = path.join(folder, 'S2A_OPER_PRD_MSIL1C_PDMC_20160101T000000.SAFE');
    const name = (tile: string) => `S2A_OPER_MSI_L1C_TL_SGS__20160101T101559_A002752_${tile}`;
    const fine = readFileSync(path.join(fixtures, 'uint16.j2k'));
    await put(path.join(place, 'S2A_OPER_MTD_SAFL1C_PDMC_20160101T000000.xml'), productXml('1C', undefined));
    for (const tile of ['T32TQM', 'T32TQN']) {
      const own = path.join(place, 'GRANULE', `${name(tile)}_N02.01`);
      await put(path.join(own, 'IMG_DATA', `${name(tile)}_B02.jp2`), fine);
      await put(path.join(own, `S2A_OPER_MTD_L1C_TL_SGS__20160101T101559_A002752_${tile}.xml`), granuleXml);
    }
    await expect(openScene({ path: place })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('2 granules'),
      hint: expect.stringContaining(`${name('T32TQM')}_N02.01`),
    });
    const one = await read(path.join(place, 'GRANULE', `${name('T32TQN')}_N02.01`));
    expect([one.bands, one.geo, one.data]).toEqual([['B02'], geo, expected(0)]);
  });

  it('says what is missing or broken', async () => {
    const bare = path.join(folder, 'bare.SAFE');
    await writeSafe(bare, { bands: ['B02'], offset: -1000 });
    await rm(path.join(bare, 'MTD_MSIL1C.xml'));
    await expect(openScene({ path: bare })).rejects.toMatchObject({
      code: 'missing-file',
      hint: expect.stringContaining("radiometricOffset: 'keep'"),
    });
    const { data, product } = await read(bare, { radiometricOffset: 'keep' });
    expect([data, product]).toEqual([expected(0), undefined]);
    const alone = path.join(folder, 'L1C_T32TQM');
    await cp(path.join(bare, 'GRANULE/L1C_T32TQM_A041525_20230604T101559'), alone, { recursive: true });
    await expect(openScene({ path: alone })).rejects.toMatchObject({ code: 'missing-file', where: { file: alone } });
    const kept = await read(alone, { radiometricOffset: 'keep' });
    expect([kept.data, kept.geo]).toEqual([expected(0), geo]);
    const file = path.join(bare, 'MTD_MSIL1C.xml');
    await put(file, '<a>');
    await expect(openScene({ path: bare })).rejects.toMatchObject({ code: 'corrupt-file', where: { file } });
    await expect(openScene({ path: safe, bands: ['B05'] })).rejects.toMatchObject({ code: 'unknown-name' });
    await expect(openScene({ path: safe, radiometricOffset: 'add' as 'apply' })).rejects.toMatchObject({
      code: 'unknown-name',
    });
    const empty = path.join(folder, 'empty.SAFE');
    await writeSafe(empty, { bands: [] });
    await expect(openScene({ path: empty })).rejects.toMatchObject({ code: 'missing-file' });
  });

  it('decodes in threads as in the calling one, errors, too', async () => {
    const scene = await openScene({ path: safe, workers: 2, cacheBytes: 1 });
    for (let i = 0; i < 3; i++) {
      const { image } = await scene.read(window);
      expect(image.data.filter((_, k) => k % 3 === 1)).toEqual(expected(-1000));
    }
    await scene.close();
    const place = path.join(folder, 'damaged.SAFE');
    const bytes = new Uint8Array(readFileSync(path.join(fixtures, 'uint16.j2k')));
    // behind the header of the first tile-part
    const data = Buffer.from(bytes).indexOf(Buffer.of(0xff, 0x93));
    bytes.fill(0xff, data + 2, data + 200);
    await writeSafe(place, { bands: ['B02'], offset: -1000, image: bytes });
    const damaged = await openScene({ path: place, workers: 1 });
    await expect(damaged.read({ top: 0, left: 0, rows: 1, columns: 1 })).rejects.toMatchObject({
      code: 'corrupt-file',
      where: { file: expect.stringContaining('B02.jp2') },
    });
    expect((await damaged.read({ top: 100, left: 140, rows: 1, columns: 1 })).image.data[0]).toBe(
      safeValue(140, 100) - 1000,
    );
    await damaged.close();
  });

  it('reads a folder of images outside of a product as they are stored', async () => {
    const place = path.join(folder, 'flat');
    await put(path.join(place, 'T32TQM_20230604T101559_B02.jp2'), readFileSync(path.join(fixtures, 'boxed.jp2')));
    const scene = await read(place);
    expect([scene.bands, scene.product, scene.geo, scene.data]).toEqual([['B02'], undefined, undefined, expected(0)]);
  });
});
