import { beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from '../install/findAddon.js';
import { registerTorchBackend } from '../registerTorchBackend.js';
import { expectAsCpu, onTorch, values } from '../testing/againstCpu.js';

describe.skipIf(findAddon() === undefined)('sorting and counting', () => {
  beforeAll(async () => {
    await registerTorchBackend();
  });

  it('TopK takes the first of equals', () => {
    const list = [3, 1, 3, 0, 3, 2, -1, 2, 2, 5, 5, 4];
    for (const k of [0, 1, 2, 4])
      for (const dtype of ['float32', 'int32'] as const)
        expectAsCpu('TopK', { x: values(list, [3, 4], dtype) }, { k, sorted: true });
    expectAsCpu('TopK', { x: values(list, [1, 1, 1, 1, 1, 12]) }, { k: 7, sorted: true });
    expectAsCpu('TopK', { x: values([0, 1, 1, 0, 1], undefined, 'bool') }, { k: 4, sorted: true });
    expectAsCpu('TopK', { x: values([], [0, 4]) }, { k: 2, sorted: true });
    expect(() => onTorch('TopK', { x: values([1, 2]) }, { k: 3, sorted: true })).toThrow(/largest/);
  });

  it('Unique keeps the order of first appearance', () => {
    expectAsCpu('Unique', { x: values([4, 1, 4, -0, 0, Number.NaN, 1, Number.NaN]) }, { axis: 0 });
    expectAsCpu('Unique', { x: values([4, 1, 4, 2, 1], undefined, 'int32') }, { axis: 0 });
    expectAsCpu('Unique', { x: values([1, 0, 1], undefined, 'bool') }, { axis: 0 });
    const x = values([1, 2, 1, 3, 4, 3, 1, 2, 1, 1, 2, 1, 3, 4, 3, 1, 2, 1], [3, 2, 3]);
    for (const axis of [0, 1, 2, -1]) expectAsCpu('Unique', { x }, { axis });
    expectAsCpu('Unique', { x: values([], [0]) }, { axis: 0 });
    expectAsCpu('Unique', { x: values([], [0, 3]) }, { axis: 0 });
    expectAsCpu('Unique', { x: values([], [3, 0]) }, { axis: 0 });
  });

  it('SearchSorted', () => {
    const sortedSequence = values([0, 3, 9, 9, 10, 1, 2, 3, 4, 5], [2, 5]);
    const wanted = values([2, 4, 9, 0, 2, 6, Number.POSITIVE_INFINITY, Number.NaN], [2, 4]);
    for (const side of ['left', 'right']) {
      expectAsCpu('SearchSorted', { sortedSequence, values: wanted }, { side });
      const whole = {
        ...wanted,
        values: wanted.values.map((v) => (Number.isFinite(v) ? v : 3)),
        dtype: 'int32' as const,
      };
      expectAsCpu('SearchSorted', { sortedSequence, values: whole }, { side });
      expectAsCpu('SearchSorted', { sortedSequence: values([], [2, 0]), values: whole }, { side });
      expectAsCpu('SearchSorted', { sortedSequence, values: values([], [2, 0]) }, { side });
    }
  });

  it('Bincount and DenseBincount', () => {
    const list = [1, 0, 5, 1, 2, 9];
    const weights = [0.5, 1, 2, 0.25, 4, 8];
    for (const size of [0, 1, 6, 12])
      for (const given of [values(weights), values([], [0]), values(weights, [6], 'int32'), values([], [0], 'int32')]) {
        const x = values(list, [6], 'int32');
        expectAsCpu('Bincount', { x, weights: given }, { size });
        for (const binaryOutput of [false, true]) {
          expectAsCpu('DenseBincount', { x, weights: given }, { size, binaryOutput });
          const shape = given.values.length > 0 ? [2, 3] : [0];
          expectAsCpu(
            'DenseBincount',
            { x: { ...x, shape: [2, 3] }, weights: { ...given, shape } },
            { size, binaryOutput },
          );
        }
      }
    expectAsCpu('Bincount', { x: values([], [0], 'int32'), weights: values([], [0]) }, { size: 3 });
    const negative = { x: values([-1], [1], 'int32'), weights: values([], [0]) };
    expect(() => onTorch('Bincount', negative, { size: 3 })).toThrow(/non-negative/);
    expect(() => onTorch('Bincount', { x: values(list), weights: values([1]) }, { size: 3 })).toThrow(/weights/);
  });
});
