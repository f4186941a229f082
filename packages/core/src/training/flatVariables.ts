import * as tf from '@tensorflow/tfjs-core';
import { LulcError } from '../errors/lulcError.js';
import { type ComposedKernel, runSeamKernel } from '../ops/kernelSeam.js';
import type { NamedVariable } from './types.js';

/** Kernel an engine may register: input `flat`, attribute `size0 … sizeN`; outputs the consecutive parts, rank 1. */
export const SPLIT_FLAT = 'SplitFlat';

const composedSplit: ComposedKernel = ({ flat }, attributes) => tf.split(flat, Object.values(attributes));

/**
 * A list of variables seen as one long vector, in list order. Element-wise work on all of them (update, clipping, moving
 * averages) is then a handful of ops in all instead of a handful for each variable.
 */
export interface FlatVariables {
  /** The variables, in order. */
  readonly entries: readonly NamedVariable[];
  /** Number of values in all. */
  readonly size: number;
  /** The values as one vector, `[size]`. */
  gather(): tf.Tensor1D;
  /** Writes a vector `[size]` into the variables. */
  scatter(flat: tf.Tensor1D): void;
  /** Joins one tensor per variable (missing ones count as zeros) to a vector `[size]`. */
  join(tensors: readonly (tf.Tensor | undefined)[]): tf.Tensor1D;
  /** Cuts host values `[size]` into one view per variable, by name. */
  views(values: Float32Array): ReadonlyMap<string, Float32Array>;
}

/**
 * @param entries variables with unique names, float32
 * @throws LulcError `duplicate-name`, or `invalid-argument` for a variable that is not float32 or has a rate below 0
 */
export function flatVariables(entries: readonly NamedVariable[]): FlatVariables {
  const names = new Set<string>();
  for (const { name, variable, rate = 1 } of entries) {
    if (names.has(name))
      throw new LulcError('duplicate-name', 'two variables have one name', { where: { variable: name } });
    names.add(name);
    if (!(rate >= 0 && Number.isFinite(rate))) {
      throw new LulcError('invalid-argument', `the rate of a variable is ${rate}; it must be at least 0`, {
        where: { variable: name },
      });
    }
    if (variable.dtype !== 'float32') {
      throw new LulcError('invalid-argument', `a ${variable.dtype} variable cannot be trained`, {
        where: { variable: name },
      });
    }
  }
  const sizes = entries.map(({ variable }) => variable.size);
  const offsets = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
  const size = sizes.reduce((a, b) => a + b, 0);
  const sizeAttributes = Object.fromEntries(sizes.map((value, i) => [`size${i}`, value]));

  const join = (tensors: readonly (tf.Tensor | undefined)[]): tf.Tensor1D =>
    tf.tidy(() => {
      const parts = tensors.map((tensor, i) =>
        tensor === undefined ? tf.zeros([sizes[i]]) : reshaped(tensor, [sizes[i]]),
      );
      return parts.length === 0 ? tf.tensor1d([]) : (tf.concat(parts) as tf.Tensor1D);
    });

  return {
    entries,
    size,
    join,
    gather: () => join(entries.map(({ variable }) => variable)),
    scatter: (flat) => {
      if (entries.length === 0) return;
      tf.tidy(() => {
        const parts = runSeamKernel(SPLIT_FLAT, composedSplit, { flat }, sizeAttributes);
        entries.forEach(({ variable }, i) => {
          variable.assign(reshaped(parts[i], variable.shape));
        });
      });
    },
    views: (values) =>
      new Map(entries.map(({ name }, i) => [name, values.subarray(offsets[i], offsets[i] + sizes[i])])),
  };
}

/** Most variables of a network are vectors already; an engine call less for each of them. */
const reshaped = (tensor: tf.Tensor, shape: number[]): tf.Tensor =>
  tf.util.arraysEqual(tensor.shape, shape) ? tensor : tf.reshape(tensor, shape);
