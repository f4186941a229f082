import { rm } from 'node:fs/promises';
import path from 'node:path';
import { isLulcError } from '@lulc/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { bandOrders } from '../../bands/bandOrders.js';
import type { FileDataset } from '../../dataset/fileDataset.js';
import { igbp10, igbp17, igbpClasses } from '../../labels/igbp.js';
import { put, ramp, temporaryFolder, tiffBytes } from '../../testing/temporary.js';
import type { OpenDatasetOptions } from '../options.js';
import { detectFormat, openDataset } from './openDataset.js';
import { writeIgbpFractions } from './sen12ms.js';

const size = 10;
const imageSize = [size, size] as const;

/** Simulated land cover: so many pixels of each IGBP class out of 100, in the first of four channels. */
function landCover(counts: Readonly<Record<number, number>>): Uint16Array {
  const codes = Object.entries(counts).flatMap(([code, count]) => Array.from({ length: count }, () => Number(code)));
  const values = new Uint16Array(size * size * 4).fill(99);
  codes.forEach((code, i) => {
    values[4 * i] = code;
  });
  return values;
}

/** Writes a simulated triplet in the layout of SEN12MS. */
async function triplet(
  root: string,
  season: string,
  scene: number,
  patch: number,
  cover: Uint16Array,
): Promise<string> {
  const file = (kind: string) =>
    path.join(root, season, `${kind}_${scene}`, `${season}_${kind}_${scene}_p${patch}.tif`);
  const radar = Float32Array.from({ length: size * size * 2 }, (_, i) => (i % 2 ? -3 : 1) * (1 + (i % 20)));
  await put(file('s2'), tiffBytes(ramp(Uint16Array, size * size * 13, patch), size, size));
  await put(file('s1'), tiffBytes(radar, size, size));
  await put(file('lc'), tiffBytes(cover, size, size));
  return `${season}_s2_${scene}_p${patch}`;
}

const ids = (dataset: FileDataset) => Array.from({ length: dataset.length }, (_, i) => dataset.meta(i).id);
const names = (dataset: FileDataset, index: number) => dataset.label(index).map((c) => dataset.info.classes[c]);

describe('the IGBP scheme', () => {
  it('is simplified as the specification says', () => {
    const expected: Record<string, number[]> = {
      Forest: [1, 2, 3, 4, 5],
      Shrubland: [6, 7],
      Savanna: [8, 9],
      Grassland: [10],
      Wetlands: [11],
      Croplands: [12, 14],
      'Urban/Built-up': [13],
      'Snow/Ice': [15],
      Barren: [16],
      Water: [17],
    };
    for (const [name, codes] of Object.entries(expected)) {
      expect(igbpClasses.filter(({ simplified }) => simplified === name).map(({ code }) => code)).toEqual(codes);
    }
    expect([igbp10.classes, igbp17.classes.length]).toEqual([Object.keys(expected), 17]);
  });
});

