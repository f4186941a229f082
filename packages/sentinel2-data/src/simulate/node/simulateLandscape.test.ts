import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fromArrayBuffer } from 'geotiff';
import { parquetReadObjects } from 'hyparquet';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FileDataset } from '../../dataset/fileDataset.js';
import { detectFormat, openDataset } from '../../formats/node/openDataset.js';
import { corineClasses } from '../../labels/bigEarthNet.js';
import { computeStatistics } from '../../normalisation/computeStatistics.js';
import { readImage } from '../../raster/node/readImage.js';
import { put, temporaryFolder } from '../../testing/temporary.js';
import { simulateLandscape } from './simulateLandscape.js';

const patches = 60;
let out: string;
let result: Awaited<ReturnType<typeof simulateLandscape>>;
beforeAll(async () => {
  out = path.join(await temporaryFolder(), 'simulated');
  result = await simulateLandscape({ out, patches, seed: 4 });
});

const indices = (dataset: FileDataset) => [...Array(dataset.length).keys()];

/** Name → bytes of every file below a folder. */
async function contents(folder: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files = names.map((entry) => path.join(entry.parentPath, entry.name)).sort();
  return new Map(
    await Promise.all(files.map(async (file) => [path.relative(folder, file), await readFile(file)] as const)),
  );
}

