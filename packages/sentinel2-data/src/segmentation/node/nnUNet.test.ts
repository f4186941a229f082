import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { ignoreLabel, type SegmentationDataset, type SegmentationSample } from '@lulc/core/segmentation';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { segmentationFromArrays } from '../../dataset/segmentationFromArrays.js';
import { packedTiff, pngBytes, put, ramp, temporaryFolder } from '../../testing/temporary.js';
import { detectSegmentationFormat, openSegmentation } from './openSegmentation.js';
import { writeNnUnetRaw } from './writeNnUnetRaw.js';

const [height, width] = [6, 5];
const pixels = height * width;

const description = (changes: object = {}) =>
  JSON.stringify({
    channel_names: { 0: 'red', 1: 'nir' },
    labels: { background: 0, cloud: 1, ignore: 2 },
    numTraining: 2,
    file_ending: '.tif',
    ...changes,
  });

/** A raw dataset as nnU-Net wants it: two cases for training, one for testing. */
async function raw(changes: object = {}, ending = '.tif'): Promise<string> {
  const root = path.join(await temporaryFolder(), 'Dataset007_Clouds');
  await put(path.join(root, 'dataset.json'), description({ ...changes, file_ending: ending }));
  for (const [folder, name] of [
    ['imagesTr', 'scene_0001'],
    ['imagesTr', 'scene_0002'],
    ['imagesTs', 'other'],
  ]) {
    for (const channel of [0, 1]) {
      const values = new Uint16Array(pixels).fill(100 * (channel + 1));
      await put(path.join(root, folder, `${name}_000${channel}.tif`), await packedTiff(values, height, width));
    }
  }
  const labels = Uint8Array.from({ length: pixels }, (_, i) => i % 3);
  for (const name of ['scene_0001', 'scene_0002']) {
    await put(path.join(root, 'labelsTr', `${name}.tif`), await packedTiff(labels, height, width));
  }
  return root;
}

