import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { isSegmentationFileDataset, type SegmentationFileDataset } from '../../dataset/fileDataset.js';
import { subset } from '../../dataset/subset.js';
import { simulatedMarker } from '../../simulate/options.js';
import { pngBytes, put, ramp, temporaryFolder, tiffBytes } from '../../testing/temporary.js';
import type { OpenSegmentationOptions } from '../options.js';
import { detectSegmentationFormat, openSegmentation } from './openSegmentation.js';

const indices = ({ length }: { readonly length: number }) => [...Array(length).keys()];
const ids = (dataset: SegmentationFileDataset) => indices(dataset).map((i) => dataset.meta(i).id);

/** Pixels of colours, one after the other. */
const colours = (...values: readonly number[]) =>
  Uint8Array.from(values.flatMap((v) => [v >> 16, (v >> 8) & 255, v & 255]));

/** A folder of 2 x 2 images with masks of 1 and 2, and of 0 in the first pixel; the image holds its number. */
async function maskFolderOf(names: readonly string[], csv?: string): Promise<string> {
  const root = await temporaryFolder();
  for (const [i, name] of names.entries()) {
    await put(path.join(root, 'images', `${name}.tif`), tiffBytes(new Uint16Array(2 * 2 * 3).fill(i + 1), 2, 2));
    await put(path.join(root, 'masks', `${name}.png`), await pngBytes(Uint8Array.of(0, 1, 2, 1), 2, 2));
  }
  if (csv !== undefined) await put(path.join(root, 'tiles.csv'), csv);
  return root;
}
const classes = { field: 1, water: 2 };