describe('a simulated landscape', () => {
  it('is a BigEarthNet 2.0 dataset that says it is simulated', async () => {
    expect(await detectFormat(out)).toBe('bigearthnet-v2');
    const dataset = await openDataset({ path: out, bands: 'torchgeo-bigearthnet-s2' });
    expect(dataset.info).toMatchObject({ simulated: true, scaling: undefined, imageSize: [120, 120] });
    expect(dataset.length).toBe(patches);
    const { image, meta } = await dataset.get(17);
    expect([image.shape, image.data.constructor]).toEqual([[120, 120, 12], Uint16Array]);
    expect(meta).toMatchObject({ country: 'Simulated', id: expect.stringContaining('T00SIM') });
    expect(await readFile(path.join(out, 'SIMULATED.txt'), 'utf8')).toContain('generated');
  });

  it('has the files, grids and columns of the real one', async () => {
    const dataset = await openDataset({ path: out, bands: ['B01', 'B02', 'B05'] });
    for (const [i, pixels] of [20, 120, 60].entries()) {
      const bytes = await readFile(dataset.files(0)[i]);
      const image = await (await fromArrayBuffer(new Uint8Array(bytes).buffer)).getImage();
      expect([image.getWidth(), image.getHeight(), image.getResolution()[0]]).toEqual([pixels, pixels, 1200 / pixels]);
      expect(image.getGeoKeys()).toMatchObject({ ProjectedCSTypeGeoKey: 32631 });
      expect(image.getBoundingBox()[2] - image.getBoundingBox()[0]).toBe(1200);
      expect(image.getGDALNoData()).toBe(0);
    }
    const table = await parquetReadObjects({
      file: new Uint8Array(await readFile(path.join(out, 'metadata.parquet'))).buffer,
    });
    expect(Object.keys(table[0])).toEqual([
      'patch_id',
      'labels',
      'split',
      'country',
      's1_name',
      's2v1_name',
      'contains_seasonal_snow',
      'contains_cloud_or_shadow',
    ]);
  });

  it('keeps scenes apart and shares of parts', async () => {
    expect(result.patches).toEqual({ train: 36, validation: 12, test: 12 });
    const parts = await Promise.all(['train', 'val', 'test'].map((split) => openDataset({ path: out, split })));
    expect(parts.map(({ length }) => length)).toEqual([36, 12, 12]);
    const scenes = parts.map((part) => [...new Set(indices(part).map((i) => part.meta(i).group))]);
    expect(new Set(scenes.flat()).size).toBe(scenes.flat().length);
  });

  it('is labelled by what its reference map shows on 5 % or more', async () => {
    const dataset = await openDataset({ path: out });
    const classOf = new Map(corineClasses.map(({ code, nineteen }) => [code, nineteen]));
    for (const i of indices(dataset)) {
      const { id, group } = dataset.meta(i);
      const map = await readImage(path.join(out, 'Reference_Maps', String(group), id, `${id}_reference_map.tif`));
      const counts = new Map<string | undefined, number>();
      for (const code of map.data) counts.set(classOf.get(code), (counts.get(classOf.get(code)) ?? 0) + 1);
      const shown = [...counts].filter(([, count]) => count >= 0.05 * 14400).map(([name]) => name);
      expect(
        dataset
          .label(i)
          .map((c) => dataset.info.classes[c])
          .sort(),
      ).toEqual(shown.sort());
    }
    const counted = Object.values(result.classCounts).reduce((a, b) => a + b);
    expect(counted).toBe(indices(dataset).reduce((sum, i) => sum + dataset.label(i).length, 0));
    expect(counted / patches).toBeGreaterThan(1.5);
  });

  it('has reflectances as real land has', async () => {
    const folder = await temporaryFolder();
    const bands = ['B03', 'B04', 'B08'];
    const [green, red, infrared] = [0, 1, 2];
    const indexOf = async (name: string, plus: number, minus: number): Promise<number> => {
      await simulateLandscape({ out: folder, patches: 2, bands, classes: [name], referenceMaps: false });
      const { mean } = await computeStatistics(await openDataset({ path: folder, bands }));
      return (mean[plus] - mean[minus]) / (mean[plus] + mean[minus]);
    };
    // vegetation index of woods and meadows, of sand, and water index of the sea, in their usual ranges
    for (const name of ['Coniferous forest', 'Broad-leaved forest', 'Pastures']) {
      const index = await indexOf(name, infrared, red);
      expect([name, index > 0.5 && index < 0.95]).toEqual([name, true]);
    }
    expect(await indexOf('Beaches, dunes, sands', infrared, red)).toBeLessThan(0.25);
    expect(await indexOf('Marine waters', green, infrared)).toBeGreaterThan(0.25);
  });

  it('is the same for the same seed and another for another', async () => {
    const folder = await temporaryFolder();
    const options = { patches: 6, bands: ['B02', 'B11'], referenceMaps: false };
    await simulateLandscape({ ...options, out: path.join(folder, 'a'), seed: 1 });
    await simulateLandscape({ ...options, out: path.join(folder, 'b'), seed: 1 });
    await simulateLandscape({ ...options, out: path.join(folder, 'c'), seed: 2 });
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => contents(path.join(folder, name))));
    expect(a.size).toBe(6 * 2 + 2);
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
  });

  it('replaces an earlier simulation, and nothing else', async () => {
    const folder = await temporaryFolder();
    const options = { out: folder, patches: 5, bands: ['B02'] };
    await simulateLandscape({ ...options, patches: 9 });
    await simulateLandscape(options);
    expect((await openDataset({ path: folder, bands: ['B02'] })).length).toBe(5);
    const other = await temporaryFolder();
    await put(path.join(other, 'thesis.txt'), 'important');
    await expect(simulateLandscape({ ...options, out: other })).rejects.toMatchObject({ code: 'invalid-argument' });
    expect(await readdir(other)).toEqual(['thesis.txt']);
  });

  it('may be limited to some classes, and refuses what it cannot make', async () => {
    const folder = await temporaryFolder();
    const classes = ['Coniferous forest', 'Inland waters', 'Arable land'];
    const { classCounts } = await simulateLandscape({ out: folder, patches: 20, bands: ['B02'], classes });
    expect(Object.keys(classCounts).sort()).toEqual([...classes].sort());
    const bad = [{ patches: 0 }, { patches: 1.5 }, { classes: ['Forrest'] }, { bands: ['B10'] }, { classes: [] }];
    for (const options of bad) {
      await expect(simulateLandscape({ out: folder, patches: 2, ...options })).rejects.toMatchObject({
        code: expect.stringMatching(/invalid-argument|unknown-name/),
      });
    }
  });
});

describe('a broken BigEarthNet 2.0', () => {
  it('names the file', async () => {
    const folder = await temporaryFolder();
    const metadata = await readFile(path.join(out, 'metadata.parquet'));
    await put(path.join(folder, 'metadata.parquet'), metadata);
    const dataset = await openDataset({ path: folder });
    await expect(dataset.get(0)).rejects.toMatchObject({ code: 'missing-file' });
    await expect(openDataset({ path: folder, split: 'dev' })).rejects.toMatchObject({ code: 'unknown-name' });
    await expect(openDataset({ path: folder, bands: ['VV'] })).rejects.toMatchObject({ code: 'missing-file' });
    for (const length of [0, 3, 100, metadata.length - 9]) {
      await put(path.join(folder, 'metadata.parquet'), metadata.subarray(0, length));
      await expect(openDataset({ path: folder })).rejects.toMatchObject({
        code: 'corrupt-file',
        where: { file: path.join(folder, 'metadata.parquet') },
      });
    }
  });
});