describe('a raw dataset of nnU-Net', () => {
  it('is read by its description: channels, classes and what is ignored', async () => {
    const root = await raw();
    expect(await detectSegmentationFormat(root)).toBe('nnunet');
    const dataset = await openSegmentation({ path: root });
    expect(dataset.info).toMatchObject({
      name: 'Dataset007_Clouds',
      bands: ['red', 'nir'],
      classes: ['background', 'cloud'],
    });
    expect(dataset.meta(1)).toEqual({ id: 'scene_0002', split: 'train', group: undefined });
    const { image, mask } = await dataset.get(1);
    expect([...image.data.subarray(0, 4)]).toEqual([100, 200, 100, 200]);
    expect([...mask.data.subarray(0, 4)]).toEqual([0, 1, ignoreLabel, 0]);
    const test = await openSegmentation({ path: root, split: 'test', bands: ['nir'] });
    expect([test.length, test.meta(0).id, test.maskFile(0)]).toEqual([1, 'other', undefined]);
    expect((await test.get(0)).image.data[0]).toBe(200);
  });

  it('may have all channels of a case in one file, as photographs have', async () => {
    const root = path.join(await temporaryFolder(), 'Dataset008_Photos');
    const changes = {
      channel_names: { 0: 'R', 1: 'G', 2: 'B' },
      file_ending: '.png',
      labels: { background: 0, road: 1 },
    };
    await put(path.join(root, 'dataset.json'), description(changes));
    const colours = ramp(Uint8Array, pixels * 3);
    await put(path.join(root, 'imagesTr', 'img-1_0000.png'), await pngBytes(colours, height, width));
    await put(path.join(root, 'labelsTr', 'img-1.png'), await pngBytes(new Uint8Array(pixels), height, width));
    const dataset = await openSegmentation({ path: root, bands: ['B', 'G'] });
    expect([...(await dataset.get(0)).image.data.subarray(0, 2)]).toEqual([colours[2], colours[1]]);
  });

  it('tells channels of one name apart', async () => {
    const root = await raw({ channel_names: { 0: 'noNorm', 1: 'noNorm' } });
    const dataset = await openSegmentation({ path: root });
    expect(dataset.info.bands).toEqual(['noNorm 0', 'noNorm 1']);
    expect((await dataset.get(0)).image.data[1]).toBe(200);
  });

  it('needs classes to be named when labels overlap', async () => {
    const root = await raw({ labels: { background: 0, any: [1, 2], thick: 2 }, regions_class_order: [1, 2] });
    await expect(openSegmentation({ path: root })).rejects.toMatchObject({ code: 'invalid-argument' });
    const dataset = await openSegmentation({ path: root, classes: ['clear', 'thin', 'thick'] });
    expect([...(await dataset.get(0)).mask.data.subarray(0, 3)]).toEqual([0, 1, 2]);
  });

  it.each([
    ['no JSON', '{', 'corrupt-file'],
    ['a list', '[]', 'corrupt-file'],
    ['no labels', description({ labels: undefined }), 'corrupt-file'],
    ['a label that is no number', description({ labels: { background: 0, cloud: 'one' } }), 'corrupt-file'],
    ['channels that are not counted from 0', description({ channel_names: { 1: 'a' } }), 'corrupt-file'],
    ['no channels', description({ channel_names: {} }), 'corrupt-file'],
    ['volumes', description({ file_ending: '.nii.gz' }), 'unsupported-file'],
    [
      'the form of version 1',
      JSON.stringify({ modality: { 0: 'MRI' }, labels: { 0: 'background' } }),
      'unsupported-file',
    ],
  ])('is refused with a description that is %s', async (_, text, code) => {
    const root = await raw();
    const file = path.join(root, 'dataset.json');
    await put(file, text);
    await expect(openSegmentation({ path: root })).rejects.toMatchObject({ code, where: { file } });
  });

  it('names the channel or the mask that is missing', async () => {
    for (const gone of ['imagesTr/scene_0001_0001.tif', 'labelsTr/scene_0001.tif', 'imagesTs/other_0000.tif']) {
      const root = await raw();
      const file = path.join(root, gone);
      await rm(file);
      await expect(openSegmentation({ path: root })).rejects.toMatchObject({ code: 'missing-file', where: { file } });
      const rest = await openSegmentation({ path: root, onBroken: 'skip' });
      expect(rest.report.skipped.map(({ code }) => code)).toEqual(['missing-file']);
    }
    const unlabelled = await raw();
    await rm(path.join(unlabelled, 'labelsTr'), { recursive: true });
    await expect(openSegmentation({ path: unlabelled })).rejects.toMatchObject({ code: 'missing-file' });
  });
});

