import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect, test } from 'vitest';
import { isLulcError } from '../errors/lulcError.js';
import { sampleModel, scramble } from '../testing/sampleModel.js';
import { loadWeights, weightArrays, weightPaths } from './weights.js';

test('paths are layer path and weight name, the same for every model of a process', () => {
  const [first, second] = [sampleModel(), sampleModel()];
  const paths = weightPaths(first);
  expect(paths).toContain('stem/conv/kernel');
  expect(paths).toContain('stem/bn/moving_variance');
  expect(paths).toContain('head/bias');
  expect(new Set(paths).size).toBe(paths.length);
  expect(weightPaths(second)).toEqual(paths);
  first.dispose();
  second.dispose();
});

test('weights move from model to model bit by bit, without leaking', async () => {
  const [from, to] = [sampleModel(1), sampleModel(2)];
  scramble(from, 5);
  const arrays = await weightArrays(from);
  const before = tf.memory().numTensors;
  const report = loadWeights(to, arrays);
  expect(tf.memory().numTensors).toBe(before);
  expect(report).toEqual({ loaded: weightPaths(to), missing: [], unexpected: [], mismatched: [] });
  expect(await weightArrays(to)).toEqual(arrays);
  arrays.get('head/bias')?.data.fill(7);
  expect((await weightArrays(to)).get('head/bias')).not.toEqual(arrays.get('head/bias'));
  from.dispose();
  to.dispose();
});

test('what does not fit is reported, or refused as a whole', async () => {
  const model = sampleModel();
  const before = await weightArrays(model);
  const given = new Map(before);
  given.delete('stem/bn/gamma');
  given.set('elsewhere/kernel', { dtype: 'float32', shape: [1], data: new Float32Array(1) });
  given.set('head/bias', { dtype: 'float32', shape: [9], data: new Float32Array(9) });
  given.set('stem/bn/beta', { dtype: 'int32', shape: before.get('stem/bn/beta')!.shape, data: new Int32Array(6) });
  given.set('head/kernel', { ...before.get('head/kernel')!, data: before.get('head/kernel')!.data.map((x) => x + 1) });

  try {
    loadWeights(model, given);
    expect.unreachable();
  } catch (error) {
    expect(isLulcError(error, 'incompatible')).toBe(true);
    expect(String(error)).toMatch(
      /1 missing \(stem\/bn\/gamma\).*elsewhere\/kernel.*head\/bias: model float32 \[3\], given float32 \[9\]/,
    );
  }
  expect(await weightArrays(model)).toEqual(before);

  const report = loadWeights(model, given, { strict: false });
  expect(report.missing).toEqual(['stem/bn/gamma']);
  expect(report.unexpected).toEqual(['elsewhere/kernel']);
  expect(report.mismatched.map(({ path }) => path).sort()).toEqual(['head/bias', 'stem/bn/beta']);
  expect(report.loaded).toContain('head/kernel');
  const after = await weightArrays(model);
  expect(after.get('head/kernel')).toEqual(given.get('head/kernel'));
  expect(after.get('head/bias')).toEqual(before.get('head/bias'));
  model.dispose();
});
