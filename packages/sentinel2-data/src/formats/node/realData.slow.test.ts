import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bandOrders } from '../../bands/bandOrders.js';
import type { FileDataset } from '../../dataset/fileDataset.js';
import { euroSat10 } from '../../labels/euroSat.js';
import { createLoader } from '../../loader/node/createLoader.js';
import { computeStatistics } from '../../normalisation/computeStatistics.js';
import { scalingFor } from '../../normalisation/statistics.js';
import { readImage } from '../../raster/node/readImage.js';
import { hasRealData, realData } from '../../testing/realData.js';
import { temporaryFolder } from '../../testing/temporary.js';
import { detectFormat, openDataset } from './openDataset.js';

const indices = (dataset: FileDataset) => [...Array(dataset.length).keys()];
const parts = ['train', 'val', 'test'] as const;

async function means(dataset: FileDataset, index: number): Promise<number[]> {
  const { data } = (await dataset.get(index)).image;
  const bands = dataset.info.bands.length;
  return dataset.info.bands.map((_, band) => {
    let sum = 0;
    for (let i = band; i < data.length; i += bands) sum += data[i];
    return (sum * bands) / data.length;
  });
}

describe.skipIf(!hasRealData('eurosat-rgb'))('the real EuroSAT RGB sample', () => {
  const root = realData('eurosat-rgb');

  it('is read with its own split', async () => {
    expect(await detectFormat(root)).toBe('eurosat-rgb');
    const [train, val, test] = await Promise.all(parts.map((split) => openDataset({ path: root, split })));
    expect([train, val, test].map(({ length }) => length)).toEqual([3500, 750, 750]);
    for (const [part, count] of [
      [train, 350],
      [val, 75],
      [test, 75],
    ] as const) {
      for (const [c] of euroSat10.classes.entries()) {
        expect(indices(part).filter((i) => part.label(i)[0] === c)).toHaveLength(count);
      }
    }
    const ids = [train, val, test].flatMap((part) => indices(part).map((i) => part.meta(i).id));
    expect(new Set(ids).size).toBe(5000);
  });

  it('has the statistics that are kept under its name', async () => {
    const train = await openDataset({ path: root, split: 'train' });
    const { mean, std } = await computeStatistics(train);
    const known = scalingFor('eurosat-rgb', train.info.bands);
    expect(train.info.scaling).toEqual(known);
    mean.forEach((value, band) => {
      expect(value).toBeCloseTo(known.mean[band], 6);
      expect(std[band]).toBeCloseTo(known.std[band], 6);
    });
  });

  it('is loaded by threads as it is without them', async () => {
    const test = await openDataset({ path: root, split: 'test' });
    const sums = await Promise.all(
      [0, 2].map(async (workers) => {
        const loader = createLoader(test, { batchSize: 100, workers, shuffle: true, augment: { rot90: true } });
        const own: number[] = [];
        for await (const { images } of loader.epoch(3)) own.push(images.reduce((a, b) => a + b, 0));
        await loader.close();
        return own;
      }),
    );
    expect(sums[0]).toEqual(sums[1]);
  });
});

describe.skipIf(!hasRealData('layouts-synthetic'))(
  "torchgeo's fixture in the layout of SEN12MS (random values)",
  () => {
    it('is read: files of another program, official lists and all', async () => {
      const options = { path: realData('layouts-synthetic/sen12ms'), imageSize: [64, 64] } as const;
      expect(await detectFormat(options.path)).toBe('sen12ms');
      const [all, train, test] = await Promise.all(
        ['all', 'trainval', 'test'].map((split) =>
          openDataset({ ...options, split, bands: bandOrders['bigearthnet-mm'] }),
        ),
      );
      expect([all, train, test].map(({ length }) => length)).toEqual([8, 8, 8]);
      expect((await all.get(0)).image.shape).toEqual([64, 64, 12]);
      expect(test.meta(7)).toMatchObject({ id: 'ROIs2017_winter_s2_1_p2', group: 'ROIs2017_winter_1' });
    });
  },
);