describe('a folder of images and masks', () => {
  it('is matched by name, and read with values made into class indices', async () => {
    const root = await maskFolderOf(['b', 'a']);
    expect(await detectSegmentationFormat(root)).toBe('folder');
    const dataset = await openSegmentation({
      path: root,
      classes,
      ignore: 0,
      storedBands: ['B04', 'B03', 'B08'],
      bands: ['B08'],
    });
    expect(isSegmentationFileDataset(dataset)).toBe(true);
    expect(dataset.info).toMatchObject({
      classes: ['field', 'water'],
      bands: ['B08'],
      imageSize: [2, 2],
      split: 'all',
    });
    expect(ids(dataset)).toEqual(['a', 'b']);
    const { image, mask, meta } = await dataset.get(0);
    expect(image).toEqual({ data: Uint16Array.of(2, 2, 2, 2), shape: [2, 2, 1] });
    expect(mask).toEqual({ data: Uint8Array.of(255, 0, 1, 0), shape: [2, 2] });
    expect(meta).toEqual({ id: 'a', split: undefined, group: undefined });
  });

  it('is simulated when it is marked so', async () => {
    const root = await maskFolderOf(['a']);
    const simulated = async () => (await openSegmentation({ path: root, classes, ignore: 0 })).info.simulated;
    expect(await simulated()).toBe(false);
    await put(path.join(root, simulatedMarker), '');
    expect(await simulated()).toBe(true);
  });

  it('goes by its table: order, parts and locations', async () => {
    const root = await maskFolderOf(['a', 'b', 'c'], 'tile,split,scene\nc,train,7\na,validation,8\n');
    const options = { path: root, classes, ignore: 0 };
    const all = await openSegmentation(options);
    expect(ids(all)).toEqual(['c', 'a']);
    const val = await openSegmentation({ ...options, split: 'val' });
    expect([val.length, val.meta(0)]).toEqual([1, { id: 'a', split: 'val', group: '8' }]);
    await expect(openSegmentation({ ...options, split: 'test' })).rejects.toMatchObject({ code: 'unknown-name' });
    await expect(openSegmentation({ ...options, split: 'test' })).rejects.toThrow(/train, val, all/);
    expect(ids(subset(all, [1]))).toEqual(['a']);
    expect((await subset(all, [1]).get(0)).image.data[0]).toBe(1);
  });

  it('may have a folder for each part, and names that end in _mask', async () => {
    const root = await temporaryFolder();
    for (const part of ['training', 'test']) {
      await put(
        path.join(root, part, 'img', 'x.jpg'),
        await sharp(await pngBytes(ramp(Uint8Array, 12), 2, 2))
          .jpeg()
          .toBuffer(),
      );
      await put(path.join(root, part, 'labels', 'x_mask.png'), await pngBytes(Uint8Array.of(0, 1, 1, 0), 2, 2));
    }
    const train = await openSegmentation({ path: root, split: 'train', classes: ['land', 'water'] });
    expect(ids(train)).toEqual(['train/x']);
    expect([...(await train.get(0)).mask.data]).toEqual([0, 1, 1, 0]);
    expect((await openSegmentation({ path: root, classes: ['land', 'water'] })).length).toBe(2);
  });

  it('is parted by location when it has no parts, else at random', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `t${i}`);
    const table = `image,group\n${names.map((name, i) => `${name},g${Math.floor(i / 3)}`).join('\n')}\n`;
    const root = await maskFolderOf(names, table);
    const shares = { path: root, classes, ignore: 0, splitFractions: { train: 0.5, val: 0.25, test: 0.25 } };
    const parts = await Promise.all(['train', 'val', 'test'].map((split) => openSegmentation({ ...shares, split })));
    expect(parts.map(({ length }) => length)).toEqual([6, 3, 3]);
    const groups = parts.flatMap((part) => [...new Set(indices(part).map((i) => part.meta(i).group))]);
    expect(new Set(groups).size).toBe(groups.length);
  });

  it('may have images and masks in one folder, told apart by how their names end', async () => {
    const root = await temporaryFolder();
    for (const [i, name] of ['a', 'b'].entries()) {
      await put(path.join(root, `${name}_bands.tif`), tiffBytes(new Uint16Array(12).fill(i + 1), 2, 2));
      await put(path.join(root, `${name}_mask.png`), await pngBytes(Uint8Array.of(0, 1, 2, 1), 2, 2));
    }
    const folder = { images: '.', masks: '.', imageSuffix: '_bands', maskSuffix: '_mask' } as const;
    const options = { path: root, format: 'folder', classes, ignore: 0 } as const;
    const dataset = await openSegmentation({ ...options, folder });
    expect(ids(dataset)).toEqual(['a', 'b']);
    expect([...(await dataset.get(1)).mask.data]).toEqual([255, 0, 1, 0]);
    const plain = { images: '.', masks: '.', maskSuffix: '_mask' } as const;
    await expect(openSegmentation({ ...options, folder: plain })).rejects.toThrow(/no mask for an image/);
    await put(path.join(root, 'a_bands_mask.png'), await pngBytes(Uint8Array.of(0, 1, 2, 1), 2, 2));
    await put(path.join(root, 'b_bands_mask.png'), await pngBytes(Uint8Array.of(0, 1, 2, 1), 2, 2));
    expect(ids(await openSegmentation({ ...options, folder: plain }))).toEqual(['a_bands', 'b_bands']);
    const same = { images: '.', masks: '.' } as const;
    await expect(openSegmentation({ ...options, folder: same })).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('asks for classes, and refuses what is not among them', async () => {
    const root = await maskFolderOf(['a']);
    await expect(openSegmentation({ path: root })).rejects.toMatchObject({ code: 'invalid-argument' });
    const dataset = await openSegmentation({ path: root, classes });
    const file = path.join(root, 'masks', 'a.png');
    await expect(dataset.get(0)).rejects.toMatchObject({ code: 'corrupt-file', where: { file, row: 0, column: 0 } });
    const lenient = await openSegmentation({ path: root, classes, unknown: 'ignore' });
    expect((await lenient.get(0)).mask.data[0]).toBe(255);
    await expect(openSegmentation({ path: root, classes, onBroken: 'skip' })).rejects.toMatchObject({ code: 'nodata' });
  });

  it('names what is missing or does not fit, or leaves it out', async () => {
    const root = await maskFolderOf(['a', 'b', 'c']);
    const options: OpenSegmentationOptions = { path: root, classes, ignore: 0 };
    await put(path.join(root, 'masks', 'b.png'), await pngBytes(new Uint8Array(6), 3, 2));
    const dataset = await openSegmentation(options);
    await expect(dataset.get(1)).rejects.toMatchObject({
      code: 'corrupt-file',
      where: { file: path.join(root, 'masks', 'b.png') },
    });
    await put(path.join(root, 'images', 'd.tif'), tiffBytes(new Uint16Array(12), 2, 2));
    await expect(openSegmentation(options)).rejects.toMatchObject({ code: 'missing-file' });
    const rest = await openSegmentation({ ...options, onBroken: 'skip' });
    expect(ids(rest)).toEqual(['a', 'c']);
    expect(rest.report.found).toBe(4);
    expect(rest.report.skipped.map(({ id, code }) => [id, code])).toEqual([
      ['d', 'missing-file'],
      ['b', 'corrupt-file'],
    ]);
  });

  it('has no two images or masks that cannot be told apart', async () => {
    const root = await maskFolderOf(['a']);
    await put(path.join(root, 'masks', 'a.tif'), tiffBytes(new Uint8Array(4), 2, 2));
    await expect(openSegmentation({ path: root, classes })).rejects.toMatchObject({
      code: 'corrupt-file',
      where: { file: path.join(root, 'masks', 'a.tif') },
    });
    const parts = await temporaryFolder();
    for (const part of ['train', 'test']) {
      await put(path.join(parts, part, 'images', 'x.tif'), tiffBytes(new Uint8Array(4), 2, 2));
      await put(path.join(parts, part, 'masks', 'x.png'), await pngBytes(new Uint8Array(4), 2, 2));
    }
    await put(path.join(parts, 'list.csv'), 'file,group\ntrain/x.tif,north\n');
    const listed = await openSegmentation({ path: parts, classes: ['any'] });
    expect([listed.length, listed.meta(0)]).toEqual([1, { id: 'train/x', split: 'train', group: 'north' }]);
    await put(path.join(parts, 'list.csv'), 'file,group\nx.tif,north\n');
    await expect(openSegmentation({ path: parts, classes: ['any'] })).rejects.toThrow(/any of test\/x, train\/x/);
  });

  it('lists only what lies within it', async () => {
    const root = await maskFolderOf(['a'], 'tile\na\nz\n');
    await expect(openSegmentation({ path: root, classes })).rejects.toMatchObject({ code: 'missing-file' });
    const outside = { path: root, classes, folder: { images: '../elsewhere' } };
    await expect(openSegmentation(outside)).rejects.toMatchObject({ code: 'corrupt-file' });
    const noColumn = { path: root, classes, folder: { nameColumn: 'patch' } };
    await expect(openSegmentation(noColumn)).rejects.toMatchObject({ code: 'unknown-name' });
  });

  it('of another kind is refused', async () => {
    const root = await temporaryFolder();
    await expect(detectSegmentationFormat(root)).rejects.toMatchObject({ code: 'unsupported-file' });
    await expect(openSegmentation({ path: root, format: 'folder', classes })).rejects.toMatchObject({
      code: 'missing-file',
    });
    const wrong = { path: root, format: 'postdam' as 'potsdam' };
    await expect(openSegmentation(wrong)).rejects.toThrow(/Did you mean 'potsdam'/);
  });
});

