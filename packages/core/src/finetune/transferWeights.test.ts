import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCard } from '../model/card.js';
import type { WeightArray } from '../model/weightArray.js';
import { weightArrays, weightPaths } from '../model/weights.js';
import { stagedClassifier } from '../testing/stagedClassifier.js';
import { replaceHead } from './replaceHead.js';
import { transferWeights } from './transferWeights.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const isHead = (path: string) => path.startsWith('head/');

describe('transferWeights', () => {
  it('takes what fits and tells of the rest', async () => {
    const [from, to] = [
      stagedClassifier(undefined, 6, 1),
      replaceHead(stagedClassifier(undefined, 6, 2), { classes: 9 }),
    ];
    const before = await weightArrays(to);
    const report = await transferWeights(from, to);
    const paths = weightPaths(from);
    expect(report).toEqual({
      loaded: paths.filter((path) => !isHead(path)),
      adapted: [],
      skipped: [],
      missing: [],
      unexpected: [],
      mismatched: [
        { path: 'head/kernel', expected: 'float32 [4,9]', found: 'float32 [4,3]' },
        { path: 'head/bias', expected: 'float32 [9]', found: 'float32 [3]' },
      ],
    });
    const [given, after] = [await weightArrays(from), await weightArrays(to)];
    for (const [path, array] of after) expect(array).toEqual((isHead(path) ? before : given).get(path));
    expect(readCard(to)).toMatchObject({ pretraining: [readCard(from)?.training], metrics: {} });
  });

  it('leaves layers alone, and says which weights were missing or not wanted', async () => {
    const [from, to] = [stagedClassifier(undefined, 6, 1), stagedClassifier(undefined, 6, 2)];
    const before = await weightArrays(to);
    const arrays = new Map(await weightArrays(from));
    arrays.delete('stem/bn/gamma');
    arrays.set('other/kernel', { dtype: 'float32', shape: [1], data: new Float32Array(1) });
    const report = await transferWeights(arrays, to, { skip: ['head', 'stage2'] });
    expect(report).toMatchObject({ missing: ['stem/bn/gamma'], unexpected: ['other/kernel'], mismatched: [] });
    expect(report.skipped).toHaveLength(2 + 6);
    const after = await weightArrays(to);
    for (const path of [...report.skipped, ...report.missing]) expect(after.get(path)).toEqual(before.get(path));
    for (const path of report.loaded) expect(after.get(path)).toEqual(arrays.get(path));
    expect(readCard(to)?.training).toBeDefined();
  });

  it('finds weights under other names', async () => {
    const [from, to] = [stagedClassifier(undefined, 6, 1), stagedClassifier(undefined, 6, 2)];
    const arrays = await weightArrays(from);
    const named = (name: (path: string) => string) =>
      new Map([...arrays].map(([path, array]): [string, WeightArray] => [name(path), array]));
    const foreign = named((path) => `encoder/${isHead(path) ? path.replace('head', 'fc') : path}`);
    const rename = { 'encoder/': '', 'encoder/fc/': 'head/' };
    expect((await transferWeights(foreign, to, { rename })).loaded).toEqual(weightPaths(to));
    expect(await weightArrays(to)).toEqual(arrays);
    const onlyStem = (path: string) => (path.startsWith('stem/') ? path : undefined);
    expect((await transferWeights(from, to, { rename: onlyStem })).loaded).toHaveLength(5);
    await expect(transferWeights(from, to, { rename: () => 'stem/conv/kernel' })).rejects.toMatchObject({
      code: 'duplicate-name',
    });
    await expect(transferWeights(foreign, to)).rejects.toMatchObject({ code: 'incompatible', message: /rename/ });
    await expect(transferWeights(from, to, { skip: 'stom' })).rejects.toMatchObject({ code: 'unknown-name' });
  });

  it('asks adapters in turn', async () => {
    const [from, to] = [stagedClassifier(), replaceHead(stagedClassifier(), { classes: 2 })];
    const asked: string[] = [];
    const report = await transferWeights(from, to, {
      adapt: [
        ({ path }) => void asked.push(path),
        ({ path, given, shape }) =>
          path === 'head/bias' ? { ...given, shape, data: given.data.slice(0, shape[0]) } : undefined,
      ],
    });
    expect(asked).toEqual(weightPaths(from));
    expect(report.adapted).toEqual(['head/bias']);
    expect(report.mismatched.map(({ path }) => path)).toEqual(['head/kernel']);
  });
});