describe.skipIf(!hasRealData('eurosat-ms'))('real EuroSAT multispectral files', () => {
  it('have 13 bands of 16 bit that look like what they are', async () => {
    const root = realData('eurosat-ms');
    expect(await detectFormat(root)).toBe('eurosat-ms');
    const dataset = await openDataset({ path: root, bands: ['B03', 'B04', 'B08', 'B10'] });
    expect(dataset.length).toBe(8);
    const vegetation = async (name: string) => {
      const found = indices(dataset).find((i) => String(dataset.meta(i).id).startsWith(name)) ?? -1;
      const [, red, infrared, cirrus] = await means(dataset, found);
      // nothing on the ground is seen in the cirrus band
      expect(cirrus).toBeLessThan(100);
      return (infrared - red) / (infrared + red);
    };
    expect(await vegetation('Forest')).toBeGreaterThan(0.6);
    expect(await vegetation('SeaLake')).toBeLessThan(0);
  });
});

describe.skipIf(!hasRealData('s2-india'))('the real multi-label tiles', () => {
  const options = { path: realData('s2-india'), storedBands: bandOrders.rgbn };

  it('are read through their table, with its geographic split', async () => {
    expect(await detectFormat(options.path)).toBe('table');
    const own = await Promise.all(parts.map((split) => openDataset({ ...options, split })));
    expect(own.map(({ length }) => length)).toEqual([387, 88, 182]);
    const groups = own.map((part) => [...new Set(indices(part).map((i) => part.meta(i).group))]);
    expect(new Set(groups.flat()).size).toBe(groups.flat().length);
    expect(own[0].info).toMatchObject({
      task: 'multi-label',
      classes: ['builtup', 'vegetation', 'water'],
      bands: ['B04', 'B03', 'B02', 'B08'],
      imageSize: [128, 128],
    });
  });

  it('have the labels that their masks show', async () => {
    const dataset = await openDataset(options);
    for (const i of [0, 5, 100, 400, 656]) {
      const mask = await readImage(realData(`s2-india/masks/${dataset.meta(i).id}.png`));
      const share = (value: number) => mask.data.filter((v) => v === value).length / mask.data.length;
      expect(dataset.label(i)).toEqual([0, 1, 2].filter((c) => share(c + 1) >= 0.05));
      expect((await dataset.get(i)).image.shape).toEqual([128, 128, 4]);
    }
  });

  it('can all be read', async () => {
    const { report, length } = await openDataset({ ...options, onBroken: 'skip' });
    expect([length, report.skipped]).toEqual([657, []]);
  });
});

describe.skipIf(!hasRealData('bigearthnet'))('real BigEarthNet files', () => {
  it('of version 1.0 are read with their label', async () => {
    const root = realData('bigearthnet/kai-tub-v1-tiny_s2');
    expect(await detectFormat(root)).toBe('bigearthnet-v1');
    const dataset = await openDataset({ path: root, bands: 'torchgeo-bigearthnet-s2' });
    expect(dataset.label(0).map((c) => dataset.info.classes[c])).toEqual(['Arable land', 'Pastures']);
    const original = await openDataset({ path: root, nomenclature: 43 });
    expect(original.label(0).map((c) => original.info.classes[c])).toEqual(['Non-irrigated arable land', 'Pastures']);
    const own = await means(dataset, 0);
    for (const [i, band] of dataset.info.bands.entries()) {
      const file = await readImage(dataset.files(0)[i]);
      const stored = Array.from(file.data).reduce((a, b) => a + b, 0) / file.data.length;
      // bringing a band to the finer grid keeps its mean
      expect([band, Math.abs(own[i] / stored - 1) < 0.01]).toEqual([band, true]);
    }
  });

  it('of version 2.0 with its radar patch are single files of the documented grid and type', async () => {
    const root = realData('bigearthnet/rico-hdl-v2');
    const files = await readdir(root, { recursive: true });
    const size: Record<string, number> = { B01: 20, B09: 20, B02: 120, B03: 120, B04: 120, B08: 120, VV: 120, VH: 120 };
    const bands = files.filter((file) => /_(B..|V[VH])\.tif$/.test(file));
    expect(bands).toHaveLength(14);
    for (const file of bands) {
      const band = file.slice(-7, -4).replace('_', '');
      const { shape, data } = await readImage(path.join(root, file));
      expect([band, shape[0], shape[2]]).toEqual([band, size[band] ?? 60, 1]);
      expect(data.constructor).toBe(band.startsWith('V') ? Float32Array : Uint16Array);
    }
  });
});

