import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SegmentationFileDataset } from '../../dataset/fileDataset.js';
import { createSegmentationLoader } from '../../loader/node/createSegmentationLoader.js';
import { packedTiff, put, temporaryFolder } from '../../testing/temporary.js';
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
