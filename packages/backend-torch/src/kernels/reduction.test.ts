import { beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from '../install/findAddon.js';
import { registerTorchBackend } from '../registerTorchBackend.js';
import { expectAsCpu, onTorch, type Values, values } from '../testing/againstCpu.js';

const none = Number.NaN;
const high = Number.POSITIVE_INFINITY;
const low = Number.NEGATIVE_INFINITY;

/** Repeatable numbers with ties. */
function some(shape: number[], dtype: Values['dtype'] = 'float32'): Values {
  const size = shape.reduce((product, length) => product * length, 1);
  const list = Array.from({ length: size }, (_, i) => ((i * 37) % 11) - 4);
  return values(
    dtype === 'float32' ? list.map((v) => v / 4) : dtype === 'bool' ? list.map((v) => Number(v > -3)) : list,
    shape,
    dtype,
  );
}

describe.skipIf(findAddon() === undefined)('reductions', () => {
  beforeAll(async () => {
    await registerTorchBackend();
  });

  const cases: [number[], number | number[] | undefined][] = [
    [[], undefined],
    [[5], undefined],
    [[5], 0],
    [[3, 4], [0]],
    [[3, 4], -1],
    [
      [3, 4],
      [1, 0],
    ],
    [[3, 4], []],
    [
      [2, 3, 4],
      [0, 2],
    ],
    [[2, 3, 4], 1],
    [
      [2, 1, 2, 3, 2, 2],
      [1, 3, 5],
    ],
    [[0], undefined],
    [[2, 0], 1],
    [[2, 0], 0],
    [[0, 3], [0]],
  ];

  it.each(cases)('of shape [%j] along %j', (shape, axis) => {
    for (const keepDims of [false, true]) {
      for (const dtype of ['float32', 'int32', 'bool'] as const) {
        const x = some(shape, dtype);
        for (const kernel of ['Sum', 'Mean', 'Prod', 'Min']) expectAsCpu(kernel, { x }, { axis, keepDims }, 1e-5);
        expectAsCpu('Max', { x }, { reductionIndices: axis, keepDims });
      }
      for (const kernel of ['All', 'Any']) expectAsCpu(kernel, { x: some(shape, 'bool') }, { axis, keepDims });
    }
  });

  it.each(['Sum', 'Mean', 'Prod', 'Max', 'Min'])('%s of NaN and infinities', (kernel) => {
    const x = values([1, none, 3, high, 2, 1, low, 5, 4, low, high, 0, low, low, none], [5, 3]);
    for (const axis of [0, 1, undefined]) expectAsCpu(kernel, { x }, { axis, reductionIndices: axis, keepDims: false });
  });

  it('sums whole numbers modulo 2^32', () => {
    const x = values([2147483647, 2147483647, 5], undefined, 'int32');
    expectAsCpu('Sum', { x }, { axis: 0, keepDims: false });
    expectAsCpu('Cumsum', { x }, { axis: 0, exclusive: false, reverse: false });
  });

  it.each(['ArgMax', 'ArgMin'])('%s finds the first, and never NaN unless it comes first', (kernel) => {
    for (const axis of [0, 1, 2, -1])
      for (const dtype of ['float32', 'int32', 'bool'] as const)
        expectAsCpu(kernel, { x: some([3, 4, 5], dtype) }, { axis });
    expectAsCpu(kernel, { x: some([7]) }, { axis: 0 });
    for (const list of [
      [none, 5, 1],
      [1, none, 3],
      [none, high, low],
      [low, none, low],
      [none, none, none],
      [high, low, high],
    ])
      expectAsCpu(kernel, { x: values(list) }, { axis: 0 });
    expectAsCpu(kernel, { x: values([], [2, 0]) }, { axis: 1 });
    expectAsCpu(kernel, { x: values([], [0, 3]) }, { axis: 1 });
  });

  it.each(['Cumsum', 'Cumprod'])('%s', (kernel) => {
    for (const exclusive of [false, true])
      for (const reverse of [false, true]) {
        const attributes = { exclusive, reverse };
        for (const dtype of ['float32', 'int32', 'bool'] as const) {
          for (const axis of [0, 1, 2])
            expectAsCpu(kernel, { x: some([2, 3, 4], dtype) }, { axis, ...attributes }, 1e-5);
          expectAsCpu(kernel, { x: some([5], dtype) }, { axis: 0, ...attributes });
        }
        expectAsCpu(kernel, { x: values([1, none, 2, high]) }, { axis: 0, ...attributes });
        expect(onTorch(kernel, { x: values([], [0]) }, { axis: 0, ...attributes })[0].values).toEqual([]);
      }
  });

  it('Softmax', () => {
    expectAsCpu('Softmax', { logits: some([2, 3, 4]) }, { dim: -1 });
    expectAsCpu('Softmax', { logits: some([6]) }, { dim: 0 });
    expectAsCpu('Softmax', { logits: values([1000, 999, -1000, none, 0, 1], [2, 3]) }, { dim: 1 });
    expect(onTorch('Softmax', { logits: values([], [0, 3]) }, { dim: 1 })[0].shape).toEqual([0, 3]);
  });

  it('refuses an axis that is not there', () => {
    expect(() => onTorch('Cumsum', { x: some([3]) }, { axis: 2 })).toThrow(/axis 2/);
    expect(() => onTorch('Sum', { x: some([3]) }, { axis: 2 })).toThrow(/axis/);
  });
});
