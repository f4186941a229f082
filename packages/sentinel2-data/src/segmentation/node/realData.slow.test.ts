import path from 'node:path';
import { dihedralRecipe, type ViewRecipe } from '@lulc/core/views';
import { describe, expect, it } from 'vitest';
import type { SegmentationFileDataset } from '../../dataset/fileDataset.js';
import { labelFraction, locationGroups } from '../../dataset/labelFraction.js';
import { readTable } from '../../formats/node/readCsv.js';
import { createSegmentationLoader } from '../../loader/node/createSegmentationLoader.js';
import { createViewLoader } from '../../loader/node/createViewLoader.js';
import { computeStatistics } from '../../normalisation/computeStatistics.js';
import { hasRealData, realData } from '../../testing/realData.js';
import { openImages } from './openImages.js';
import { detectSegmentationFormat, openSegmentation } from './openSegmentation.js';

/** Pixels of each class, those to be ignored last. */
async function pixels(dataset: SegmentationFileDataset, index?: number): Promise<number[]> {
  const counts = new Float64Array(256);
  const indices = index === undefined ? [...Array(dataset.length).keys()] : [index];
  for (const i of indices) for (const label of (await dataset.get(i)).mask.data) counts[label]++;
  return [...counts.subarray(0, dataset.info.classes.length), counts[255]];
}

describe.skipIf(!hasRealData('s2-india'))('the real tiles with hand-drawn masks', () => {
  const options = {
    path: realData('s2-india'),
    storedBands: 'rgbn',
    classes: { 'built-up': 1, vegetation: 2, water: 3 },
    ignore: 0,
  } as const;

  it('agree with what their table says of each tile', async () => {
    expect(await detectSegmentationFormat(options.path)).toBe('folder');
    const dataset = await openSegmentation(options);
    expect(dataset.length).toBe(657);
    const { rows } = await readTable(path.join(options.path, 'tiles.csv'));
    for (let i = 0; i < dataset.length; i += 9) {
      const row = rows[i];
      expect(dataset.meta(i)).toEqual({ id: row.tile, split: row.split, group: row.group });
      const counts = await pixels(dataset, i);
      // the table has a class that covers 5 % of a tile or more
      const present = counts.slice(0, 3).map((count) => (count >= 0.05 * 128 * 128 ? '1' : '0'));
      expect([row.tile, present]).toEqual([row.tile, [row.builtup, row.vegetation, row.water]]);
    }
  });

  it('are labelled in few places: 4, 39 or all tiles for training, the fewer among the more', async () => {
    const train = await openSegmentation({ ...options, split: 'train' });
    const groups = locationGroups(train);
    const draws = [0.01, 0.1, 1].map((fraction) => labelFraction(groups, fraction, 42));
    expect(draws.map(({ length }) => length)).toEqual([4, 39, 387]);
    expect(new Set(draws[0].map((i) => groups[i])).size).toBe(4);
    expect(draws[0].every((i) => draws[1].includes(i))).toBe(true);
  });

  it('are loaded by threads as they are without them, masks and views', async () => {
    const test = await openSegmentation({ ...options, split: 'test' });
    const scaling = await computeStatistics(test);
    const crop: ViewRecipe = { size: [96, 96], steps: [{ name: 'random-resized-crop', area: [0.4, 1] }] };
    const sums = await Promise.all(
      [0, 2].map(async (workers) => {
        const common = { batchSize: 32, workers, shuffle: true, seed: 1, scaling };
        const masks = createSegmentationLoader(test, { ...common, view: dihedralRecipe([128, 128]) });
        const views = createViewLoader(test, { ...common, views: [crop, crop] });
        const own: number[] = [];
        for await (const batch of masks.epoch(2)) {
          own.push(
            batch.images.reduce((a, b) => a + b, 0),
            batch.masks.reduce((a, b) => a + b, 0),
          );
        }
        for await (const batch of views.epoch(2)) {
          for (const view of batch.views) own.push(view.images.reduce((a, b) => a + b, 0));
        }
        await Promise.all([masks.close(), views.close()]);
        return own;
      }),
    );
    expect(sums[0]).toHaveLength(2 * 6 + 2 * 5);
    expect(sums[0]).toEqual(sums[1]);
  });
});

describe.skipIf(!hasRealData('l8-biome'))('real masks of clouds with values 0, 64, 128, 192, 255', () => {
  it('have the shares that their table says', async () => {
    const root = realData('l8-biome');
    const classes = { shadow: 64, clear: 128, thin: 192, cloud: 255 };
    const dataset = await openSegmentation({ path: root, classes, ignore: 0 });
    expect([dataset.length, dataset.info.bands.length]).toEqual([29, 8]);
    const { rows } = await readTable(path.join(root, 'patches.csv'));
    for (const [i, row] of rows.entries()) {
      const shares = (await pixels(dataset, i)).map((count) => count / 65536);
      [row.shadow, row.clear, row.thin, row.cloud, row.fill].forEach((share, k) => {
        expect(shares[k]).toBeCloseTo(Number(share), 3);
      });
    }
    const merged = await openSegmentation({ path: root, classes: { clear: [64, 128], cloud: [192, 255] }, ignore: 0 });
    const [clear, cloud] = await pixels(merged);
    const [shadow, bright, thin, thick] = await pixels(dataset);
    expect([clear, cloud]).toEqual([shadow + bright, thin + thick]);
  });

  it('are images without labels just as well, in windows', async () => {
    const images = await openImages({ path: realData('l8-biome/images'), window: { size: 64 }, maxNodata: 0.1 });
    expect(images.length).toBeGreaterThan(25 * 16);
    expect((await images.get(0)).image.shape).toEqual([64, 64, 8]);
  });
});

