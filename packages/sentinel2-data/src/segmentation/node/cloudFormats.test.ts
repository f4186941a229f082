import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SegmentationFileDataset } from '../../dataset/fileDataset.js';
import { createSegmentationLoader } from '../../loader/node/createSegmentationLoader.js';
import { packedTiff, put, temporaryFolder, tiffBytes } from '../../testing/temporary.js';
import { readSceneMask } from './landsatPatches.js';
import { detectSegmentationFormat, openSegmentation } from './openSegmentation.js';

const ids = (dataset: SegmentationFileDataset) => Array.from({ length: dataset.length }, (_, i) => dataset.meta(i).id);
const groupsOf = (dataset: SegmentationFileDataset) =>
  new Set(Array.from({ length: dataset.length }, (_, i) => dataset.meta(i).group));

const size = 8;
const pixels = size * size;
const filled = (value: number) => new Uint16Array(pixels).fill(value);
const wide = (value: number) => packedTiff(filled(value), size, size);

describe('On Cloud N', () => {
  const bands = ['B02', 'B03', 'B04', 'B08'];
  const label = Uint8Array.from({ length: pixels }, (_, i) => (i === 0 ? 255 : i % 2));

  /** A part with chips of some locations; the bands of chip `n` hold 1000n + 2, + 3, + 4, + 8. */
  async function chips(
    folder: string,
    part: 'train' | 'test',
    locations: readonly string[],
    labels = true,
  ): Promise<void> {
    const table = ['chip_id,location,datetime,cloudpath'];
    for (const [n, location] of locations.entries()) {
      const id = `${part === 'train' ? 'a' : 'z'}dw${String.fromCharCode(97 + n)}`;
      for (const band of bands) {
        const file = path.join(folder, `${part}_features`, id, `${band}.tif`);
        const packed = { compression: n % 2 === 0 ? 'deflate' : 'lzw' } as const;
        await put(file, await packedTiff(filled(60000 - 1000 * n + Number(band.slice(1))), size, size, packed));
      }
      if (labels) await put(path.join(folder, `${part}_labels`, `${id}.tif`), await packedTiff(label, size, size));
      table.push(`${id},${location},2020-04-29T08:20:47Z,az://./${part}_features/${id}`);
    }
    await put(path.join(folder, `${part}_metadata.csv`), `${table.join('\n')}\n`);
  }

  it('is read in the layout of the challenge, its values in 16 bit and its labels with 255 left out', async () => {
    const root = await temporaryFolder();
    await chips(root, 'train', ['Chifunfu', 'Launceston']);
    expect(await detectSegmentationFormat(root)).toBe('on-cloud-n');
    const dataset = await openSegmentation({ path: root });
    expect(dataset.info).toMatchObject({
      bands,
      classes: ['clear', 'cloud'],
      imageSize: [size, size],
      groundSamplingDistance: 10,
    });
    expect(dataset.meta(1)).toEqual({
      id: 'adwb',
      split: undefined,
      group: 'Launceston',
      datetime: '2020-04-29T08:20:47Z',
    });
    const { image, mask } = await dataset.get(1);
    expect(image.data).toBeInstanceOf(Uint16Array);
    expect([...image.data.subarray(0, 4)]).toEqual([59002, 59003, 59004, 59008]);
    expect([...mask.data.subarray(0, 4)]).toEqual([255, 1, 0, 1]);
    const other = await openSegmentation({ path: root, bands: 'rgbn' });
    expect([...(await other.get(0)).image.data.subarray(0, 4)]).toEqual([60004, 60003, 60002, 60008]);
  });

  it('is read in the public layout, where the test set has labels', async () => {
    const root = await temporaryFolder();
    await chips(path.join(root, 'train'), 'train', ['a', 'a', 'b', 'c']);
    await chips(path.join(root, 'test'), 'test', ['d']);
    expect(await detectSegmentationFormat(root)).toBe('on-cloud-n');
    const [all, test, train, val] = await Promise.all(
      ['all', 'test', 'train', 'val'].map((split) => openSegmentation({ path: root, split })),
    );
    expect([all.length, ids(test)]).toEqual([5, ['zdwa']]);
    expect([...(await test.get(0)).mask.data.subarray(0, 2)]).toEqual([255, 1]);
    expect(train.length + val.length).toBe(4);
    expect([...groupsOf(train)].filter((group) => groupsOf(val).has(group))).toEqual([]);
  });

  it('is parted by location when only the part for training is there', async () => {
    const root = await temporaryFolder();
    const locations = Array.from({ length: 12 }, (_, i) => `place ${Math.floor(i / 3)}`);
    await chips(root, 'train', locations);
    const splitFractions = { train: 0.5, val: 0.25, test: 0.25 };
    const parts = await Promise.all(
      ['train', 'val', 'test'].map((split) => openSegmentation({ path: root, split, splitFractions })),
    );
    expect(parts.map(({ length }) => length)).toEqual([6, 3, 3]);
    expect(parts.reduce((sum, part) => sum + groupsOf(part).size, 0)).toBe(4);
  });

  it('has a test set without labels as images with masks of 255, apart from all the rest', async () => {
    const root = await temporaryFolder();
    await chips(root, 'train', ['a']);
    await chips(root, 'test', ['b', 'c'], false);
    const test = await openSegmentation({ path: root, split: 'test' });
    expect([test.length, test.maskFile(0)]).toEqual([2, undefined]);
    expect(new Set((await test.get(1)).mask.data)).toEqual(new Set([255]));
    expect(ids(await openSegmentation({ path: root }))).toEqual(['adwa']);
    for (const workers of [0, 1]) {
      const loader = createSegmentationLoader(test, { batchSize: 2, workers });
      for await (const { masks, imageShape } of loader.epoch(0)) {
        expect([imageShape, new Set(masks)]).toEqual([[2, size, size, 4], new Set([255])]);
      }
      await loader.close();
    }
    await expect(openSegmentation({ path: root, split: 'test', minLabelled: 0.1 })).rejects.toMatchObject({
      code: 'nodata',
    });
  });

  it('names the band, the label or the column that is missing', async () => {
    const root = await temporaryFolder();
    await chips(root, 'train', ['a', 'b', 'c']);
    await rm(path.join(root, 'train_features', 'adwb', 'B08.tif'));
    await rm(path.join(root, 'train_labels', 'adwc.tif'));
    const file = path.join(root, 'train_features', 'adwb', 'B08.tif');
    await expect(openSegmentation({ path: root })).rejects.toMatchObject({ code: 'missing-file', where: { file } });
    const rest = await openSegmentation({ path: root, onBroken: 'skip' });
    expect([ids(rest), rest.report.skipped.map(({ id, code }) => `${id} ${code}`)]).toEqual([
      ['adwa'],
      ['adwb missing-file', 'adwc missing-file'],
    ]);
    // a band that is not asked for need not be there
    expect(ids(await openSegmentation({ path: root, bands: ['B02'], onBroken: 'skip' }))).toEqual(['adwa', 'adwb']);
    await put(path.join(root, 'train_metadata.csv'), 'chip_id,where\nadwa,a\n');
    await expect(openSegmentation({ path: root })).rejects.toThrow(/no column 'location'/);
    await put(path.join(root, 'train_metadata.csv'), 'chip_id,location\n../../adwa,a\n');
    await expect(openSegmentation({ path: root })).rejects.toMatchObject({ code: 'corrupt-file' });
  });

  it('refuses a label that means nothing, unless it is to be ignored', async () => {
    const root = await temporaryFolder();
    await chips(root, 'train', ['a']);
    const file = path.join(root, 'train_labels', 'adwa.tif');
    await put(file, await packedTiff(new Uint8Array(pixels).fill(7), size, size));
    const dataset = await openSegmentation({ path: root });
    await expect(dataset.get(0)).rejects.toMatchObject({ code: 'corrupt-file', where: { file, row: 0, column: 0 } });
    const lenient = await openSegmentation({ path: root, unknown: 'ignore' });
    expect(new Set((await lenient.get(0)).mask.data)).toEqual(new Set([255]));
  });

  it('refuses files of another size', async () => {
    const root = await temporaryFolder();
    await chips(root, 'train', ['a']);
    const file = path.join(root, 'train_features', 'adwa', 'B04.tif');
    await put(file, await packedTiff(new Uint16Array(16).fill(9), 4, 4));
    await expect((await openSegmentation({ path: root })).get(0)).rejects.toMatchObject({
      code: 'corrupt-file',
      where: { file },
    });
  });
});

