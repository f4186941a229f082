import type { WeightArray } from '@lulc/core';
import { sizeOf } from './foreign.js';

/** Whose order of axes a file has. */
export type Dialect = 'torch' | 'keras';

/** Names that a weight may have here, by its name there. */
const roles: Readonly<Record<Dialect, Readonly<Record<string, readonly string[]>>>> = {
  torch: {
    weight: ['kernel', 'depthwise_kernel', 'gamma'],
    bias: ['bias', 'beta'],
    running_mean: ['moving_mean'],
    running_var: ['moving_variance'],
  },
  keras: {
    kernel: ['kernel', 'depthwise_kernel'],
    depthwise_kernel: ['depthwise_kernel'],
    embeddings: ['embeddings'],
    bias: ['bias'],
    gamma: ['gamma'],
    beta: ['beta'],
    moving_mean: ['moving_mean'],
    moving_variance: ['moving_variance'],
  },
};

/** Order in which layers make their weights, which Keras 3 numbers. */
const order = ['kernel', 'depthwise_kernel', 'gamma', 'embeddings', 'bias', 'beta', 'moving_mean', 'moving_variance'];

/** Counters without a meaning here. */
const counters: Readonly<Record<Dialect, readonly string[]>> = { torch: ['num_batches_tracked'], keras: [] };

/** True for values that are no weights, such as PyTorch's counter of batches. */
export function isCounter(role: string, dialect: Dialect): boolean {
  return counters[dialect].includes(role);
}

/** True for the name of a weight in its layer. */
export function isRole(role: string, dialect: Dialect): boolean {
  return Object.hasOwn(roles[dialect], role) || (dialect === 'keras' && /^\d+$/.test(role)) || isCounter(role, dialect);
}

/**
 * The name here of a weight of a layer.
 *
 * @param role its name there: `weight`, `kernel`, or Keras 3's number
 * @param own names of all weights of the layer here
 */
export function ownRole(role: string, own: ReadonlySet<string>, dialect: Dialect): string | undefined {
  if (Object.hasOwn(roles[dialect], role)) return roles[dialect][role].find((name) => own.has(name));
  return dialect === 'keras' ? order.filter((name) => own.has(name))[Number(role)] : undefined;
}

/**
 * A weight with the order of axes that it has here. PyTorch has output channels first (`OIHW`, depthwise `C1HW`, linear
 * `[out, in]`), this library last, as TensorFlow has (`HWIO`, depthwise `HWC1`, dense `[in, out]`).
 *
 * @param role name of the weight here
 */
export function toOwnAxes(array: WeightArray, role: string, dialect: Dialect): WeightArray {
  if (dialect === 'keras' || !role.endsWith('kernel')) return array;
  const rank = array.shape.length;
  if (rank === 4) return permuted(array, role === 'depthwise_kernel' ? [2, 3, 0, 1] : [2, 3, 1, 0]);
  if (rank === 3) return permuted(array, [2, 1, 0]);
  return rank === 2 ? permuted(array, [1, 0]) : array;
}

/**
 * The same values in the wanted shape, where one follows from the other by joining or dividing neighbouring axes: heads and
 * channels of attention, the pixels of a patch, axes of size 1. Anything else stays as it is.
 */
export function toOwnShape(array: WeightArray, wanted: readonly number[]): WeightArray {
  const { shape } = array;
  if (shape.length === wanted.length) return array;
  if (refines(shape, wanted) || refines(wanted, shape)) return { ...array, shape: [...wanted] };
  // A patch of other bands than wanted: its pixels and bands are one axis of a dense kernel all the same.
  const last = shape[shape.length - 1];
  return wanted.length === 2 && shape.length > 2 ? { ...array, shape: [sizeOf(shape) / last, last] } : array;
}

/** True when the axes of `coarse` are groups of neighbouring axes of `fine`. */
function refines(fine: readonly number[], coarse: readonly number[]): boolean {
  const steps = (shape: readonly number[]) => shape.map((_, i) => sizeOf(shape.slice(0, i + 1)));
  const finer = new Set(steps(fine));
  return sizeOf(fine) === sizeOf(coarse) && steps(coarse).every((step) => finer.has(step) || step === 1);
}

/** `parts` arrays of equal size that lie one after the other on the first axis; nothing where that cannot be. */
export function dividedArray(array: WeightArray, parts: number): WeightArray[] | undefined {
  if (parts === 1) return [array];
  const [first = 0, ...others] = array.shape;
  if (first % parts !== 0) return undefined;
  const size = array.data.length / parts;
  return Array.from({ length: parts }, (_, i) => ({
    ...array,
    shape: [first / parts, ...others],
    data: array.data.slice(i * size, (i + 1) * size),
  }));
}

/** An array whose axis `i` is axis `axes[i]` of the given one. */
export function permuted(array: WeightArray, axes: readonly number[]): WeightArray {
  const { shape, data } = array;
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  const newShape = axes.map((axis) => shape[axis]);
  const newStrides = axes.map((axis) => strides[axis]);
  const result = data.slice();
  const index = axes.map(() => 0);
  let source = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = data[source];
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      source += newStrides[axis];
      if (++index[axis] < newShape[axis]) break;
      source -= newStrides[axis] * newShape[axis];
      index[axis] = 0;
    }
  }
  return { ...array, shape: newShape, data: result };
}