describe.skipIf(!hasRealData('l8-biome'))('real masks of clouds by the name of their legend', () => {
  const root = realData('l8-biome');
  const bands = ['blue', 'green', 'red', 'nir', 'swir1', 'swir2', 'cirrus', 'thermal'];

  it('have cloud and clear ground as their table says, fill left out, and parts by scene', async () => {
    const { rows } = await readTable(path.join(root, 'patches.csv'));
    const parts = await Promise.all(
      ['train', 'val', 'test'].map((split) =>
        openSegmentation({ path: root, split, classes: 'l8-binary', storedBands: bands, bands: bands.slice(0, 6) }),
      ),
    );
    expect(parts.map(({ length }) => length)).toEqual([16, 8, 5]);
    for (const part of parts) {
      expect(part.info).toMatchObject({ classes: ['clear', 'cloud'], bands: bands.slice(0, 6) });
      for (let i = 0; i < part.length; i++) {
        const row = rows.find(({ patch }) => patch === part.meta(i).id);
        const [clear, cloud, fill] = (await pixels(part, i)).map((count) => count / 65536);
        expect(clear).toBeCloseTo(Number(row?.clear) + Number(row?.shadow), 3);
        expect(cloud).toBeCloseTo(Number(row?.thin) + Number(row?.cloud), 3);
        expect(fill).toBeCloseTo(Number(row?.fill), 3);
      }
    }
  });
});

describe.skipIf(!hasRealData('s2-cloud-scene'))('a real scene of another sensor, image and mask in one folder', () => {
  it('has as much cloud as a reader of PNGs counts', async () => {
    const dataset = await openSegmentation({
      path: realData('s2-cloud-scene'),
      format: 'folder',
      folder: { images: '.', masks: '.', imageSuffix: '_6band', maskSuffix: '_mask' },
      storedBands: ['blue', 'green', 'red', 'nir', 'swir1', 'swir2'],
      classes: 'csmask',
    });
    // numpy: bincount of the mask is 28583, 840, 0, 183124, 49597
    expect(await pixels(dataset)).toEqual([28583 + 840 + 183124, 49597, 0]);
    const { image } = await dataset.get(0);
    expect([...image.data.subarray((100 * 512 + 200) * 6, (100 * 512 + 200) * 6 + 6)]).toEqual([
      1209, 1205, 1040, 4048, 3183, 1646,
    ]);
  });
});

describe.skipIf(!hasRealData('layouts-synthetic'))(
  "torchgeo's fixture in the layout of its L8 Biome (random values, LZW with differences, tiled)",
  () => {
    it('is read: values, masks, biomes, and windows like the whole', async () => {
      const root = realData('layouts-synthetic/l8biome/l8biome');
      expect(await detectSegmentationFormat(root)).toBe('l8-biome');
      const dataset = await openSegmentation({ path: root, classes: 'l8-all' });
      const at = Array.from({ length: dataset.length }, (_, i) => dataset.meta(i)).findIndex(
        ({ id }) => id === 'LC80420082013220LGN00',
      );
      expect(dataset.meta(at)).toMatchObject({ biome: 'barren', group: 'LC80420082013220LGN00' });
      const { image } = await dataset.get(at);
      expect(image.shape).toEqual([36, 36, 11]);
      // tifffile: every band sums to 163018; the mask has 248 0s, 306 64s, 228 128s, 256 192s, 258 255s
      const sums = new Array<number>(11).fill(0);
      image.data.forEach((value, i) => {
        sums[i % 11] += value;
      });
      expect(sums).toEqual(new Array<number>(11).fill(163018));
      expect(await pixels(dataset, at)).toEqual([228, 306, 256, 258, 248]);
      const windows = await openSegmentation({ path: root, classes: 'l8-all', window: { size: 18 } });
      expect(windows.length).toBe(4 * dataset.length);
      const inWindows = await Promise.all([0, 1, 2, 3].map((i) => pixels(windows, 4 * at + i)));
      expect(inWindows[0].map((_, label) => inWindows.reduce((sum, counts) => sum + counts[label], 0))).toEqual([
        228, 306, 256, 258, 248,
      ]);
    });
  },
);

describe.skipIf(!hasRealData('layouts-synthetic'))(
  "torchgeo's fixture in the layout of Potsdam (random values)",
  () => {
    it('is read: files of another program, packed and all', async () => {
      const root = realData('layouts-synthetic/potsdam');
      expect(await detectSegmentationFormat(root)).toBe('potsdam');
      const [all, test, trainval] = await Promise.all(
        ['all', 'test', 'trainval'].map((split) => openSegmentation({ path: root, split })),
      );
      const idsOf = (set: SegmentationFileDataset) => Array.from({ length: set.length }, (_, i) => set.meta(i).id);
      expect(idsOf(all)).toEqual(['2_10', '2_11', '5_15', '6_15']);
      expect(idsOf(test)).toEqual(['5_15', '6_15']);
      expect(idsOf(trainval)).toEqual(['2_10', '2_11']);
      for (let i = 0; i < all.length; i++) {
        const { image, mask } = await all.get(i);
        expect([image.shape, mask.shape]).toEqual([
          [2, 2, 4],
          [2, 2],
        ]);
        // white, blue, cyan and red, in the order of the legend
        expect([...new Set(mask.data)].every((label) => [0, 1, 2, 5].includes(label))).toBe(true);
      }
    });
  },
);