describe('windows of large images', () => {
  it('take the same part of image and mask', async () => {
    const root = await temporaryFolder();
    const [height, width] = [70, 50];
    const values = Uint8Array.from({ length: height * width }, (_, i) => i % 251);
    const raw = { raw: { width, height, channels: 1 as const } };
    const tiled = await sharp(values, raw)
      .toColourspace('b-w')
      .tiff({ tile: true, tileWidth: 16, tileHeight: 16, compression: 'deflate' })
      .toBuffer();
    await put(path.join(root, 'images', 'scene.tif'), tiled);
    await put(path.join(root, 'masks', 'scene.png'), await pngBytes(values, height, width));
    const names = Array.from({ length: 251 }, (_, i) => `c${i}`);
    const dataset = await openSegmentation({ path: root, classes: names, window: { size: 32, stride: 20 } });
    expect(dataset.length).toBe(3 * 2);
    expect(dataset.info.imageSize).toEqual([32, 32]);
    expect(dataset.meta(5)).toMatchObject({ id: 'scene@38,18', group: 'scene' });
    for (const index of indices(dataset)) {
      const { image, mask } = await dataset.get(index);
      const { top, left } = dataset.window?.(index) ?? { top: -1, left: -1 };
      expect(image.data).toEqual(mask.data);
      expect(image.data[0]).toBe((top * width + left) % 251);
      expect(image.data[33]).toBe(((top + 1) * width + left + 1) % 251);
    }
  });
});

