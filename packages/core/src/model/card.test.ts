import '@tensorflow/tfjs-backend-cpu';
import { input, layers, type SymbolicTensor, model as tfModel } from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { isLulcError } from '../errors/lulcError.js';
import { checkCompatible, createCard, type ModelCard, parseCard, readCard, writeCard } from './card.js';

const scaling = { name: 'test-statistics', mean: [100, 200, 300], std: [10, 20, 30] };

const full: ModelCard = {
  formatVersion: 1,
  family: 'wrn-eca',
  configuration: { preset: 'B0', dropout: 0.1, attention: 'eca', nested: { list: [1, null, 'x'] } },
  task: 'multi-label',
  classes: ['Forest', 'Water'],
  bands: ['B02', 'B03', 'B04'],
  inputSize: [120, 60],
  scaling,
  training: {
    dataset: 'landscape',
    simulated: true,
    seed: 42,
    engine: 'wasm',
    epochs: 3,
    date: '2026-01-02T03:04:05Z',
    libraryVersion: '0.1.0',
    command: 'lulc train --seed 42',
  },
  pretraining: [
    {
      dataset: 'bigearthnet-v2',
      simulated: false,
      seed: 1,
      engine: 'torch',
      epochs: 30,
      date: '2025-12-02T03:04:05Z',
      libraryVersion: '0.1.0',
    },
  ],
  metrics: { 'test/f1Macro': 0.5 },
  licence: 'MIT',
  citation: 'nobody',
};

function smallModel() {
  const x = input({ shape: [2] });
  return tfModel({ inputs: x, outputs: layers.dense({ units: 1 }).apply(x) as SymbolicTensor });
}

