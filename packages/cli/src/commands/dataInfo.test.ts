import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSegmentation, writeMap, writeNnUnetRaw } from '@lulc/sentinel2-data/node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../program/exitCodes.js';
import { chipGeo, chipSize, emptyRows, maskValues, writeCloudChips } from '../testing/cloudChips.js';
import { runCollected } from '../testing/collectIo.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lulc-info-'));
afterAll(() => rmSync(folder, { recursive: true }));
const chips = path.join(folder, 'chips');
const classes = ['--data.classes', JSON.stringify({ clear: 0, cloud: 1 }), '--data.ignore', String(maskValues.unknown)];

async function info(...argv: readonly string[]) {
  const { status, out, err } = await runCollected(['data', 'info', ...argv, '--json']);
  expect(status, err).toBe(exitCodes.ok);
  return JSON.parse(out);
}

/** How many pixels of chips hold a value, by a reader of others. */
async function pixelsWith(value: number, part: string, count: number): Promise<number> {
  const all = Array.from({ length: count }, (_, i) =>
    sharp(path.join(chips, 'masks', `${part}${i}.png`))
      .extractChannel(0)
      .raw()
      .toBuffer(),
  );
  return (await Promise.all(all)).reduce((sum, pixels) => sum + pixels.filter((pixel) => pixel === value).length, 0);
}

beforeAll(() => writeCloudChips(chips, { train: 8, test: 3 }));

describe('lulc data info of images with masks', () => {
  it('counts scenes and pixels of each part', async () => {
    const facts = await info(chips, ...classes, '--data.storedBands', 'rgbn');
    expect(facts).toMatchObject({
      name: 'chips',
      simulated: true,
      task: 'segmentation',
      classes: ['clear', 'cloud'],
      bands: ['B04', 'B03', 'B02', 'B08'],
      licence: 'unknown',
    });
    expect(facts.parts.map(({ part }: { part: string }) => part)).toEqual(['all', 'train', 'test']);
    const [all, ...parts] = facts.parts;
    expect([all.samples, all.groups, all.read]).toEqual([11, 6, 11]);
    for (const [i, [name, count, groups]] of (
      [
        ['train', 8, 4],
        ['test', 3, 2],
      ] as const
    ).entries()) {
      const [clear, cloud] = [
        await pixelsWith(maskValues.clear, name, count),
        await pixelsWith(maskValues.cloud, name, count),
      ];
      expect(parts[i]).toEqual({
        part: name,
        samples: count,
        groups,
        sizes: [
          [chipSize, chipSize],
          [chipSize, chipSize],
        ],
        read: count,
        pixels: count * chipSize ** 2,
        classShares: { clear: clear / (clear + cloud), cloud: cloud / (clear + cloud) },
        unlabelled: emptyRows / chipSize,
        nodata: emptyRows / chipSize,
        broken: [],
      });
    }
  });

  it('tells people', async () => {
    const { out } = await runCollected(['data', 'info', '--data', chips, ...classes]);
    expect(out).toContain('SIMULATED');
    expect(out).toMatch(/│ samples +│ +11 │ +8 │ +3 │/);
    expect(out).toMatch(/│ scenes or locations +│ +6 │ +4 │ +2 │/);
    expect(out).toMatch(/│ without data +│ +6\.3 % │/);
  });

  it('knows raw datasets of nnU-Net by looking, and their parts without masks', async () => {
    const open = (split: string) =>
      openSegmentation({
        path: chips,
        split,
        classes: { clear: 0, cloud: 1 },
        ignore: maskValues.unknown,
        storedBands: 'rgbn',
      });
    const raw = path.join(folder, 'Dataset001_Clouds');
    await writeNnUnetRaw({ out: raw, train: await open('train'), test: await open('test') });
    const { classes: names, parts } = await info(raw);
    expect(names).toEqual(['background', 'cloud']);
    const [chipsInfo, { parts: same }] = [
      parts.find(({ part }: { part: string }) => part === 'test'),
      await info(chips, ...classes),
    ];
    expect(chipsInfo.samples).toBe(3);
    expect(parts[0].nodata).toBeCloseTo(same[0].nodata, 10);
  });

  it('counts each pixel of large images once, and cuts them when asked to', async () => {
    const large = path.join(folder, 'large');
    for (const name of ['images', 'masks']) mkdirSync(path.join(large, name), { recursive: true });
    const [height, width] = [1100, 1300];
    const values = Uint16Array.from({ length: height * width }, (_, i) => (i % width >= width - 13 ? 0 : 1 + (i % 5)));
    const place = (kind: string) => path.join(large, kind, 'a.tif');
    const map = { size: [height, width] as const, bands: 1, geo: chipGeo };
    await writeMap({ ...map, path: place('images'), type: 'uint16' }, values);
    // the last 110 rows are another class
    await writeMap(
      { ...map, path: place('masks'), type: 'uint8' },
      Uint8Array.from(values, (_, i) => Number(i >= (height - 110) * width)),
    );
    const argv = [large, '--data.classes', '[ground, water]'];
    const [all] = (await info(...argv, '--check')).parts;
    expect(all).toEqual({
      part: 'all',
      samples: 1,
      sizes: [
        [height, width],
        [height, width],
      ],
      read: 4,
      pixels: height * width,
      classShares: { ground: 0.9, water: 0.1 },
      unlabelled: 0,
      nodata: 0.01,
      broken: [],
    });
    const [cut] = (await info(...argv, '--data.window', '550')).parts;
    expect([cut.samples, cut.sizes[0]]).toEqual([6, [height, width]]);
  });

  it('lists masks that hold what is no class', async () => {
    const { status, out } = await runCollected(['data', 'info', chips, '--data.classes', '[clear, cloud]', '--json']);
    expect(status).toBe(exitCodes.data);
    expect(JSON.parse(out).parts[0].broken[0]).toMatchObject({
      code: 'corrupt-file',
      message: expect.stringContaining('holds 9'),
    });
  });

  it('says what is missing when a folder does not say what masks hold', async () => {
    const { status, err } = await runCollected(['data', 'info', chips]);
    expect(status).not.toBe(exitCodes.ok);
    expect(err).toContain('Name the classes');
  });

  it('takes folders of classes for what they are', async () => {
    const labelled = path.join(folder, 'labelled');
    for (const name of ['forest', 'river']) mkdirSync(path.join(labelled, name), { recursive: true });
    const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#123456' } })
      .png()
      .toBuffer();
    for (const name of ['forest', 'river']) {
      for (let i = 0; i < 4; i++) writeFileSync(path.join(labelled, name, `${i}.png`), picture);
    }
    expect(await info(labelled)).toMatchObject({ task: 'single-label', classes: ['forest', 'river'] });
    expect(await info(labelled, '--data.format', 'folder')).toMatchObject({ classes: ['forest', 'river'] });
  });
});
