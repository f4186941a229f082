import { useEngine, weightArrays } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { projectionHead } from './projectionHead.js';

beforeAll(() => useEngine('cpu'));

it('is dense layers with ReLU between them, under readable paths', async () => {
  const head = projectionHead({ name: 'local', features: 6, units: [5, 4], linear: 3, seed: 1 });
  const weights = await weightArrays(head);
  expect([...weights].map(([path, { shape }]) => [path, shape])).toEqual([
    ['local/linear/kernel', [6, 3]],
    ['local/linear/bias', [3]],
    ['local/dense1/kernel', [3, 5]],
    ['local/dense1/bias', [5]],
    ['local/dense2/kernel', [5, 4]],
    ['local/dense2/bias', [4]],
  ]);
  const kernel = (path: string): tf.Tensor2D => {
    const { data, shape } = weights.get(`local/${path}/kernel`) ?? { data: [], shape: [] };
    return tf.tensor2d(data as Float32Array, shape as [number, number]);
  };
  const x = tf.randomNormal([7, 6]) as tf.Tensor2D;
  const hidden = tf.relu(tf.matMul(tf.matMul(x, kernel('linear')), kernel('dense1')));
  const expected = tf.matMul(hidden, kernel('dense2')).dataSync();
  const got = (head.predict(x) as tf.Tensor).dataSync();
  for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 5);
});

it('starts the same for a seed, and otherwise for another', async () => {
  const start = async (seed: number) => {
    const head = projectionHead({ name: 'a', features: 9, units: [4], seed });
    return (await weightArrays(head)).get('a/dense1/kernel');
  };
  expect(await start(3)).toEqual(await start(3));
  expect(await start(3)).not.toEqual(await start(4));
});

it('refuses sizes that are none', () => {
  expect(() => projectionHead({ name: 'a', features: 9, units: [4, 0], seed: 1 })).toThrow(
    expect.objectContaining({ code: 'invalid-argument' }),
  );
});

it('normalises before each ReLU when asked to', async () => {
  const head = projectionHead({ name: 'p', features: 3, units: [5, 5, 2], normalised: true, seed: 1 });
  const paths = [...(await weightArrays(head)).keys()].filter((path) => path.endsWith('/gamma'));
  expect(paths).toEqual(['p/bn1/gamma', 'p/bn2/gamma']);
  // What stands behind a normalisation does not see the scale of what went in.
  const x = tf.randomNormal([16, 3]);
  const [small, large] = [x, tf.mul(x, 10)].map((y) => (head.apply(y, { training: true }) as tf.Tensor).dataSync());
  for (const [i, value] of small.entries()) expect(large[i]).toBeCloseTo(value, 3);
});
