import { imageScene, isLulcError, useEngine } from '@lulc/core';
import { expect, it } from 'vitest';
import { distill } from './distillation/distill.js';
import { predictClouds } from './inference/predictClouds.js';
import { plainConvUnet } from './network/plainConvUnet.js';
import { solveStudent } from './network/solveStudent.js';
import { planFor } from './plan/planFor.js';
import { chipNormalization, memoryChips, memorySource } from './testing/memoryChips.js';
import { trainUnet } from './training/trainUnet.js';

await useEngine('cpu');

/** What plain JavaScript may give where something else is expected. */
const wrong: readonly unknown[] = ['a text', Number.NaN, null, -1, 0.5, 7, true, [], ['x'], [null], [-1], {}, () => 0];

const chips = memoryChips({ length: 2 });
const source = memorySource(chips, 2);
const taught = memorySource(
  {
    ...chips,
    info: { ...chips.info, softChannels: 1 },
    get: async (index) => ({
      ...(await chips.get(index)),
      soft: { data: new Float32Array(256).fill(1), shape: [16, 16, 1] },
    }),
  },
  2,
);
const image = (await chips.get(0)).image;
const network = () =>
  plainConvUnet({ widths: [2, 2], inputSize: 16, bands: chips.info.bands, classes: chips.info.classes, seed: 1 });

const fingerprint = {
  dataset: 'chips',
  bands: chips.info.bands,
  classes: chips.info.classes,
  shapes: [
    [16, 16],
    [16, 16],
  ] as const,
  spacings: [
    [1, 1],
    [1, 1],
  ] as const,
  medianRelativeSize: 1,
  hasIgnored: false,
  foreground: undefined,
  overall: undefined,
};
const planned = {
  fingerprint,
  version: 'v2',
  memoryGb: 8,
  cases: 2,
  normalization: 'none',
  variant: 'corrected',
} as const;
const plan = planFor({
  ...planned,
  overrides: [
    { field: 'widths', value: [2, 2], reason: 'a test' },
    { field: 'batchSize', value: 2, reason: 'a test' },
    { field: 'epochs', value: 1, reason: 'a test' },
  ],
});
const loop = {
  // what is wrong is told before the first step
  signal: AbortSignal.abort(),
  listeners: [],
  fingerprint: {},
  seed: 1,
  accumulate: 1,
  capture: 'auto',
  lossScaling: 'auto',
  ema: { decay: 0.9 },
  earlyStopping: { patience: 3 },
  validateEvery: 1,
  restoreBest: true,
  monitor: { metric: 'trainLoss', mode: 'min' },
};

type Options = Readonly<Record<string, unknown>>;

const functions: Readonly<Record<string, readonly [act: (options: never) => unknown, good: Options]>> = {
  planFor: [planFor, { ...planned, overrides: [{ field: 'epochs', value: 3, reason: 'a test' }] }],
  solveStudent: [
    solveStudent,
    {
      teacher: 1e5,
      ratio: 10,
      maxMacs: 1e12,
      stages: [2],
      bases: [2],
      candidates: 1,
      inputSize: 16,
      maxWidth: 64,
      bands: 2,
      classes: 2,
      norm: 'batch',
      activation: 'relu',
      upsampling: 'bilinear',
    },
  ],
  predictClouds: [
    predictClouds,
    {
      scene: imageScene(image, { bands: chips.info.bands, nodata: 0 }),
      networks: network(),
      normalization: chipNormalization,
      tile: [16, 16],
      overlap: 0.5,
      importance: 'gaussian',
      placement: 'even',
      batchSize: 1,
      mirror: ['horizontal'],
      signal: new AbortController().signal,
      threshold: 0.5,
      cloudClasses: [1],
      minimumArea: 1,
      onProgress: () => {},
    },
  ],
  trainUnet: [trainUnet, { ...loop, plan, model: network(), train: source, validation: source, overrides: [] }],
  distill: [
    distill,
    {
      ...loop,
      epochs: 1,
      learningRate: 1e-3,
      optimizer: 'adam',
      schedule: 'constant',
      clip: { globalNorm: 1 },
      student: network,
      teacher: {
        networks: 1,
        parameters: 100,
        multiplyAdds: 100,
        passes: 1,
        report: {},
        jaccard: 1,
        f1: 1,
        imagesPerSecond: 1,
      },
      train: taught,
      validation: source,
      test: source,
      deepSupervision: false,
      validationBatches: 1,
      distillation: { alpha: 0.3, distance: 'kl', temperature: 3 },
      window: { overlap: 0.5 },
      runOf: () => ({}),
    },
  ],
};

/** Something else in the place of a value; what functions give is up to them. */
const others = (value: unknown) =>
  wrong.filter((instead) => typeof value !== 'function' || typeof instead !== 'function');

/** Every way to give one option, or one of the options of an option, something else. */
function* mistaken(good: Options): Generator<readonly [option: string, value: unknown, options: Options]> {
  for (const [option, value] of Object.entries(good)) {
    for (const instead of others(value)) yield [option, instead, { ...good, [option]: instead }];
    const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
    if (!isPlain) continue;
    for (const [inner, part] of Object.entries(value)) {
      for (const instead of others(part)) {
        yield [`${option}.${inner}`, instead, { ...good, [option]: { ...value, [inner]: instead } }];
      }
    }
  }
}

it.each(Object.entries(functions))(
  '%s gives errors of its own for whatever it is called with',
  async (_, [act, good]) => {
    const raw: string[] = [];
    const attempt = async (what: string, options: unknown) => {
      try {
        await act(options as never);
      } catch (error) {
        if (!isLulcError(error) || error.code === 'internal') raw.push(`${what}: ${String(error)}`);
      }
    };
    for (const value of [undefined, ...wrong]) await attempt(`options ${String(value)}`, value);
    for (const [option, value, options] of mistaken(good)) {
      await attempt(
        `${option} = ${typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? 'NaN')}`,
        options,
      );
    }
    expect(raw).toEqual([]);
  },
);
