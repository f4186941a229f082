import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasFiles } from '../../dataset/fileDataset.js';
import { pngBytes, put, ramp, temporaryFolder, tiffBytes } from '../../testing/temporary.js';
import { openImages } from './openImages.js';

const ids = (set: Awaited<ReturnType<typeof openImages>>) =>
  Array.from({ length: set.length }, (_, i) => set.meta(i).id);

describe('images without labels', () => {
  it('are all of a folder and of those below it', async () => {
    const root = await temporaryFolder();
    await put(path.join(root, 'b.tif'), tiffBytes(ramp(Uint8Array, 12), 2, 2));
    await put(path.join(root, 'deep', 'er', 'a.png'), await pngBytes(ramp(Uint8Array, 12), 2, 2));
    await put(path.join(root, 'deep', 'notes.txt'), 'no image');
    const all = await openImages({ path: root, storedBands: 'rgb', bands: ['B02'] });
    expect(ids(all)).toEqual(['b.tif', 'deep/er/a.png']);
    expect(hasFiles(all)).toBe(true);
    expect(all.info).toMatchObject({ bands: ['B02'], imageSize: [2, 2], simulated: false });
    expect((await all.get(1)).image).toEqual({ data: Uint8Array.of(16, 37, 58, 79), shape: [2, 2, 1] });
    expect(ids(await openImages({ path: root, recursive: false }))).toEqual(['b.tif']);
    expect(ids(await openImages({ path: root, exclude: ['b.tif'] }))).toEqual(['deep/er/a.png']);
  });

  it('are cut into windows; those that are mostly without data in every band are left out', async () => {
    const root = await temporaryFolder();
    // columns 0 to 3 are empty in all bands, 4 to 7 only in the last one
    const scene = Uint16Array.from({ length: 4 * 12 * 2 }, (_, i) => {
      const [column, band] = [Math.floor(i / 2) % 12, i % 2];
      return column < 4 || (column < 8 && band === 1) ? 0 : 100 + column;
    });
    await put(path.join(root, 'scene.tif'), tiffBytes(scene, 4, 12));
    const options = { path: root, window: { size: 4, stride: 2 } };
    expect(ids(await openImages(options))).toEqual([
      'scene.tif@0,2',
      'scene.tif@0,4',
      'scene.tif@0,6',
      'scene.tif@0,8',
    ]);
    expect(ids(await openImages({ ...options, maxNodata: 0.4 }))).toHaveLength(3);
    expect(ids(await openImages({ ...options, maxNodata: 1 }))).toHaveLength(5);
    expect(ids(await openImages({ ...options, nodata: 7 }))).toHaveLength(5);
    const images = await openImages(options);
    expect(images.meta(0)).toEqual({ id: 'scene.tif@0,2', group: 'scene.tif' });
    expect([...(await images.get(3)).image.data.subarray(0, 4)]).toEqual([108, 108, 109, 109]);
  });

  it('with values that are no numbers are left out as windows, and named as images', async () => {
    const root = await temporaryFolder();
    const values = new Float32Array(2 * 4).fill(1);
    values[0] = Number.NaN;
    await put(path.join(root, 'x.tif'), tiffBytes(values, 2, 4));
    expect(ids(await openImages({ path: root, window: { size: 2 } }))).toEqual(['x.tif@0,2']);
    await expect((await openImages({ path: root })).get(0)).rejects.toMatchObject({ code: 'nodata' });
  });

  it('may differ in size when that is said', async () => {
    const root = await temporaryFolder();
    await put(path.join(root, 'a.tif'), tiffBytes(ramp(Uint8Array, 4), 2, 2));
    await put(path.join(root, 'b.tif'), tiffBytes(ramp(Uint8Array, 6), 2, 3));
    await expect((await openImages({ path: root })).get(1)).rejects.toMatchObject({ code: 'corrupt-file' });
    const any = await openImages({ path: root, imageSize: 'any' });
    expect([any.info.imageSize, (await any.get(1)).image.shape]).toEqual([undefined, [2, 3, 1]]);
  });

  it('that are broken are named or left out', async () => {
    const root = await temporaryFolder();
    await put(path.join(root, 'a.tif'), tiffBytes(ramp(Uint8Array, 4), 2, 2));
    await put(path.join(root, 'b.tif'), 'II*');
    await expect(openImages({ path: root, window: { size: 2 } })).rejects.toMatchObject({
      code: 'corrupt-file',
      where: { file: path.join(root, 'b.tif') },
    });
    for (const window of [undefined, { size: 2 }]) {
      const rest = await openImages({ path: root, onBroken: 'skip', ...(window && { window }) });
      expect([rest.length, rest.report.skipped.map(({ id }) => id)]).toEqual([1, ['b.tif']]);
    }
    await expect(openImages({ path: await temporaryFolder() })).rejects.toMatchObject({ code: 'missing-file' });
    await expect(openImages({ path: root, maxNodata: -1 })).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});