describe('38-Cloud and 95-Cloud', () => {
  const bands = ['red', 'green', 'blue', 'nir'];
  const scenes = ['034034', '002053', '006248', '012055'].map((place) => `LC08_L1TP_${place}_20160520_20170223_01_T1`);
  const truth = Uint8Array.from({ length: pixels }, (_, i) => (i % 3 === 0 ? 255 : 0));

  async function patch(folder: string, part: string, name: string, end = ''): Promise<void> {
    for (const [i, band] of bands.entries()) {
      await put(path.join(folder, `${part}_${band}${end}`, `${band}_${name}.TIF`), await wide(20000 + i));
    }
    if (part === 'train') {
      await put(path.join(folder, `train_gt${end}`, `gt_${name}.TIF`), await packedTiff(truth, size, size));
    }
  }

  const names = scenes.map((scene, i) => `patch_${i + 1}_1_by_${i + 1}_${scene}`);

  async function cloud38(): Promise<string> {
    const root = await temporaryFolder();
    const training = path.join(root, '38-Cloud_training');
    await patch(training, 'train', names[0]);
    await patch(training, 'train', names[1]);
    await put(path.join(training, 'training_patches_38-Cloud.csv'), `name\n${names[0]}\n${names[1]}\n`);
    await put(path.join(training, 'training_patches_38-cloud_nonempty.csv'), `name\n${names[1]}\n`);
    await patch(path.join(root, '38-Cloud_test'), 'test', names[2]);
    return root;
  }

  it('is read by its folders and names: values, mask, and the place in the scene', async () => {
    const root = await cloud38();
    expect(await detectSegmentationFormat(root)).toBe('38-cloud');
    const dataset = await openSegmentation({ path: root });
    expect(dataset.info).toMatchObject({ bands, classes: ['clear', 'cloud'], groundSamplingDistance: 30 });
    expect(dataset.meta(0)).toEqual({
      id: names[0],
      split: 'train',
      group: scenes[0],
      scene: scenes[0],
      row: 1,
      column: 1,
    });
    const { image, mask } = await dataset.get(0);
    expect([...image.data.subarray(0, 4)]).toEqual([20000, 20001, 20002, 20003]);
    expect([...mask.data.subarray(0, 4)]).toEqual([1, 0, 0, 1]);
  });

  it('may leave out the patches that are mostly margin, by the published list', async () => {
    const root = await cloud38();
    const few = { path: root, landsatPatches: { patches: 'non-empty' } } as const;
    expect(ids(await openSegmentation(few))).toEqual([names[1]]);
    expect(ids(await openSegmentation({ ...few, split: 'test' }))).toEqual([names[2]]);
    const unknown = { path: root, landsatPatches: { patches: 'full' as 'all' } };
    await expect(openSegmentation(unknown)).rejects.toMatchObject({ code: 'unknown-name' });
    await rm(path.join(root, '38-Cloud_training', 'training_patches_38-cloud_nonempty.csv'));
    await expect(openSegmentation(few)).rejects.toThrow(/nonempty\.csv/);
  });

  it('has patches for testing without masks, and the masks of whole scenes', async () => {
    const root = await cloud38();
    const test = await openSegmentation({ path: root, split: 'test' });
    expect([ids(test), test.maskFile(0)]).toEqual([[names[2]], undefined]);
    expect(new Set((await test.get(0)).mask.data)).toEqual(new Set([255]));
    const values = Uint8Array.from({ length: 7 * 9 }, (_, i) => i % 2);
    const file = path.join(root, '38-Cloud_test', 'Entire_scene_gts', `edited_corrected_gts_${scenes[2]}.TIF`);
    await put(file, await packedTiff(values, 7, 9));
    expect(await readSceneMask(root, scenes[2])).toEqual({ data: values, shape: [7, 9] });
    // MATLAB writes logical masks with one bit per pixel
    await put(
      file,
      await packedTiff(
        values.map((v) => 255 * v),
        7,
        9,
        { bits: 1 },
      ),
    );
    expect((await readSceneMask(path.join(root, '38-Cloud_test'), scenes[2])).data).toEqual(values);
    await expect(readSceneMask(root, scenes[0])).rejects.toMatchObject({ code: 'missing-file' });
  });

  it('is 95-Cloud when the further scenes lie beside it', async () => {
    const root = await cloud38();
    const more = path.join(root, '95-cloud_training_only_additional_to38-cloud');
    await patch(more, 'train', names[3], '_additional_to38cloud');
    expect(await detectSegmentationFormat(root)).toBe('95-cloud');
    const [train38, train95, own] = await Promise.all([
      openSegmentation({ path: root, format: '38-cloud', split: 'trainval' }),
      openSegmentation({ path: root, split: 'trainval' }),
      openSegmentation({ path: more, format: '95-cloud' }),
    ]);
    expect([ids(train38), ids(train95).sort(), ids(own)]).toEqual([
      [names[0], names[1]],
      [names[0], names[1], names[3]].sort(),
      [names[3]],
    ]);
    expect([...(await own.get(0)).mask.data.subarray(0, 2)]).toEqual([1, 0]);
    // its list names the patches of both
    const few = { path: root, split: 'trainval', landsatPatches: { patches: 'non-empty' } } as const;
    await expect(openSegmentation(few)).rejects.toMatchObject({ code: 'missing-file' });
    await put(path.join(root, 'training_patches_95-cloud_nonempty.csv'), `name\n${names[1]}\n${names[3]}\n`);
    expect(ids(await openSegmentation(few)).sort()).toEqual([names[1], names[3]].sort());
    await rm(path.join(root, '38-Cloud_training'), { recursive: true });
    await expect(openSegmentation({ path: root, format: '95-cloud' })).rejects.toThrow(
      /95-Cloud is 38-Cloud_training with/,
    );
  });

  it('is parted by scene', async () => {
    const root = await temporaryFolder();
    const training = path.join(root, '38-Cloud_training');
    for (const [i, scene] of scenes.entries()) {
      for (const column of [1, 2]) await patch(training, 'train', `patch_${2 * i + column}_1_by_${column}_${scene}`);
    }
    const splitFractions = { train: 0.5, val: 0.25, test: 0.25 };
    const parts = await Promise.all(
      ['train', 'val', 'test'].map((split) => openSegmentation({ path: root, split, splitFractions })),
    );
    expect(parts.map(({ length }) => length)).toEqual([4, 2, 2]);
    expect(parts.reduce((sum, part) => sum + groupsOf(part).size, 0)).toBe(4);
  });

  it('names the file that is missing, whichever it is', async () => {
    for (const band of [...bands, 'gt']) {
      const root = await cloud38();
      const file = path.join(root, '38-Cloud_training', `train_${band}`, `${band}_${names[0]}.TIF`);
      await rm(file);
      await expect(openSegmentation({ path: root })).rejects.toMatchObject({
        code: 'missing-file',
        where: { file, band },
      });
      expect(ids(await openSegmentation({ path: root, onBroken: 'skip' }))).toEqual([names[1]]);
    }
  });
});