describe('SEN12MS', () => {
  let root: string;
  const patches: string[] = [];
  const covers = [
    landCover({ 1: 6, 3: 4, 17: 9, 12: 41, 14: 40 }),
    landCover({ 17: 55, 6: 45 }),
    landCover({ 0: 80, 13: 18, 99: 0, 16: 2 }),
    landCover({ 10: 100 }),
  ];
  const open = (options: Partial<OpenDatasetOptions> = {}) => openDataset({ path: root, imageSize, ...options });

  beforeAll(async () => {
    root = await temporaryFolder();
    for (const [i, cover] of covers.entries()) {
      patches.push(await triplet(root, 'ROIs1158_spring', 1 + (i >> 1), 30 + i, cover));
    }
    patches.push(await triplet(root, 'ROIs2017_winter', 7, 2, covers[3]));
  });

  it('is detected and read: ten bands of the thirteen, in the order of its statistics', async () => {
    expect(await detectFormat(root)).toBe('sen12ms');
    const dataset = await open();
    expect(ids(dataset)).toEqual(patches);
    expect(dataset.info).toMatchObject({
      name: 'sen12ms',
      task: 'multi-label',
      classes: igbp10.classes,
      bands: ['B02', 'B03', 'B04', 'B05', 'B06', 'B07', 'B08', 'B8A', 'B11', 'B12'],
      imageSize,
      groundSamplingDistance: 10,
    });
    // spec 7, by the toolbox
    expect(dataset.info.scaling?.mean).toEqual([
      1226.4215, 1137.3799, 1139.6792, 1350.9973, 1932.9058, 2211.1584, 2154.9846, 2409.1128, 2001.8622, 1356.0801,
    ]);
    const { image, meta } = await dataset.get(1);
    const stored = ramp(Uint16Array, size * size * 13, 31);
    const wanted = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12];
    expect([...image.data]).toEqual(
      Array.from({ length: size * size }, (_, pixel) => wanted.map((channel) => stored[pixel * 13 + channel])).flat(),
    );
    expect(meta).toMatchObject({ group: 'ROIs1158_spring_1', season: 'spring' });
  });

  it('has every class with a tenth of the pixels that have one, or as much as is asked for', async () => {
    const dataset = await open();
    expect(patches.map((_, i) => names(dataset, i))).toEqual([
      ['Forest', 'Croplands'],
      ['Shrubland', 'Water'],
      ['Urban/Built-up', 'Barren'],
      ['Grassland'],
      ['Grassland'],
    ]);
    const half = await open({ sen12ms: { threshold: 0.5 } });
    expect([0, 1].map((i) => names(half, i))).toEqual([['Croplands'], ['Water']]);
    const igbp = await open({ sen12ms: { scheme: 'igbp' } });
    expect(names(igbp, 0)).toEqual(['Croplands', 'Cropland/Natural Vegetation Mosaics']);
    const single = await open({ sen12ms: { task: 'single-label' } });
    expect(single.info.task).toBe('single-label');
    expect(patches.map((_, i) => names(single, i)[0])).toEqual([
      'Croplands',
      'Water',
      'Urban/Built-up',
      'Grassland',
      'Grassland',
    ]);
  });

  it('reads the radar beside it, limited to -25 to 0 dB', async () => {
    const dataset = await open({ bands: ['VH', 'B04', 'VV', 'b2'] });
    expect(dataset.info.bands).toEqual(['VH', 'B04', 'VV', 'B02']);
    const { data } = (await dataset.get(0)).image;
    for (let pixel = 0; pixel < size * size; pixel++) {
      const at = (channel: number) => -3 * (1 + ((2 * pixel + channel) % 20));
      expect(data[4 * pixel]).toBe(Math.max(-25, at(1)));
      expect(data[4 * pixel + 2]).toBe(0);
    }
    expect((await open({ bands: bandOrders['bigearthnet-mm'] })).info.scaling?.std.at(-1)).toBe(4.3586307);
  });

  it('is opened from a table of fractions, once it is written', async () => {
    const copy = await temporaryFolder();
    for (const [i, cover] of covers.entries()) await triplet(copy, 'ROIs1868_summer', 1, i, cover);
    const before = await openDataset({ path: copy, imageSize });
    const progress: number[] = [];
    expect(await writeIgbpFractions(copy, (done) => progress.push(done))).toBe(4);
    expect(progress).toEqual([1, 2, 3, 4]);
    await rm(path.join(copy, 'ROIs1868_summer', 'lc_1'), { recursive: true });
    const after = await openDataset({ path: copy, imageSize });
    expect(ids(before).map((_, i) => after.label(i))).toEqual(ids(before).map((_, i) => before.label(i)));
    const table = path.join(copy, 'igbp_fractions.csv');
    for (const [text, code] of [
      ['patch,1,2\nx,0,0\n', 'corrupt-file'],
      [`patch,${igbpClasses.map(({ code: igbp }) => igbp)}\nx,${'2,'.repeat(17)}`.slice(0, -1), 'corrupt-file'],
    ]) {
      await put(table, text);
      await expect(openDataset({ path: copy, imageSize })).rejects.toMatchObject({ code });
    }
    await expect(writeIgbpFractions(copy)).rejects.toMatchObject({ code: 'missing-file' });
    await expect(writeIgbpFractions(await temporaryFolder())).rejects.toMatchObject({ code: 'unsupported-file' });
  });

  describe('its parts', () => {
    let copy: string;
    const all: string[] = [];
    const part = (split: string, options: Partial<OpenDatasetOptions> = {}) =>
      openDataset({ path: copy, imageSize, split, ...options }).then(ids);
    beforeAll(async () => {
      copy = await temporaryFolder();
      for (let scene = 0; scene < 10; scene++) {
        for (const patch of [1, 2]) all.push(await triplet(copy, 'ROIs1970_fall', scene, patch, covers[3]));
      }
    });

    it('are whole scenes where there is no list', async () => {
      const parts = await Promise.all(['train', 'val', 'test'].map((split) => part(split)));
      expect(parts.flat().sort()).toEqual([...all].sort());
      expect(parts.map(({ length }) => length)).toEqual([14, 4, 2]);
      const scenes = parts.map((members) => [...new Set(members.map((id) => id.slice(0, -3)))]);
      expect(new Set(scenes.flat()).size).toBe(scenes.flat().length);
    });

    it('are those of the official lists; validation is drawn from training, by scenes', async () => {
      const [training, testing] = [all.slice(0, 16), all.slice(16)];
      const write = (name: string, members: readonly string[]) =>
        put(path.join(copy, `${name}_list.txt`), members.map((id) => `${id}.tif\r\n`).join(''));
      await write('test', testing);
      expect([...(await part('trainval'))].sort()).toEqual(training);
      await write('train', training);
      expect(await part('test')).toEqual(testing);
      expect(await part('trainval')).toEqual(training);
      const [train, val] = [await part('train'), await part('validation')];
      expect([...train, ...val].sort()).toEqual([...training].sort());
      expect(new Set(val.map((id) => id.slice(0, -3))).size).toBe(val.length / 2);
      expect(await part('val', { splitFractions: { train: 0.7, val: 0.15, test: 0, seed: 5 } })).not.toEqual(val);
      await write('val', training.slice(3, 5));
      expect(await part('val')).toEqual(training.slice(3, 5));
      expect(await part('train')).toEqual([...training.slice(0, 3), ...training.slice(5)]);
      await expect(part('dev')).rejects.toMatchObject({ code: 'unknown-name', message: /trainval/ });
    });

    it('cannot name anything but patches', async () => {
      await put(path.join(copy, 'test_list.txt'), '../../../etc/passwd\n');
      await expect(part('test')).rejects.toMatchObject({ code: 'corrupt-file' });
    });
  });

  it('says which file is broken, or leaves it out', async () => {
    const copy = await temporaryFolder();
    const good = await triplet(copy, 'ROIs1158_spring', 1, 1, covers[3]);
    await triplet(copy, 'ROIs1158_spring', 1, 2, new Uint16Array(size * size * 4));
    await triplet(copy, 'ROIs1158_spring', 1, 3, covers[3]);
    await triplet(copy, 'ROIs1158_spring', 1, 4, covers[3]);
    const radar = path.join(copy, 'ROIs1158_spring', 's1_1', 'ROIs1158_spring_s1_1_p4.tif');
    await put(radar, tiffBytes(new Float32Array(size * size * 2).fill(Number.NaN), size, size));
    // the one triplet of the real set that holds values which are no numbers
    await triplet(copy, 'ROIs1868_summer', 146, 202, covers[3]);
    const error = await openDataset({ path: copy, imageSize }).catch((caught) => caught);
    expect(isLulcError(error) && [error.code, error.where.file]).toEqual([
      'nodata',
      expect.stringContaining('lc_1_p2'),
    ]);
    await rm(path.join(copy, 'ROIs1158_spring', 'lc_1', 'ROIs1158_spring_lc_1_p3.tif'));
    const bands = bandOrders['bigearthnet-mm'];
    const rest = await openDataset({ path: copy, imageSize, bands, onBroken: 'skip' });
    expect(ids(rest)).toEqual([good]);
    expect(rest.report.skipped.map(({ code }) => code).sort()).toEqual(['missing-file', 'nodata', 'nodata']);
    await expect(openDataset({ path: copy, bands: ['B13'] })).rejects.toMatchObject({ code: 'unknown-name' });
    await expect(openDataset({ path: copy, sen12ms: { threshold: 0 } })).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    await rm(path.join(copy, 'ROIs1158_spring', 's2_1', 'ROIs1158_spring_s2_1_p2.tif'));
    await rm(path.join(copy, 'ROIs1158_spring', 's2_1', 'ROIs1158_spring_s2_1_p3.tif'));
    const strict = await openDataset({ path: copy });
    await expect(strict.get(0)).rejects.toMatchObject({ code: 'corrupt-file', message: /256 x 256/ });
  });
});