function problem(run: () => unknown): { code: string; message: string } | undefined {
  try {
    run();
  } catch (error) {
    if (isLulcError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  return undefined;
}

test('a card survives JSON, and unknown fields are dropped', () => {
  expect(parseCard(JSON.parse(JSON.stringify({ ...full, surprise: 1 })))).toEqual(full);
});

test('a model carries its card beside other metadata', () => {
  const model = smallModel();
  expect(readCard(model)).toBeUndefined();
  model.setUserDefinedMetadata({ mine: [1, 2] });
  writeCard(model, full);
  expect(readCard(model)).toEqual(full);
  expect(model.getUserDefinedMetadata()).toMatchObject({ mine: [1, 2] });
  model.dispose();
});

test('only what is needed must be given, and undefined options vanish', () => {
  const card = createCard({
    family: 'tiny',
    configuration: { dropout: undefined as never, width: 2 },
    task: 'single-label',
    classes: [],
    bands: ['B02'],
  });
  expect(card).toEqual({
    formatVersion: 1,
    family: 'tiny',
    configuration: { width: 2 },
    task: 'single-label',
    classes: [],
    bands: ['B02'],
    metrics: {},
  });
});

test('a card from a file is not trusted', () => {
  const broken: [string, object][] = [
    ['family', { family: 7 }],
    ['task', { task: 'guessing' }],
    ['classes', { classes: 'Forest' }],
    ['classes', { classes: ['A', 'A'] }],
    ['classes[1]', { classes: ['A', 'x'.repeat(5000)] }],
    ['classes', { classes: Array.from({ length: 10_001 }, (_, i) => `c${i}`) }],
    ['inputSize', { inputSize: [120] }],
    ['inputSize[0]', { inputSize: [-1, 120] }],
    ['scaling.mean', { scaling: { ...scaling, mean: [1, 2] } }],
    ['scaling.std', { scaling: { ...scaling, std: [1, 0, 1] } }],
    ['scaling.std[0]', { scaling: { ...scaling, std: [null, 1, 1] } }],
    ['training.simulated', { training: { ...full.training, simulated: 'no' } }],
    ['pretraining', { pretraining: full.training }],
    ['pretraining[0].engine', { pretraining: [{ ...full.training, engine: 1 }] }],
    ['metrics.f1', { metrics: { f1: 'high' } }],
    ['configuration', { configuration: [] }],
    ['formatVersion', { formatVersion: '1' }],
  ];
  for (const [field, change] of broken) {
    const found = problem(() => parseCard({ ...full, ...change }, { file: 'x' }));
    expect([field, found?.code]).toEqual([field, 'corrupt-file']);
    expect(found?.message).toContain(field);
  }
  let deep: object = {};
  for (let i = 0; i < 100_000; i++) deep = { deep };
  expect(problem(() => parseCard({ ...full, configuration: { deep } }))?.code).toBe('corrupt-file');
  for (const value of [null, 1, 'card', []]) expect(problem(() => parseCard(value))?.code).toBe('corrupt-file');
  expect(problem(() => parseCard({ ...full, formatVersion: 2 }))?.code).toBe('unsupported-file');
  expect(problem(() => createCard({ ...full, bands: ['B02', 'B02'] }))?.code).toBe('invalid-argument');
});

test('data that fits the card, or says nothing, passes', () => {
  checkCompatible(full, {});
  checkCompatible(full, { bands: full.bands, classes: full.classes, inputSize: [120, 60], scaling });
  checkCompatible(full, { scaling: { ...scaling, name: 'renamed', mean: [100 * (1 + 1e-9), 200, 300] } });
  checkCompatible({ ...full, scaling: undefined, inputSize: undefined }, { scaling, inputSize: [1, 1] });
});

test('data that contradicts the card is refused with what differs', () => {
  const refused = (data: Parameters<typeof checkCompatible>[1]) => {
    const found = problem(() => checkCompatible(full, data));
    expect(found?.code).toBe('incompatible');
    return found?.message;
  };
  expect(refused({ bands: ['B03', 'B02', 'B04'] })).toMatch(/\[B02, B03, B04\].*\[B03, B02, B04\].*order differs/);
  expect(refused({ bands: ['B02', 'B03'] })).toMatch(/\(3\).*\(2\)/);
  expect(refused({ classes: ['Forest', 'River'] })).toMatch(/classes.*River/);
  expect(refused({ inputSize: [60, 120] })).toMatch(/120×60.*60×120/);
  expect(refused({ scaling: { ...scaling, name: 'other', std: [10, 21, 30] } })).toMatch(/other.*std.*channel: 1/);
  expect(refused({ scaling: { name: 'short', mean: [100], std: [10] } })).toMatch(/short/);
});

test('a card says how each image is normalised, or by which statistics all are, not both', () => {
  const { scaling: _, ...rest } = full;
  const normalization = [
    { scheme: 'image-z-score', nodata: 0 },
    { scheme: 'image-min-max' },
    { scheme: 'fixed', mean: 10, std: 2, clip: [0, 20] },
  ] as const;
  const card = createCard({ ...rest, normalization });
  expect(parseCard(JSON.parse(JSON.stringify(card)))).toEqual({ ...rest, normalization });
  const refused: [string, object][] = [
    ['normalization must be left out', { scaling }],
    ['normalization must be a list of 3', { normalization: normalization.slice(1) }],
    ['normalization[0].scheme', { normalization: [{ scheme: 'z-score' }, ...normalization.slice(1)] }],
    ['normalization[2]', { normalization: [...normalization.slice(0, 2), { scheme: 'fixed', mean: 1, std: 0 }] }],
    ['normalization[2].mean', { normalization: [...normalization.slice(0, 2), { scheme: 'fixed', std: 1 }] }],
    [
      'normalization[2]',
      { normalization: [...normalization.slice(0, 2), { scheme: 'fixed', mean: 1, std: 1, clip: [3] }] },
    ],
  ];
  for (const [place, change] of refused) {
    const found = problem(() => parseCard({ ...card, ...change }));
    expect([place, found?.code]).toEqual([place, 'corrupt-file']);
    expect(found?.message).toContain(place);
  }
});

test('a normalization by fixed numbers fits a scaling by the same, and no other fits', () => {
  const { scaling: _, ...rest } = full;
  const fixed = scaling.mean.map((mean, band) => ({ scheme: 'fixed', mean, std: scaling.std[band] }) as const);
  const card = createCard({ ...rest, normalization: fixed });
  checkCompatible(card, { scaling });
  checkCompatible(full, { normalization: fixed });
  checkCompatible(card, { normalization: fixed });
  const zScore = fixed.map(() => ({ scheme: 'image-z-score' }) as const);
  const ofData = createCard({ ...rest, normalization: zScore.map((entry) => ({ ...entry, nodata: 0 })) });
  expect(problem(() => checkCompatible(ofData, { normalization: zScore }))?.code).toBe('incompatible');
  checkCompatible(ofData, { normalization: ofData.normalization });
  const clipped = fixed.map((entry) => ({ ...entry, clip: [0, 1000] as const }));
  for (const other of [zScore, clipped, fixed.slice(1), [...fixed.slice(0, 2), { ...fixed[2], mean: 301 }]]) {
    expect(problem(() => checkCompatible(card, { normalization: other }))?.code).toBe('incompatible');
    expect(problem(() => checkCompatible(full, { normalization: other }))?.code).toBe('incompatible');
  }
  expect(problem(() => checkCompatible(createCard({ ...rest, normalization: zScore }), { scaling }))?.message).toMatch(
    /image-z-score/,
  );
});
