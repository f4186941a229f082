import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isLulcError } from '@lulc/core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openImages } from './openImages.js';
import { openSegmentation } from './openSegmentation.js';

const folder = mkdtempSync(path.join(tmpdir(), 'lulc-untyped-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  const grey = { create: { width: 8, height: 8, channels: 3, background: '#010101' } } as const;
  const file = await sharp(grey).toColourspace('b-w').png().toBuffer();
  for (const kind of ['images', 'masks']) {
    mkdirSync(path.join(folder, kind));
    for (const name of ['a', 'b', 'c']) writeFileSync(path.join(folder, kind, `${name}.png`), file);
  }
  writeFileSync(path.join(folder, 'tiles.csv'), 'tile,split,scene\na,train,1\nb,val,2\nc,test,3\n');
});

/** What plain JavaScript may give where something else is expected. */
const wrong: readonly unknown[] = [
  'a text',
  Number.NaN,
  null,
  -1,
  0,
  0.5,
  64,
  true,
  [],
  ['x'],
  [null],
  [-1, -1],
  {},
  () => 0,
];

/** Every option of openImages as it may be. */
const goodImages = {
  path: path.join(folder, 'images'),
  recursive: false,
  bands: ['grey'],
  storedBands: ['grey'],
  window: { size: 4, stride: 4 },
  imageSize: 'any',
  maxNodata: 0.5,
  nodata: 0,
  onBroken: 'error',
  exclude: ['b.png'],
};

/** Every option of openSegmentation as it may be. */
const good = {
  path: folder,
  format: 'folder',
  split: 'train',
  bands: ['grey'],
  storedBands: ['grey'],
  classes: { other: 0, one: 1 },
  ignore: 9,
  unknown: 'ignore',
  window: { size: 4, stride: 4 },
  imageSize: 'any',
  onBroken: 'error',
  exclude: ['b'],
  splitFractions: { train: 0.5, val: 0.25, test: 0.25, seed: 1 },
  minLabelled: 0.1,
  folder: {
    images: 'images',
    masks: 'masks',
    imageSuffix: '',
    maskSuffix: '',
    table: 'tiles.csv',
    nameColumn: 'tile',
    splitColumn: 'split',
    groupColumn: 'scene',
  },
  landsatPatches: { patches: 'all' },
};

async function outcome(options: unknown, open: typeof openSegmentation | typeof openImages = openSegmentation) {
  try {
    const opened = await open(options as never);
    await opened.get(0);
    return undefined;
  } catch (error) {
    return error;
  }
}

const functions = { openSegmentation: [openSegmentation, good], openImages: [openImages, goodImages] } as const;

const isGroup = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every way to give one option, or one of the options of an option, something else. */
const mistakesIn = (options: object) =>
  Object.entries(options).flatMap(([option, value]) => [
    ...wrong.map((instead) => [option, { ...options, [option]: instead }] as const),
    ...Object.keys(isGroup(value) ? value : {}).flatMap((inner) =>
      wrong.map((instead) => [`${option}.${inner}`, { ...options, [option]: { ...value, [inner]: instead } }] as const),
    ),
  ]);

it.each(Object.entries(functions))(
  '%s gives errors of its own for whatever it is called with',
  async (_, [open, options]) => {
    expect(await outcome(options, open)).toBeUndefined();
    const raw: string[] = [];
    const whole = [undefined, ...wrong].map((value) => ['all', value] as const);
    for (const [option, mistaken] of [...whole, ...mistakesIn(options)]) {
      const error = await outcome(mistaken, open);
      if (error !== undefined && (!isLulcError(error) || error.code === 'internal')) {
        raw.push(`${option}: ${JSON.stringify(mistaken)}: ${String(error)}`);
      }
    }
    expect(raw).toEqual([]);
  },
);

it.each([
  ['window', 64, /window must be an object with size, stride, got 64/],
  ['window', {}, /window.size must be a number or two numbers, got undefined/],
  ['window', { size: '64' }, /window.size must be a number or two numbers, got '64'/],
  ['bands', 4, /bands must be a text or a list of texts, got 4/],
  ['path', undefined, /path must be a text, got undefined/],
  ['unknown', 'keep', /no unknown 'keep'.*Known: error, ignore/],
  ['onBroken', 'leave', /no onBroken 'leave'.*Known: error, skip/],
  ['imageSize', 'all', /no imageSize 'all'.*Known: any/],
  ['exclude', 'b', /exclude must be a list of texts, got 'b'/],
  ['minLabelled', Number.NaN, /minLabelled must be a number, got NaN/],
])('says what is expected: %s %j', async (option, value, words) => {
  const error = await outcome({ ...good, [option]: value });
  expect(String(error)).toMatch(words);
});
