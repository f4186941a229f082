import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from '../install/findAddon.js';
import { registerTorchBackend } from '../registerTorchBackend.js';
import { expectAsCpu, onTorch, type Values, values } from '../testing/againstCpu.js';

const special = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.25, -7.75, 20, -20, 88, -88, 1e-8, -1e-8, 1e10, -1e10];
const edges = [...special, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-42, 3.4e38];
const whole = [0, 1, -1, 2, -3, 7, -8, 100, 46341, 2147483647, -2147483647];

const floats = values(edges);
const ints = values(whole, [whole.length], 'int32');
const bools = values([1, 0, 0, 1], [4], 'bool');

/** All pairs of the values of two vectors. */
function pairs(a: Values, b: Values): { a: Values; b: Values } {
  const [m, n] = [a.values.length, b.values.length];
  return {
    a: values(
      a.values.flatMap((value) => Array<number>(n).fill(value)),
      [m * n],
      a.dtype,
    ),
    b: values(
      a.values.flatMap(() => b.values),
      [m * n],
      b.dtype,
    ),
  };
}

describe.skipIf(findAddon() === undefined)('element-wise kernels', () => {
  beforeAll(async () => {
    await registerTorchBackend();
  });

  const arithmetic = ['Add', 'Sub', 'Multiply', 'RealDiv', 'FloorDiv', 'Mod', 'Maximum', 'Minimum'];
  const comparisons = ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'];
  const binary = [...arithmetic, 'SquaredDifference', 'Atan2', 'BitwiseAnd', ...comparisons];

  it.each(binary)('%s of every pair of edge cases', (kernel) => {
    expectAsCpu(kernel, pairs(floats, floats));
    // JavaScript multiplies whole numbers in double precision, which is exact up to 2^53 only.
    const isProduct = kernel === 'Multiply' || kernel === 'SquaredDifference';
    const factors = isProduct ? values(whole.slice(0, -2), undefined, 'int32') : ints;
    expectAsCpu(kernel, pairs(factors, factors));
    expectAsCpu(kernel, pairs(bools, bools));
  });

  it.each(binary)('%s of mixed types has the type of its kernel, or of the first input', (kernel) => {
    const small = values([1.5, -2.5, 0, 3], [4]);
    const few = values([2, -3, 0, 1], [4], 'int32');
    for (const [a, b] of [
      [small, few],
      [few, small],
      [bools, small],
      [few, bools],
      [small, bools],
    ])
      expectAsCpu(kernel, pairs(a, b));
  });

  it('Pow of every pair of edge cases', () => {
    // Where JavaScript has 1 to the power of NaN or infinity as NaN, C and TensorFlow have 1.
    const finite = values(edges.filter(Number.isFinite));
    expectAsCpu('Pow', pairs(floats, finite), {}, 2e-5);
    expectAsCpu('Pow', pairs(ints, values([0, 1, -1, 2, 3, -2], [6], 'int32')));
    expectAsCpu('Pow', pairs(bools, bools));
    for (const exponent of [2, 0.5, -1, 3]) {
      expectAsCpu('Pow', { a: floats, b: values([exponent], []) }, {}, 2e-5);
      expectAsCpu('Pow', { a: values([0, 1, -7], [3], 'int32'), b: values([exponent], [], 'int32') });
    }
    expect(onTorch('Pow', { a: values([1]), b: values([Number.NaN]) })[0].values).toEqual([1]);
  });

  const shapes: [number[], number[]][] = [
    [[], []],
    [[], [3]],
    [[2, 3], []],
    [
      [2, 1],
      [1, 3],
    ],
    [[2, 3], [3]],
    [[1], [2, 3, 1]],
    [
      [2, 1, 2, 1, 2, 1],
      [2, 1, 2, 1, 2],
    ],
    [[0], [1]],
    [
      [2, 0],
      [2, 1],
    ],
    [[0, 3], [3]],
  ];

  it.each(shapes)('broadcasts [%j] and [%j]', (left, right) => {
    const operand = (shape: number[], start: number) =>
      values(
        Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => start + i * 0.75),
        shape,
      );
    for (const kernel of ['Add', 'RealDiv', 'Mod', 'Pow', 'FloorDiv', 'Less', 'Prelu', 'SquaredDifference']) {
      const [first, second] = kernel === 'Prelu' ? ['x', 'alpha'] : ['a', 'b'];
      expectAsCpu(kernel, { [first]: operand(left, -1.25), [second]: operand(right, 0.5) }, {}, 1e-5);
    }
    const truths = (shape: number[]) => ({ ...operand(shape, 0), values: [1, 0, 1, 1], dtype: 'bool' as const });
    if (tf.util.sizeFromShape(left) === 4 && tf.util.sizeFromShape(right) === 4)
      expectAsCpu('LogicalAnd', { a: truths(left), b: truths(right) });
  });

  it('refuses shapes that do not broadcast', () => {
    expect(() => onTorch('Add', { a: values([1, 2]), b: values([1, 2, 3]) })).toThrow(/must match/);
    expect(() => onTorch('AddN', [values([1, 2]), values([1])])).toThrow(/shape/);
  });

  it('AddN adds any number of tensors in the type of the first', () => {
    expectAsCpu('AddN', [floats]);
    expectAsCpu('AddN', [floats, floats, floats, floats]);
    expectAsCpu('AddN', [ints, ints, ints]);
    expectAsCpu('AddN', [values([1, 2], [2], 'int32'), values([1.75, 2.5]), values([0.5, 0.5])]);
    const first = values([1, 2]);
    expect(onTorch('AddN', [first, first, first])[0].values).toEqual([3, 6]);
  });

  it.each(['LogicalAnd', 'LogicalOr'])('%s', (kernel) => {
    expectAsCpu(kernel, pairs(bools, bools));
  });

  const unary = ['Abs', 'Neg', 'Sign', 'Square', 'Sqrt', 'Rsqrt', 'Reciprocal', 'Exp', 'Expm1', 'Log', 'Log1p', 'Sin'];
  const more = ['Cos', 'Tan', 'Asin', 'Acos', 'Atan', 'Sinh', 'Cosh', 'Tanh', 'Asinh', 'Acosh', 'Atanh', 'Ceil'];
  const most = ['Floor', 'Round', 'Erf', 'Relu', 'Relu6', 'Elu', 'Selu', 'Sigmoid', 'Softplus', 'IsNan', 'IsInf'];

  it.each([...unary, ...more, ...most, 'IsFinite', 'LogicalNot'])('%s of edge cases', (kernel) => {
    expectAsCpu(kernel, { x: floats });
    expectAsCpu(kernel, { x: values(kernel === 'Square' ? [0, 5, -46340] : [0, 1, -1, 2, -7], undefined, 'int32') });
    expectAsCpu(kernel, { x: bools });
    expectAsCpu(kernel, { x: values([], [0, 2]) });
    expectAsCpu(kernel, { x: values([0.25], []) });
    expectAsCpu(kernel, { x: values([0.3], [1, 1, 1, 1, 1, 1]) });
  });

  it('rounds halves to even', () => {
    expect(onTorch('Round', { x: values([0.5, 1.5, 2.5, -0.5, -1.5, -2.5]) })[0].values.map((v) => v + 0)).toEqual([
      0, 2, 2, 0, -2, -2,
    ]);
  });

  it.each([ints, floats, bools])('kernels with parameters, of case %#', (x) => {
    for (const alpha of [0, 0.2, -1, 3]) {
      expectAsCpu('Step', { x }, { alpha });
      expectAsCpu('LeakyRelu', { x }, { alpha });
    }
    for (const [clipValueMin, clipValueMax] of [
      [-1, 1],
      [-0.5, 1.75],
      [0, Number.POSITIVE_INFINITY],
    ])
      expectAsCpu('ClipByValue', { x }, { clipValueMin, clipValueMax });
    expectAsCpu('Prelu', { x, alpha: values([0.5], [1]) });
    expectAsCpu('Prelu', { x, alpha: x });
    expectAsCpu('EluGrad', { dy: x, y: x });
  });

  it('Select takes the wider type, and rows by a vector', () => {
    const condition = values([1, 0, 1], [3], 'bool');
    const t = values([1, 2, 3], [3], 'int32');
    const e = values([4.5, 5.5, Number.NaN]);
    expectAsCpu('Select', { condition, t, e });
    expectAsCpu('Select', { condition, t, e: t });
    expectAsCpu('Select', { condition, t: condition, e: t });
    expectAsCpu('Select', { condition: values([], [0], 'bool'), t: values([], [0]), e: values([], [0]) });
    const rows = (start: number) => values([start, start + 1, start + 2, start + 3, start + 4, start + 5], [3, 2]);
    expect(onTorch('Select', { condition, t: rows(0), e: rows(10) })[0].values).toEqual([0, 1, 12, 13, 4, 5]);
  });

  it('Cast truncates and wraps as JavaScript does', () => {
    const large = [2 ** 31, 2 ** 32 + 1024, -(2 ** 31) - 256, 2 ** 53, 2 ** 63, 1e30, -2147483904, 0.999, -0.999];
    const x = values([...edges, ...large]);
    for (const dtype of ['int32', 'bool', 'float32']) {
      expectAsCpu('Cast', { x }, { dtype });
      expectAsCpu('Cast', { x: values([], [0]) }, { dtype });
    }
    const conversions = { int32: Number, bool: (value: number) => (value === 0 ? 0 : 1), float32: Math.fround };
    for (const [dtype, convert] of Object.entries(conversions))
      for (const operand of [ints, bools]) {
        const [found] = onTorch('Cast', { x: operand }, { dtype });
        expect(found.dtype).toBe(dtype);
        expect(found.values).toEqual(operand.values.map((value) => convert(value)));
      }
  });

  describe('in TF.js', () => {
    beforeAll(async () => {
      await tf.setBackend('torch');
    });

    it('casts to and from complex numbers', () => {
      tf.tidy(() => {
        const x = tf.tensor1d([1, 2, 3], 'int32');
        const pair = tf.cast(x, 'complex64');
        expect([...pair.dataSync()]).toEqual([1, 0, 2, 0, 3, 0]);
        pair.dispose();
        expect([...x.dataSync()]).toEqual([1, 2, 3]);
        const back = tf.cast(tf.complex([1.5, -2.5], [3, 4]), 'int32');
        expect([...back.dataSync()]).toEqual([1, -2]);
        expect(back.dtype).toBe('int32');
      });
    });

    it('does not mistake strings for numbers', () => {
      expect(() => tf.cast(tf.tensor1d(['1'], 'string'), 'float32')).toThrow(/string/);
      expect([...tf.equal(tf.tensor1d(['a', 'b']), tf.tensor1d(['a', 'c'])).dataSync()]).toEqual([1, 0]);
    });

    it('computes complex sums, differences and products', () => {
      const a = tf.complex([1, 2], [3, 4]);
      const b = tf.complex([5, 6], [7, 8]);
      expect([...tf.add(a, b).dataSync()]).toEqual([6, 10, 8, 12]);
      expect([...tf.sub(a, b).dataSync()]).toEqual([-4, -4, -4, -4]);
      expect([...tf.mul(a, b).dataSync()]).toEqual([-16, 22, -20, 40]);
      expect([...tf.zerosLike(a).dataSync()]).toEqual([0, 0, 0, 0]);
      expect([...tf.onesLike(a).dataSync()]).toEqual([1, 0, 1, 0]);
    });
  });
});
