import { useEngine } from '@lulc/core';
import type { ViewBatch } from '@lulc/core/views';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { embeddingEarth } from '../embedding-earth/embeddingEarth.js';
import { glcNet } from '../glcnet/glcNet.js';
import type { MethodRun, PretrainingMethod } from '../method/method.js';
import { tinyNetwork, tinyViews } from '../testing/tinyViews.js';
import { simClr } from './simClr.js';

beforeAll(() => useEngine(process.env.LULC_ENGINE ? 'auto' : 'wasm'));

const size = 12;

async function batchOf(): Promise<ViewBatch> {
  for await (const batch of tinyViews({ length: 4, batchSize: 4, size, bands: 2 }).epoch(0)) return batch;
  throw new Error('no batch');
}

const begin = (method: PretrainingMethod, seed = 5): MethodRun =>
  method.create({ network: () => tinyNetwork(size, 2), batchSize: 4, seed });

async function lossOf(method: PretrainingMethod, seed?: number): Promise<number> {
  const run = begin(method, seed);
  const batch = await batchOf();
  return tf.tidy(() => run.loss(run.tensors(batch)).dataSync()[0]);
}

const small = { globalHead: [8, 4], localHead: [6, 4], denseChannels: 5, regions: 3, regionSize: 0.25 } as const;

describe.each([
  ['glcnet', glcNet(small)],
  ['glcnet without style', glcNet({ ...small, mode: 'no-style' })],
  ['glcnet as published', glcNet({ ...small, variant: 'reference' })],
  ['embedding earth', embeddingEarth({ pixels: 8, projection: 4 })],
  [
    'embedding earth against other images only',
    embeddingEarth({ pixels: 8, projection: 4, negatives: 'other-images' }),
  ],
  ['simclr', simClr({ head: [8, 4] })],
])('%s', (_, method) => {
  it('has a gradient that finite differences confirm, along itself and over each variable', async () => {
    const run = begin(method);
    const batch = await batchOf();
    const variables = run.weights.map(({ variable }) => variable);
    const tensors = run.tensors(batch);
    const loss = () => run.loss(tensors);
    const { grads } = tf.variableGrads(loss, variables);
    for (const { name, variable } of run.weights) {
      const grad = grads[variable.name];
      const length = Math.sqrt(tf.sum(tf.square(grad)).dataSync()[0]);
      const scale = Math.sqrt(tf.sum(tf.square(variable)).dataSync()[0]) + 0.1;
      const start = variable.clone();
      const at = (step: number): number =>
        tf.tidy(() => {
          variable.assign(tf.add(start, tf.mul(grad, step / Math.max(length, 1e-6))));
          return loss().dataSync()[0];
        });
      const step = 4e-4 * scale;
      const slope = (at(step) - at(-step)) / (2 * step);
      variable.assign(start);
      expect([name, Math.abs(slope - length) < 0.02 * length + 5e-3]).toEqual([name, true]);
    }
  });

  it('repeats itself for a seed, draws otherwise for another', async () => {
    expect(await lossOf(method, 5)).toBe(await lossOf(method, 5));
    expect(await lossOf(method, 5)).not.toBe(await lossOf(method, 6));
  });
});

