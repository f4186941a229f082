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
