import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fromFloat16, useEngine } from '@lulc/core';
import type { TilePredictor } from '@lulc/core/segmentation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chipNormalization, memoryChips } from '../../testing/memoryChips.js';
import { cacheTeacherMaps } from '../cacheTeacherMaps.js';
import { withSoftTargets } from '../withSoftTargets.js';
import { fileTeacherMaps } from './fileTeacherMaps.js';

let folder: string;
beforeEach(async () => {
  await useEngine('cpu');
  folder = await mkdtemp(path.join(tmpdir(), 'teacher-maps-'));
});
afterEach(() => rm(folder, { recursive: true }));

const bright: TilePredictor = async (tiles) => tiles.map((value, i) => (i % 2) * value);
const base = { normalization: chipNormalization, tile: [8, 8], networks: bright } as const;
const dataset = memoryChips({ length: 3, size: 8, name: 'scene/a*:' });

describe('teacher maps in files', () => {
  it('are what is read back, by other stores and by threads', async () => {
    const place = path.join(folder, 'maps');
    await cacheTeacherMaps({ ...base, teacher: 'a', dataset, store: fileTeacherMaps(place) });
    const files = await readdir(place);
    expect(files.sort()).toEqual([0, 1, 2].map((i) => `scene%2Fa%2A%3A${i}.safetensors`));
    const store = fileTeacherMaps(place);
    const taught = withSoftTargets(dataset, store);
    const { soft } = await taught.get(2);
    const lying = taught.softFile?.(2);
    if (lying === undefined) return expect.fail('maps in files have places');
    const { path: file, offset, type, shape } = lying;
    expect([type, shape, soft?.shape]).toEqual(['float16', [8, 8, 1], [8, 8, 1]]);
    const bytes = await readFile(file);
    expect(bytes.length).toBe(offset + 128);
    const values = Array.from({ length: 64 }, (_, i) => fromFloat16(bytes.readUInt16LE(offset + 2 * i)));
    expect(values).toEqual([...(soft?.data ?? [])]);
    expect(Math.max(...values)).toBeGreaterThan(0);
  });

  it('go on where making them was interrupted, and are not touched again', async () => {
    const interrupted = { ...dataset, length: 2 };
    await cacheTeacherMaps({ ...base, teacher: 'a', dataset: interrupted, store: fileTeacherMaps(folder) });
    const times = async () =>
      Promise.all((await readdir(folder)).map(async (file) => (await stat(path.join(folder, file))).mtimeMs));
    const before = await times();
    const rest = await cacheTeacherMaps({ ...base, teacher: 'a', dataset, store: fileTeacherMaps(folder) });
    expect(rest).toEqual({ made: 1, kept: 2 });
    expect((await times()).slice(0, 2)).toEqual(before);
    const other = cacheTeacherMaps({ ...base, teacher: 'b', dataset, store: fileTeacherMaps(folder) });
    await expect(other).rejects.toMatchObject({ code: 'incompatible', where: { sample: 'scene/a*:0' } });
  });

  it('are refused when they are damaged, of another sample, or not there', async () => {
    const store = () => fileTeacherMaps(folder);
    await cacheTeacherMaps({ ...base, teacher: 'a', dataset, store: store() });
    const [first, second, third] = (await readdir(folder)).sort().map((file) => path.join(folder, file));
    await truncate(first, 200);
    await writeFile(second, await readFile(third));
    await writeFile(third, 'no map');
    for (const id of ['scene/a*:0', 'scene/a*:1', 'scene/a*:2']) {
      await expect(store().teacherOf(id)).rejects.toMatchObject({ code: 'corrupt-file' });
      await expect(store().load(id)).rejects.toMatchObject({ code: 'corrupt-file' });
    }
    expect(await store().teacherOf('none')).toBeUndefined();
    await expect(store().load('none')).rejects.toMatchObject({ code: 'missing-file' });
    expect(() => store().file?.('none')).toThrow(expect.objectContaining({ code: 'missing-file' }));
  });
});