describe('writing a raw dataset of nnU-Net', () => {
  const sample = (id: string, seed: number, hole: boolean): SegmentationSample => ({
    image: { data: ramp(Uint16Array, pixels * 2, 1000 * seed), shape: [height, width, 2] },
    mask: {
      data: Uint8Array.from({ length: pixels }, (_, i) => (hole && i === 0 ? ignoreLabel : (i + seed) % 2)),
      shape: [height, width],
    },
    meta: { id, group: `place, ${seed}` },
  });
  const dataset = (samples: readonly SegmentationSample[]): SegmentationDataset => ({
    ...segmentationFromArrays({
      images: samples.map(({ image }) => image),
      masks: samples.map(({ mask }) => mask),
      bands: ['B02', 'B08'],
      classes: ['clear', 'cloud'],
    }),
    get: async (index) => samples[index],
  });

  it.each(['.tif', '.png'] as const)('gives what is read back the same, in %s', async (ending) => {
    const out = path.join(await temporaryFolder(), 'nnUNet_raw', 'Dataset001_Clouds');
    const train = [sample('a/b@0,256', 1, true), sample('a b@0_256', 2, false)];
    const progress: string[] = [];
    const result = await writeNnUnetRaw({
      out,
      train: dataset(train),
      test: dataset([sample('c', 3, false)]),
      ending,
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    expect(result).toEqual({ path: out, training: 2, testing: 1, ignore: true });
    expect(progress).toEqual(['1/3', '2/3', '3/3']);
    const json: unknown = JSON.parse(await readFile(path.join(out, 'dataset.json'), 'utf8'));
    expect(json).toMatchObject({
      channel_names: { 0: 'B02', 1: 'B08' },
      labels: { background: 0, cloud: 1, ignore: 2 },
      numTraining: 2,
      file_ending: ending,
    });
    expect(await readdir(path.join(out, 'imagesTr'))).toEqual(
      ['a_b_0_256-2_0000', 'a_b_0_256-2_0001', 'a_b_0_256_0000', 'a_b_0_256_0001'].map((name) => `${name}${ending}`),
    );
    const back = await openSegmentation({ path: out, split: 'trainval' });
    const order = [1, 0];
    for (const [i, from] of order.entries()) {
      const { image, mask, meta } = await back.get(i);
      expect([image, mask]).toEqual([train[from].image, train[from].mask]);
      expect(meta.group).toBe(train[from].meta.group);
    }
    const test = await openSegmentation({ path: out, split: 'test' });
    expect((await test.get(0)).mask).toEqual(sample('c', 3, false).mask);
    // one-band files of 16 bit, masks of 8
    const stored = await sharp(path.join(out, 'labelsTr', `a_b_0_256${ending}`)).metadata();
    expect([stored.width, stored.height, stored.channels, stored.depth]).toEqual([width, height, 1, 'uchar']);
  });

  it('keeps floating point in TIFFs, has no label to ignore when there is none, and names channels as told', async () => {
    const root = await temporaryFolder();
    const { mask, meta } = sample('x', 1, false);
    const reflectance = {
      data: Float32Array.from({ length: pixels * 2 }, (_, i) => i / 7),
      shape: [height, width, 2],
    } as const;
    const set = dataset([{ image: reflectance, mask, meta }]);
    const out = path.join(root, 'Dataset002_F');
    expect((await writeNnUnetRaw({ out, train: set, channelNames: ['noNorm', 'zscore'] })).ignore).toBe(false);
    const json: unknown = JSON.parse(await readFile(path.join(out, 'dataset.json'), 'utf8'));
    expect(json).toMatchObject({ channel_names: { 0: 'noNorm', 1: 'zscore' }, labels: { background: 0, cloud: 1 } });
    expect((await (await openSegmentation({ path: out })).get(0)).image).toEqual(reflectance);
    await expect(
      writeNnUnetRaw({ out: path.join(root, 'Dataset003_F'), train: set, ending: '.png' }),
    ).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    const signed = {
      data: Int16Array.from({ length: pixels * 2 }, (_, i) => i - 30),
      shape: [height, width, 2],
    } as const;
    await writeNnUnetRaw({ out: path.join(root, 'Dataset004_S'), train: dataset([{ image: signed, mask, meta }]) });
    const read = await (await openSegmentation({ path: path.join(root, 'Dataset004_S') })).get(0);
    expect([...read.image.data]).toEqual([...signed.data]);
  });

  it('refuses a folder by which nnU-Net finds nothing, or with files in it, and parts that differ', async () => {
    const root = await temporaryFolder();
    const train = dataset([sample('x', 1, false)]);
    const refused = { code: 'invalid-argument' };
    await expect(writeNnUnetRaw({ out: path.join(root, 'clouds'), train })).rejects.toMatchObject(refused);
    const out = path.join(root, 'Dataset001_Clouds');
    await expect(writeNnUnetRaw({ out, train, channelNames: ['one'] })).rejects.toMatchObject(refused);
    const other = { ...train, info: { ...train.info, classes: ['a', 'b'] } };
    await expect(writeNnUnetRaw({ out, train, test: other })).rejects.toMatchObject(refused);
    const wrongEnding = { out, train, ending: '.jpg' as '.png' };
    await expect(writeNnUnetRaw(wrongEnding)).rejects.toMatchObject({ code: 'unknown-name' });
    await put(path.join(out, 'notes.txt'), 'mine');
    await expect(writeNnUnetRaw({ out, train })).rejects.toMatchObject(refused);
    expect(await readFile(path.join(out, 'notes.txt'), 'utf8')).toBe('mine');
  });
});