describe('L8 Biome', () => {
  const bands = ['coastal', 'blue', 'green', 'red', 'nir', 'swir1', 'swir2', 'pan', 'cirrus', 'thermal1', 'thermal2'];
  const [height, width] = [12, 10];
  /** A mask of all five values; the first two rows are fill. */
  const mask = Uint8Array.from({ length: height * width }, (_, i) =>
    i < 2 * width ? 0 : [64, 128, 192, 255][Math.floor(i / width) % 4],
  );
  const labels = (values: Readonly<Record<number, number>>) => [...mask].map((value) => values[value]);

  /** A scene as USGS gives it: band k holds 1000k + its pixel's number, the panchromatic one is twice as fine. */
  async function usgs(folder: string, scene: string): Promise<void> {
    for (let k = 1; k <= 11; k++) {
      const [h, w] = k === 8 ? [2 * height - 1, 2 * width - 1] : [height, width];
      const values = Uint16Array.from({ length: h * w }, (_, i) =>
        // the pixel of the coarse grid whose centre it shares, or the mean of its neighbours
        k === 8 ? 8000 + 10 * Math.floor(i / w) + 2 * (i % w) : 1000 * k + i,
      );
      await put(path.join(folder, scene, `${scene}_B${k}.TIF`), await packedTiff(values, h, w));
    }
    await put(path.join(folder, scene, `${scene}_fixedmask.img`), mask);
    await put(
      path.join(folder, scene, `${scene}_fixedmask.hdr`),
      `ENVI\ndescription = {\n  ${scene}_fixedmask.img}\nsamples = ${width}\nlines   = ${height}\nbands   = 1\nheader offset = 0\nfile type = ENVI Standard\ndata type = 1\ninterleave = bsq\nbyte order = 0\n`,
    );
    await put(path.join(folder, scene, `${scene}_MTL.txt`), 'GROUP = L1_METADATA_FILE\nEND\n');
    await put(
      path.join(folder, scene, `${scene}_BQA.TIF`),
      await packedTiff(new Uint16Array(height * width), height, width),
    );
  }

  const scene = 'LC80420082013220LGN00';

  it('is read as USGS gives it: eleven files, an ENVI mask, and its biome', async () => {
    const root = await temporaryFolder();
    await usgs(path.join(root, 'Barren'), scene);
    await usgs(path.join(root, 'Grass-Crops', 'BC'), 'LC80290372013257LGN00');
    expect(await detectSegmentationFormat(root)).toBe('l8-biome');
    const dataset = await openSegmentation({ path: root });
    expect(dataset.info).toMatchObject({ bands, classes: ['clear', 'cloud'], imageSize: undefined });
    expect([dataset.meta(0), dataset.meta(1).biome]).toEqual([
      { id: scene, split: undefined, group: scene, biome: 'barren' },
      'grass_crops',
    ]);
    const sample = await dataset.get(0);
    expect(sample.image.shape).toEqual([height, width, 11]);
    expect(sample.image.data).toBeInstanceOf(Uint16Array);
    const pixel = 5 * width + 3;
    expect([...sample.image.data.subarray(pixel * 11, pixel * 11 + 7)]).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((k) => 1000 * k + pixel),
    );
    expect([...sample.mask.data]).toEqual(labels({ 0: 255, 64: 0, 128: 0, 192: 1, 255: 1 }));
  });

  it('has its panchromatic band of 15 m on the grid of the others, in windows as in whole', async () => {
    const root = await temporaryFolder();
    await usgs(path.join(root, 'Water'), scene);
    const whole = (await (await openSegmentation({ path: root, bands: ['pan'] })).get(0)).image;
    expect(whole.shape).toEqual([height, width, 1]);
    const windows = await openSegmentation({ path: root, bands: ['pan', 'red'], window: { size: 4, stride: 3 } });
    expect(windows.info.imageSize).toEqual([4, 4]);
    for (let i = 0; i < windows.length; i++) {
      const { image, mask: part } = await windows.get(i);
      const { top, left } = windows.window?.(i) ?? { top: -1, left: -1 };
      expect(windows.meta(i)).toMatchObject({ id: `${scene}@${top},${left}`, group: scene, biome: 'water' });
      for (let p = 0; p < 16; p++) {
        const at = (top + Math.floor(p / 4)) * width + left + (p % 4);
        expect([image.data[2 * p], image.data[2 * p + 1]]).toEqual([whole.data[at], 4000 + at]);
        expect(part.data[p]).toBe({ 0: 255, 64: 0, 128: 0, 192: 1, 255: 1 }[mask[at]]);
      }
    }
    // the band is a plane, which any kernel keeps: 10 per row and 2 per column of 15 m, away from the border
    const [y, x] = [5, 4];
    const exact = 8000 + 10 * ((y + 0.5) * (23 / 12) - 0.5) + 2 * ((x + 0.5) * (19 / 10) - 0.5);
    expect(Math.abs(whole.data[y * width + x] - exact)).toBeLessThanOrEqual(0.51);
  });

  it('is loaded by threads as it is without them', async () => {
    const root = await temporaryFolder();
    await usgs(path.join(root, 'Water'), scene);
    const dataset = await openSegmentation({ path: root, bands: ['pan', 'red'], window: { size: 4 } });
    const seen = await Promise.all(
      [0, 1].map(async (workers) => {
        const loader = createSegmentationLoader(dataset, { batchSize: 3, workers });
        const values: number[][] = [];
        for await (const { images, masks } of loader.epoch(0)) values.push([...images, ...masks]);
        await loader.close();
        return values;
      }),
    );
    expect(seen[0]).toHaveLength(3);
    expect(seen[1]).toEqual(seen[0]);
  });

  it('may have its classes apart, by name, and leaves out windows of fill', async () => {
    const root = await temporaryFolder();
    await usgs(path.join(root, 'snow_ice'), scene);
    const all = await openSegmentation({ path: root, classes: 'l8-all', bands: ['red'] });
    expect(all.info.classes).toEqual(['clear', 'shadow', 'thin cloud', 'cloud']);
    expect([...(await all.get(0)).mask.data]).toEqual(labels({ 0: 255, 64: 1, 128: 0, 192: 2, 255: 3 }));
    const three = await openSegmentation({ path: root, classes: 'l8-shadow', bands: ['red'] });
    expect([...(await three.get(0)).mask.data]).toEqual(labels({ 0: 255, 64: 1, 128: 0, 192: 2, 255: 2 }));
    const wrong = { path: root, classes: 'l8-everything' as 'l8-all' };
    await expect(openSegmentation(wrong)).rejects.toMatchObject({ code: 'unknown-name' });
    const window = { size: 2 };
    const windows = await openSegmentation({ path: root, bands: ['red'], window });
    const kept = await openSegmentation({ path: root, bands: ['red'], window, minLabelled: 0.5 });
    expect([windows.length, kept.length]).toEqual([30, 25]);
    expect(ids(windows).slice(5)).toEqual(ids(kept));
  });

  it('is read as torchgeo packs it', async () => {
    const root = await temporaryFolder();
    const values = Uint16Array.from(
      { length: height * width * 11 },
      (_, i) => 1000 * (1 + (i % 11)) + Math.floor(i / 11),
    );
    await put(path.join(root, 'forest', scene, `${scene}.TIF`), tiffBytes(values, height, width));
    await put(path.join(root, 'forest', scene, `${scene}_fixedmask.TIF`), await packedTiff(mask, height, width));
    expect(await detectSegmentationFormat(root)).toBe('l8-biome');
    const dataset = await openSegmentation({ path: root, bands: ['nir', 'blue'], window: { size: [6, 5] } });
    expect([dataset.length, dataset.meta(3)]).toEqual([
      4,
      { id: `${scene}@6,5`, split: undefined, group: scene, biome: 'forest' },
    ]);
    expect([...(await dataset.get(3)).image.data.subarray(0, 2)]).toEqual([5065, 2065]);
    await usgs(path.join(root, 'urban'), 'LC80640452014041LGN00');
    await expect(openSegmentation({ path: root })).rejects.toThrow(/two folders/);
    await put(path.join(root, 'forest', scene, `${scene}_fixedmask.TIF`), await packedTiff(mask, width, height));
    await rm(path.join(root, 'urban'), { recursive: true });
    await expect(openSegmentation({ path: root, window: { size: 4 } })).rejects.toMatchObject({
      code: 'corrupt-file',
      where: { file: path.join(root, 'forest', scene, `${scene}_fixedmask.TIF`) },
    });
  });

  it('names the file that is missing, and a mask that holds what is none of the five', async () => {
    const root = await temporaryFolder();
    const folder = path.join(root, 'wetlands');
    await usgs(folder, scene);
    await put(path.join(folder, scene, `${scene}_fixedmask.img`), new Uint8Array(height * width).fill(100));
    const file = path.join(folder, scene, `${scene}_fixedmask.img`);
    await expect((await openSegmentation({ path: root })).get(0)).rejects.toMatchObject({
      code: 'corrupt-file',
      where: { file },
    });
    for (const name of ['_B9.TIF', '_fixedmask.hdr', '_fixedmask.img']) {
      const gone = path.join(folder, scene, `${scene}${name}`);
      await rm(gone);
      await expect(openSegmentation({ path: root })).rejects.toMatchObject({
        code: 'missing-file',
        where: { file: gone },
      });
      await usgs(folder, scene);
    }
    await rm(path.join(folder, scene, `${scene}_B9.TIF`));
    expect((await openSegmentation({ path: root, bands: ['red', 'pan'] })).length).toBe(1);
    await rm(folder, { recursive: true });
    await expect(openSegmentation({ path: root, format: 'l8-biome' })).rejects.toMatchObject({ code: 'missing-file' });
  });
});