describe('ISPRS Potsdam', () => {
  const legend = [0xffffff, 0x0000ff, 0x00ffff, 0x00ff00, 0xffff00, 0xff0000];

  async function potsdam(tiles: readonly string[], masks = '5_Labels_all'): Promise<string> {
    const root = await temporaryFolder();
    for (const tile of tiles) {
      const image = Uint8Array.from({ length: 2 * 3 * 4 }, (_, i) => i);
      await put(path.join(root, '4_Ortho_RGBIR', `top_potsdam_${tile}_RGBIR.tif`), tiffBytes(image, 2, 3));
      await put(path.join(root, masks, `top_potsdam_${tile}_label.tif`), tiffBytes(colours(...legend), 2, 3));
    }
    return root;
  }

  it('has the colours and names of the ISPRS legend', async () => {
    const root = await potsdam(['2_10']);
    expect(await detectSegmentationFormat(root)).toBe('potsdam');
    const dataset = await openSegmentation({ path: root, bands: ['IR', 'R'] });
    const { image, mask } = await dataset.get(0);
    expect([...image.data.subarray(0, 4)]).toEqual([3, 0, 7, 4]);
    expect([...mask.data]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(dataset.info.classes).toEqual([
      'impervious surfaces',
      'building',
      'low vegetation',
      'tree',
      'car',
      'clutter',
    ]);
    expect(dataset.meta(0)).toEqual({ id: '2_10', split: 'train', group: '2_10' });
  });

  it('is parted by its official tiles, of which some for training become a part for validation', async () => {
    const root = await potsdam(['2_10', '2_11', '3_10', '4_10', '7_13', '5_15'], '');
    const part = async (split: string) => ids(await openSegmentation({ path: root, split }));
    expect(await part('test')).toEqual(['5_15', '7_13']);
    const [train, val, trainval] = await Promise.all(['train', 'val', 'trainval'].map(part));
    expect(trainval).toEqual(['2_10', '2_11', '3_10', '4_10']);
    expect(val).toHaveLength(1);
    expect([...train, ...val].sort()).toEqual(trainval);
  });

  it('ignores the black of eroded boundaries and takes colours that are slightly off', async () => {
    const root = await potsdam(['2_10']);
    const mask = colours(0, 0xfcfe03, 0x0000ff, 0, 0x0301fe, 0xffffff);
    await put(path.join(root, '5_Labels_all', 'top_potsdam_2_10_label.tif'), tiffBytes(mask, 2, 3));
    expect([...(await (await openSegmentation({ path: root })).get(0)).mask.data]).toEqual([255, 4, 1, 255, 1, 0]);
  });

  it('says which images and masks it looks for', async () => {
    const root = await potsdam(['2_10'], 'elsewhere');
    await expect(openSegmentation({ path: root })).rejects.toThrow(/5_Labels_all.zip/);
    await expect(openSegmentation({ path: root, bands: ['NIR'] })).rejects.toThrow(/4_Ortho_RGBIR \(R, G, B, IR\)/);
  });
});

describe('DeepGlobe Land Cover', () => {
  async function deepGlobe(folders: readonly (readonly [images: string, masks: string])[]): Promise<string> {
    const root = await temporaryFolder();
    const mask = colours(0x00ffff, 0xffff00, 0xff00ff, 0x00ff00, 0x0000ff, 0xffffff, 0, 0x0a00f0);
    for (const [i, [images, masks]] of folders.entries()) {
      const jpeg = sharp(await pngBytes(new Uint8Array(2 * 4 * 3).fill(90), 2, 4)).jpeg();
      await put(path.join(root, images, `${100 + i}_sat.jpg`), await jpeg.toBuffer());
      await put(path.join(root, masks, `${100 + i}_mask.png`), await pngBytes(mask, 2, 4));
    }
    return root;
  }

  it('has masks that are cut at 128, unknown ground being ignored', async () => {
    const root = await deepGlobe([['train', 'train']]);
    await put(path.join(root, 'valid', '7_sat.jpg'), 'without a mask, and not looked at');
    expect(await detectSegmentationFormat(root)).toBe('deepglobe');
    const dataset = await openSegmentation({ path: root });
    expect([...(await dataset.get(0)).mask.data]).toEqual([0, 1, 2, 3, 4, 5, 255, 4]);
    expect([ids(dataset), dataset.info.bands]).toEqual([['100'], ['R', 'G', 'B']]);
  });

  it('may have unknown ground as a class', async () => {
    const root = await deepGlobe([['', '']]);
    const own = { land: ['#00ffff', '#ffff00', '#ff00ff', '#00ff00', '#ffffff'], water: '#0000ff', unknown: '#000000' };
    const dataset = await openSegmentation({ path: root, classes: own });
    expect([...(await dataset.get(0)).mask.data]).toEqual([0, 0, 0, 0, 1, 0, 2, 1]);
  });

  it('is read with images and masks apart, and then with parts of its own', async () => {
    const root = await deepGlobe([
      ['data/training_data/images', 'data/training_data/masks'],
      ['data/test_data/images', 'data/test_data/masks'],
    ]);
    expect(ids(await openSegmentation({ path: root, split: 'test' }))).toEqual(['101']);
    expect(ids(await openSegmentation({ path: root, split: 'trainval' }))).toEqual(['100']);
  });
});

describe('LoveDA', () => {
  it('has index masks with 0 where there are no data, and parts by folder', async () => {
    const root = await temporaryFolder();
    for (const folder of ['Train/Urban', 'Train/Rural', 'Val/Rural']) {
      await put(path.join(root, folder, 'images_png', '12.png'), await pngBytes(ramp(Uint8Array, 24), 2, 4));
      await put(
        path.join(root, folder, 'masks_png', '12.png'),
        await pngBytes(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7), 2, 4),
      );
    }
    expect(await detectSegmentationFormat(root)).toBe('loveda');
    const train = await openSegmentation({ path: root, split: 'train' });
    expect(ids(train)).toEqual(['Train/Urban/12', 'Train/Rural/12']);
    expect([...(await train.get(1)).mask.data]).toEqual([255, 0, 1, 2, 3, 4, 5, 6]);
    expect((await openSegmentation({ path: root, split: 'val' })).length).toBe(1);
  });
});