describe('glcNet', () => {
  it('weighs its two branches by lambda', async () => {
    const [ofImages, ofRegions] = [
      await lossOf(glcNet({ ...small, mode: 'no-local' })),
      await lossOf(glcNet({ ...small, mode: 'no-global' })),
    ];
    for (const lambda of [0, 0.3, 0.5, 1]) {
      const expected = lambda * ofImages + (1 - lambda) * ofRegions;
      expect(await lossOf(glcNet({ ...small, lambda }))).toBeCloseTo(expected, 5);
    }
  });

  it('has a head of twice the channels for styles, of once for means', () => {
    const shapes = (mode: 'full' | 'no-style') =>
      begin(glcNet({ ...small, mode }))
        .weights.filter(({ name }) => /^(global|local)\/.*kernel/.test(name))
        .map(({ name, variable }) => [name, variable.shape]);
    expect(shapes('full')).toEqual([
      ['global/dense1/kernel', [16, 8]],
      ['global/dense2/kernel', [8, 4]],
      ['local/linear/kernel', [6, 5]],
      ['local/dense1/kernel', [5, 6]],
      ['local/dense2/kernel', [6, 4]],
    ]);
    expect(shapes('no-style')[0]).toEqual(['global/dense1/kernel', [8, 8]]);
  });

  it('says in full what it does', () => {
    expect(glcNet().configuration).toEqual({
      variant: 'corrected',
      mode: 'full',
      lambda: 0.5,
      temperature: 0.5,
      regions: 4,
      regionSize: 48 / 224,
      denominator: 'all',
      negatives: 'other-ground',
      globalHead: [256, 64],
      localHead: [64, 64],
      denseChannels: 64,
      alignCorners: true,
    });
    expect(glcNet({ variant: 'reference' }).configuration).toMatchObject({
      denominator: 'negatives',
      negatives: 'all',
    });
    expect(glcNet({ variant: 'reference', denominator: 'all' }).configuration.denominator).toBe('all');
    expect(simClr({ variant: 'reference' }).configuration).toMatchObject({ denominator: 'negatives', head: [256, 64] });
  });
});

it('GLCNet’s local branch with regions of one pixel is Embedding Earth', async () => {
  const common = { temperature: 0.3, denominator: 'negatives', negatives: 'other-ground' } as const;
  const pixels = 9;
  const local = glcNet({
    ...common,
    mode: 'no-global',
    regions: pixels,
    regionSize: 1 / size,
    localHead: [6, 4], // as wide as the decoded map
    denseChannels: 0,
  });
  expect(await lossOf(local)).toBe(await lossOf(embeddingEarth({ ...common, pixels, projection: 4, radius: 0 })));
});

it('compares no pixel with ground nearer than the radius', async () => {
  const loss = (radius: number) => lossOf(embeddingEarth({ pixels: 8, projection: 4, radius, denominator: 'all' }));
  const everything = await lossOf(embeddingEarth({ pixels: 8, projection: 4, negatives: 'all' }));
  const elsewhere = await lossOf(embeddingEarth({ pixels: 8, projection: 4, negatives: 'other-images' }));
  // Every negative adds to a denominator: the fewer there are, the lower is the loss.
  expect(await loss(6)).toBeLessThan(await loss(2));
  expect(await loss(2)).toBeLessThan(everything);
  expect(await loss(6)).toBeGreaterThan(elsewhere);
  expect(await loss(100)).toBeCloseTo(elsewhere, 5);
});

it.each([
  [() => glcNet({ lambda: 1.5 }), 'invalid-argument'],
  [() => glcNet({ lambda: Number.NaN }), 'invalid-argument'],
  [() => glcNet({ temperature: 0 }), 'invalid-argument'],
  [() => glcNet({ localHead: [64, 0] }), 'invalid-argument'],
  [() => simClr({ head: [0, 4] }), 'invalid-argument'],
  [() => glcNet({ regions: 0 }), 'invalid-argument'],
  [() => glcNet({ regionSize: -1 }), 'invalid-argument'],
  [() => glcNet({ denseChannels: 1.5 }), 'invalid-argument'],
  [() => glcNet({ mode: 'none' as 'full' }), 'unknown-name'],
  [() => glcNet({ variant: 'fixed' as 'corrected' }), 'unknown-name'],
  [() => glcNet({ negatives: 'some' as 'all' }), 'unknown-name'],
  [() => embeddingEarth({ pixels: 0 }), 'invalid-argument'],
  [() => embeddingEarth({ radius: -1 }), 'invalid-argument'],
  [() => embeddingEarth({ denominator: 'x' as 'all' }), 'unknown-name'],
  [() => simClr({ temperature: -1 }), 'invalid-argument'],
  [() => simClr({ variant: 'x' as 'corrected' }), 'unknown-name'],
])('refuses options that are none %#', (make, code) => {
  expect(make).toThrow(expect.objectContaining({ code }));
});