describe.skipIf(!hasRealData('layouts-synthetic'))('layout fixtures with random pixels', () => {
  it('of BigEarthNet 1.0 give labels and splits', async () => {
    const root = realData('layouts-synthetic/bigearthnet/v1');
    expect(await detectFormat(root)).toBe('bigearthnet-v1');
    const own = await Promise.all(parts.map((split) => openDataset({ path: root, split, bands: 'bigearthnet-mm' })));
    expect(own.map(({ length }) => length)).toEqual([2, 1, 1]);
    expect(own[0].label(0).map((c) => own[0].info.classes[c])).toEqual([
      'Arable land',
      'Broad-leaved forest',
      'Inland waters',
    ]);
    expect(path.basename(own[0].files(0)[11])).toBe('S1A_IW_GRDH_1SDV_20170613T165043_33UUP_61_39_VH.tif');
    await expect(own[0].get(0)).rejects.toMatchObject({ code: 'corrupt-file' }); // 2 x 2 pixels instead of 120 x 120
  });

  it('of BigEarthNet 2.0 are found as their archives unpack, optical and radar', async () => {
    const source = realData('layouts-synthetic/bigearthnet/v2');
    const folder = await temporaryFolder();
    const unpack = ['BigEarthNet-S2', 'BigEarthNet-S1'].map(
      (name) => `cat ${source}/${name}.tar.gza* | tar xz -C ${folder}`,
    );
    await promisify(execFile)('sh', ['-c', `${unpack.join(' && ')} && cp ${source}/metadata.parquet ${folder}`]);
    expect(await detectFormat(folder)).toBe('bigearthnet-v2');
    const own = await Promise.all(
      parts.map((split) => openDataset({ path: folder, split, bands: ['B02', 'B03', 'VV', 'VH'] })),
    );
    expect(own.map(({ length }) => length)).toEqual([2, 1, 1]);
    const { image, label } = await own[0].get(0);
    expect([image.shape, image.data.constructor]).toEqual([[120, 120, 4], Int16Array]); // as the fixtures store both
    expect(label.map((c) => own[0].info.classes[c])).toEqual([
      'Urban fabric',
      'Industrial or commercial units',
      'Complex cultivation patterns',
    ]);
  });

  it('of EuroSAT are found below their nested folders', async () => {
    const dataset = await openDataset({ path: realData('layouts-synthetic/eurosat'), split: 'train' });
    expect([dataset.info.name, dataset.length]).toEqual(['eurosat-ms', 2]);
    expect((await dataset.get(1)).image.shape).toEqual([64, 64, 13]);
  });
});

describe.skipIf(!hasRealData('s2-13band-slovenia'))('a real Sentinel-2 cut-out with a land-cover map', () => {
  it('is read with all bands, predictor and compression included', async () => {
    const image = await readImage(realData('s2-13band-slovenia/2015-07-11_L1C_13band.tif'));
    expect([image.shape, image.data.constructor]).toEqual([[101, 100, 13], Uint16Array]);
    const cover = await readImage(realData('s2-13band-slovenia/lulc.png'));
    expect(cover.shape.slice(0, 2)).toEqual(image.shape.slice(0, 2));
    expect([...new Set(cover.data)].sort()).toEqual([0, 1, 2, 3, 4, 8]);
  });
});
