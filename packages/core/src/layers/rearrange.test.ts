import * as tf from '@tensorflow/tfjs-core';
import { model as tfModel } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import {
  averagePool,
  type Block,
  bicubicResize,
  concatenateRows,
  cropRows,
  globalMaxPool,
  maxOver,
  maxPool,
  meanOver,
  parallel,
  pipe,
  type Rank,
  reshape,
  swapSpatial,
  useEngine,
} from '../index.js';
import { image } from './graph.js';
import { add, concatenate } from './merge.js';

beforeAll(() => useEngine('cpu'));

/** `[1, 2, 3, 1]` with the values 0 to 5. */
function run<O extends Rank>(block: Block<4, O>): { shape: number[]; values: number[] } {
  const x = image({ shape: [2, 3, 1] });
  const model = tfModel({ inputs: x, outputs: block(x) });
  return tf.tidy(() => {
    const y = model.predict(tf.tensor4d([0, 1, 2, 3, 4, 5], [1, 2, 3, 1])) as tf.Tensor;
    return { shape: y.shape, values: [...y.dataSync()] };
  });
}

it.each<[string, Block<4, Rank>, readonly number[], readonly number[]]>([
  ['swapSpatial', swapSpatial(), [3, 2, 1], [0, 3, 1, 4, 2, 5]],
  ['cropRows', (x) => cropRows(x, 1, 1), [1, 3, 1], [3, 4, 5]],
  ['concatenateRows', (x) => concatenateRows([cropRows(x, 1, 1), x]), [3, 3, 1], [3, 4, 5, 0, 1, 2, 3, 4, 5]],
  [
    'parallel',
    parallel(swapSpatial(), pipe(swapSpatial(), swapSpatial(), swapSpatial())),
    [3, 2, 2],
    [0, 0, 3, 3, 1, 1, 4, 4, 2, 2, 5, 5],
  ],
  ['reshape', reshape<4, 3>([3, 2]), [3, 2], [0, 1, 2, 3, 4, 5]],
  ['meanOver height', meanOver('height'), [1, 3, 1], [1.5, 2.5, 3.5]],
  ['maxOver width', maxOver('width'), [2, 1, 1], [2, 5]],
  ['globalMaxPool', globalMaxPool(), [1], [5]],
  ['averagePool, valid: the last column is dropped', averagePool({ size: 2 }), [1, 1, 1], [2]],
  ['maxPool, same: it is not', maxPool({ size: 2, padding: 'same' }), [1, 2, 1], [4, 5]],
  ['bicubicResize to the size it has', bicubicResize([2, 3]), [2, 3, 1], [0, 1, 2, 3, 4, 5]],
] as const)('%s', (_, block, shape, values) => {
  expect(run(block)).toEqual({ shape: [1, ...shape], values });
});

it('merging a single tensor makes no layer', () => {
  const x = image({ shape: [2, 3, 1] });
  expect([add([x]), concatenate([x]), concatenateRows([x])]).toEqual([x, x, x]);
});

it('what cannot be merged is named', () => {
  const x = image({ shape: [2, 3, 1] });
  const turned = swapSpatial()(x);
  expect(() => concatenate([x, turned])).toThrow(/\[2,3,1\] and \[3,2,1\]/);
  expect(() => concatenateRows([x, turned], { name: 'rows' })).toThrow(/layer: rows/);
  expect(() => reshape<4, 2>([5])(x)).toThrow(expect.objectContaining({ code: 'shape-mismatch' }));
});
