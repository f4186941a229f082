import { rm } from 'node:fs/promises';
import path from 'node:path';
import { isLulcError } from '@lulc/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { euroSat10 } from '../../labels/euroSat.js';
import { pngBytes, put, ramp, temporaryFolder, tiffBytes } from '../../testing/temporary.js';
import { detectFormat, openDataset } from './openDataset.js';

/** What opening or reading ends with. */
async function failure(
  work: Promise<unknown>,
): Promise<{ code: string; where: Record<string, unknown>; message: string }> {
  try {
    await work;
  } catch (error) {
    if (isLulcError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('BigEarthNet 1.0', () => {
  let root: string;
  const names = ['S2A_MSIL2A_20170613T101031_0_0', 'S2A_MSIL2A_20170613T101031_0_1', 'S2B_MSIL2A_20171221T112501_7_7'];
  const sizes: Record<string, number> = { B01: 20, B02: 120, B05: 60 };

  beforeAll(async () => {
    root = await temporaryFolder();
    const labels = [['Rice fields', 'Airports'], ['Sea and ocean', 'Peatbogs'], ['Continuous urban fabric']];
    for (const [i, name] of names.entries()) {
      const folder = path.join(root, 'BigEarthNet-v1.0', name);
      await put(
        path.join(folder, `${name}_labels_metadata.json`),
        JSON.stringify({ labels: labels[i], acquisition_date: '2017-06-13 10:10:31' }),
      );
      for (const [band, size] of Object.entries(sizes)) {
        await put(path.join(folder, `${name}_${band}.tif`), tiffBytes(ramp(Uint16Array, size * size, i), size, size));
      }
    }
    await put(path.join(root, 'train.csv'), `${names[0]},S1A_x\n${names[2]},S1A_y\n`);
  });

  it('is detected and read, 20 m and 60 m bands on the 10 m grid', async () => {
    expect(await detectFormat(root)).toBe('bigearthnet-v1');
    const dataset = await openDataset({ path: root, bands: ['b5', 'B02', 'B01'], resample: 'nearest' });
    expect(dataset.length).toBe(3);
    expect(dataset.info).toMatchObject({ bands: ['B05', 'B02', 'B01'], imageSize: [120, 120], simulated: false });
    const { image, label, meta } = await dataset.get(1);
    expect(image.shape).toEqual([120, 120, 3]);
    expect(label.map((c) => dataset.info.classes[c])).toEqual(['Inland wetlands', 'Marine waters']);
    expect(meta).toMatchObject({ id: names[1], group: 'S2A_MSIL2A_20170613T101031' });
    const [fine, medium, coarse] = [120, 60, 20].map((size) => ramp(Uint16Array, size * size, 1));
    for (const [y, x] of [
      [0, 0],
      [7, 118],
      [119, 3],
    ]) {
      const at = (size: number) => Math.floor((y * size) / 120) * size + Math.floor((x * size) / 120);
      const pixel = image.data.subarray((y * 120 + x) * 3, (y * 120 + x) * 3 + 3);
      expect([...pixel]).toEqual([medium[at(60)], fine[at(120)], coarse[at(20)]]);
    }
  });

  it('has 43 classes too', async () => {
    const dataset = await openDataset({ path: root, bands: ['B02'], nomenclature: 43 });
    expect(dataset.label(0).map((c) => dataset.info.classes[c])).toEqual(['Airports', 'Rice fields']);
  });

  it('is split by its lists, else by acquisition', async () => {
    const train = await openDataset({ path: root, bands: ['B02'], split: 'train' });
    expect([0, 1].map((i) => train.meta(i).id)).toEqual([names[0], names[2]]);
    const parts = await Promise.all(
      ['val', 'test'].map((split) => openDataset({ path: root, bands: ['B02'], split }).catch(() => undefined)),
    );
    const scenes = parts.map((part) => part && new Set([...Array(part.length).keys()].map((i) => part.meta(i).group)));
    expect([...(scenes[0] ?? [])].filter((scene) => scenes[1]?.has(scene))).toEqual([]);
  });

  it('names what is broken, or skips and counts it', async () => {
    const copy = await temporaryFolder();
    const folder = (name: string) => path.join(copy, name);
    const write = async (name: string, labels: string, band: Uint8Array | undefined) => {
      await put(path.join(folder(name), `${name}_labels_metadata.json`), labels);
      if (band) await put(path.join(folder(name), `${name}_B02.tif`), band);
    };
    const good = tiffBytes(ramp(Uint16Array, 14400), 120, 120);
    const json = '{"labels":["Pastures"]}';
    const cases: [name: string, labels: string, band: Uint8Array | undefined, code: string][] = [
      ['S2A_MSIL2A_20170613T101031_1_0', json, good, 'none'],
      ['S2A_MSIL2A_20170613T101031_1_1', '{"labels":["Pasturs"]}', good, 'unknown-name'],
      ['S2A_MSIL2A_20170613T101031_1_2', '{"labels":', good, 'corrupt-file'],
      ['S2A_MSIL2A_20170613T101031_1_3', '{"labels":[3]}', good, 'corrupt-file'],
      ['S2A_MSIL2A_20170613T101031_1_4', json, undefined, 'missing-file'],
      ['S2A_MSIL2A_20170613T101031_1_5', json, good.subarray(0, 9000), 'corrupt-file'],
      ['S2A_MSIL2A_20170613T101031_1_6', json, tiffBytes(ramp(Uint16Array, 100), 10, 10), 'corrupt-file'],
      ['S2A_MSIL2A_20170613T101031_1_7', json, tiffBytes(new Uint16Array(14400), 120, 120), 'nodata'],
      ['S2A_MSIL2A_20170613T101031_1_8', json, good, 'none'],
    ];
    for (const [name, labels, band] of cases) await write(name, labels, band);
    const options = { path: copy, bands: ['B02'] } as const;

    const unknown = await failure(openDataset(options));
    expect(unknown.where.file).toContain(cases[1][0]);
    expect(unknown.message).toContain("Did you mean 'Pastures'");

    const dataset = await openDataset({ ...options, onBroken: 'skip' });
    expect([0, 1].map((i) => dataset.meta(i).id)).toEqual([cases[0][0], cases[8][0]]);
    expect(dataset.length).toBe(2);
    expect(dataset.report.found).toBe(9);
    const expected = cases.filter(([, , , code]) => code !== 'none');
    expect(dataset.report.skipped.map(({ id, code }) => [id, code])).toEqual(
      expected.map(([id, , , code]) => [id, code]),
    );
    for (const { id, message } of dataset.report.skipped) expect(message).toContain(id);

    for (const index of [1, 2, 3]) await rm(folder(cases[index][0]), { recursive: true });
    const lenient = await openDataset(options);
    for (const [i, code] of ['missing-file', 'corrupt-file', 'corrupt-file', 'nodata'].entries()) {
      const error = await failure(lenient.get(i + 1));
      expect([error.code, String(error.where.file)]).toEqual([code, expect.stringContaining(cases[i + 4][0])]);
    }
    const excluded = await openDataset({ ...options, exclude: dataset.report.skipped.map(({ id }) => id) });
    expect(excluded.length).toBe(2);
  });

  it('refuses lists that lead out of the folder or hold nothing', async () => {
    await put(path.join(root, 'val.csv'), '../../etc/passwd\n');
    expect((await failure(openDataset({ path: root, split: 'val' }))).code).toBe('corrupt-file');
    await put(path.join(root, 'val.csv'), '');
    expect((await failure(openDataset({ path: root, split: 'val' }))).code).toBe('corrupt-file');
    await rm(path.join(root, 'val.csv'));
  });

  it('knows no other bands and formats', async () => {
    expect((await failure(openDataset({ path: root, bands: ['B10'] }))).code).toBe('unknown-name');
    expect((await failure(openDataset({ path: root, format: 'bigearthnet' as 'folder' }))).message).toMatch(
      /Did you mean/,
    );
    expect((await failure(openDataset({ path: path.join(root, 'nowhere') }))).code).toBe('missing-file');
    expect((await failure(detectFormat(await temporaryFolder()))).code).toBe('unsupported-file');
  });
});

describe('EuroSAT', () => {
  const write = async (root: string, perClass: number) => {
    for (const [c, name] of euroSat10.classes.entries()) {
      for (let i = 1; i <= perClass; i++) {
        await put(path.join(root, name, `${name}_${i}.jpg`), await pngBytes(ramp(Uint8Array, 64 * 64 * 3, c), 64, 64));
      }
    }
  };

  it('is parted by class when it has no split, without overlap', async () => {
    const root = await temporaryFolder();
    await write(root, 7);
    expect(await detectFormat(root)).toBe('eurosat-rgb');
    const parts = await Promise.all(['train', 'val', 'test'].map((split) => openDataset({ path: root, split })));
    expect(parts.map(({ length }) => length)).toEqual([49, 11, 10]);
    const ids = parts.flatMap((part) => [...Array(part.length).keys()].map((i) => part.meta(i).id));
    expect(new Set(ids).size).toBe(70);
    const { image, label } = await parts[0].get(0);
    expect([image.shape, label.length]).toEqual([[64, 64, 3], 1]);
    expect(parts[0].info).toMatchObject({ task: 'single-label', bands: ['B04', 'B03', 'B02'] });
    const swapped = await openDataset({ path: root, bands: ['B02', 'B04'] });
    const [own, other] = [(await swapped.get(0)).image, (await (await openDataset({ path: root })).get(0)).image];
    expect([own.data[0], own.data[1]]).toEqual([other.data[2], other.data[0]]);
  });

  it('takes its split from a table or from lists', async () => {
    const root = await temporaryFolder();
    await write(root, 1);
    await put(path.join(root, 'eurosat-train.txt'), 'Forest_1.jpg\nRiver_1.jpg\n');
    const listed = await openDataset({ path: root, split: 'train' });
    expect(listed.label(1)).toEqual([8]);
    await put(
      path.join(root, 'labels.csv'),
      'path,label,class,split\nForest/Forest_1.jpg,1,Forest,train\nRiver/River_1.jpg,8,River,val\n',
    );
    expect((await openDataset({ path: root })).length).toBe(2);
    expect((await openDataset({ path: root, split: 'validation' })).meta(0).id).toBe('River/River_1.jpg');
    await put(path.join(root, 'labels.csv'), 'path,label,class,split\n../secret.jpg,1,Forest,train\n');
    expect((await failure(openDataset({ path: root }))).message).toContain('outside of the dataset');
    await put(path.join(root, 'labels.csv'), 'path,label,class,split\n');
    expect((await failure(openDataset({ path: root }))).code).toBe('corrupt-file');
  });

  it('is read with all 13 bands, in its own order', async () => {
    const root = await temporaryFolder();
    const values = ramp(Uint16Array, 64 * 64 * 13);
    await put(path.join(root, 'Forest', 'Forest_1.tif'), tiffBytes(values, 64, 64));
    expect(await detectFormat(root)).toBe('eurosat-ms');
    const all = await (await openDataset({ path: root })).get(0);
    expect(all.image.data).toEqual(values);
    const some = await (await openDataset({ path: root, bands: ['B8A', 'B01'] })).get(0);
    expect([...some.image.data.subarray(0, 4)]).toEqual([values[12], values[0], values[25], values[13]]);
  });
});

describe('class folders of any kind', () => {
  it('are read with their own names, and must be of one size unless said otherwise', async () => {
    const root = await temporaryFolder();
    await put(path.join(root, 'field', 'a.png'), await pngBytes(ramp(Uint8Array, 48), 4, 4));
    await put(path.join(root, 'wood', 'b.png'), await pngBytes(ramp(Uint8Array, 75), 5, 5));
    expect(await detectFormat(root)).toBe('folder');
    const strict = await openDataset({ path: root });
    expect(strict.info).toMatchObject({
      classes: ['field', 'wood'],
      bands: ['band1', 'band2', 'band3'],
      imageSize: [4, 4],
    });
    expect((await failure(strict.get(1))).code).toBe('corrupt-file');
    const any = await openDataset({ path: root, imageSize: 'any', storedBands: 'rgb', bands: ['B02'] });
    expect((await any.get(1)).image.shape).toEqual([5, 5, 1]);
    expect(any.info.imageSize).toBeUndefined();
    expect((await failure(openDataset({ path: root, storedBands: ['x'] }))).code).toBe('invalid-argument');
  });
});

describe('a table of images', () => {
  let root: string;
  beforeAll(async () => {
    root = await temporaryFolder();
    for (let i = 0; i < 6; i++) {
      await put(path.join(root, 'images', `t${i}.tif`), tiffBytes(ramp(Uint8Array, 4 * 4 * 4, i), 4, 4));
    }
    const rows = ['0,a,train,1,0', '1,a,train,0,0', '2,b,val,1,1', '3,c,test,0,1', '4,c,test,1,1', '5,c,test,1,0'];
    await put(
      path.join(root, 'tiles.csv'),
      `tile,group,split,water,forest\n${rows.map((row) => `t${row}`).join('\n')}\n`,
    );
  });

  it('is understood by itself: paths, flags per class, split and groups', async () => {
    expect(await detectFormat(root)).toBe('table');
    const test = await openDataset({ path: root, split: 'test', storedBands: 'rgbn' });
    expect(test.info).toMatchObject({ task: 'multi-label', classes: ['water', 'forest'], imageSize: [4, 4] });
    expect([0, 1, 2].map((i) => test.label(i))).toEqual([[1], [0, 1], [0]]);
    expect(test.meta(0)).toMatchObject({ id: 't3', group: 'c' });
    expect((await test.get(0)).image.data).toEqual(ramp(Uint8Array, 64, 3));
    expect((await openDataset({ path: root, split: 'train' })).label(1)).toEqual([]);
  });

  it('is read as its options say', async () => {
    const dataset = await openDataset({
      path: root,
      storedBands: 'rgbn',
      bands: ['B08'],
      table: {
        file: 'tiles.csv',
        pathColumn: 'tile',
        pathPattern: 'images/{}.tif',
        labels: ['forest'],
        classes: ['Forest'],
        ignore: { tile: ['t0', 't5'] },
      },
    });
    expect([dataset.length, dataset.label(1), dataset.info.classes]).toEqual([4, [0], ['Forest']]);
    const single = await openDataset({ path: root, table: { labels: 'group' } });
    expect(single.info).toMatchObject({ task: 'single-label', classes: ['a', 'b', 'c'] });
  });

  it('without a split of its own is parted by group', async () => {
    const table = { splitColumn: 'group' };
    expect((await openDataset({ path: root, split: 'b', table })).length).toBe(1);
    const other = await temporaryFolder();
    for (let i = 0; i < 20; i++) await put(path.join(other, `${i}.tif`), tiffBytes(ramp(Uint8Array, 4), 2, 2));
    const rows = Array.from({ length: 20 }, (_, i) => `${i}.tif,g${i % 5},${i % 2 ? 'x' : 'y'}`);
    await put(path.join(other, 'all.csv'), `path,group,label\n${rows.join('\n')}\n`);
    const splitFractions = { train: 0.6, val: 0.2, test: 0.2, seed: 4 };
    const parts = await Promise.all(
      ['train', 'val', 'test'].map((split) => openDataset({ path: other, split, splitFractions })),
    );
    expect(parts.map(({ length }) => length)).toEqual([12, 4, 4]);
    const groups = parts.map((part) => [...new Set([...Array(part.length).keys()].map((i) => part.meta(i).group))]);
    expect(new Set(groups.flat()).size).toBe(groups.flat().length);
  });

  it('names the column, the row or the file that is wrong', async () => {
    const write = async (text: string) => {
      const folder = await temporaryFolder();
      await put(path.join(folder, 'x.csv'), text);
      await put(path.join(folder, 'a.tif'), tiffBytes(ramp(Uint8Array, 4), 2, 2));
      return folder;
    };
    const open = async (text: string, table = {}) =>
      failure(openDataset({ path: await write(text), format: 'table', table }));
    expect((await open('')).code).toBe('corrupt-file');
    expect((await open('path,label\n')).code).toBe('corrupt-file');
    expect((await open('path,label\na.tif\n')).code).toBe('corrupt-file');
    expect((await open('path,path\na,b\n')).message).toContain("two columns named 'path'");
    expect((await open('path,label\n../../x.tif,a\n')).message).toContain('outside of the dataset');
    expect((await open('path,label\n/etc/passwd,a\n')).message).toContain('outside of the dataset');
    expect((await open('path,label\nb.tif,a\n')).code).toBe('missing-file');
    expect((await open('name,label\na.tif,a\n')).message).toContain('table.pathColumn');
    expect((await open('path,size\na.tif,9\n')).message).toContain('table.labels');
    expect((await open('path,label\na.tif,a\n', { labels: 'lable' })).code).toBe('unknown-name');
    expect((await open('path,water\na.tif,2\n', { labels: ['water'] })).message).toContain('neither 0 nor 1');
    expect((await open('path,label,split\na.tif,a,train\n', { labels: 'label', classes: ['b'] })).code).toBe(
      'unknown-name',
    );
    const folder = await write('path,label,split\na.tif,a,train\n');
    expect((await failure(openDataset({ path: folder, split: 'dev' }))).message).toContain('There are train');
  });
});
