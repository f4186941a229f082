import * as tf from '@tensorflow/tfjs-core';
import type { Draw } from './draw.js';
import type { Value } from './value.js';

/** Inputs of a kernel: by name (some names hold lists), or a list. */
export type Values = Readonly<Record<string, Value | readonly Value[] | undefined>> | readonly Value[];

/** One kernel call. */
export interface FuzzCase {
  readonly inputs: Values;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/**
 * How near two engines must come.
 *
 * - `exact`: equal.
 * - `relative`: each value within 1e-5 of itself.
 * - `summands`: each value within 1e-5 of what it would be if nothing cancelled, that is of the kernel's result for
 *   absolute inputs. For sums of products: rounding depends on the summands, not on their sum.
 * - `largest`: within 1e-5 of the largest value of the output, where the sums are inside the kernel.
 */
export type Measure = 'exact' | 'relative' | 'summands' | 'largest';

/** Tensors by name, as a kernel gets them. */
export type Tensors = Readonly<Record<string, tf.Tensor>>;

/** What a kernel computes, composed of TensorFlow.js' ops: for kernels that the cpu backend does not have. */
export type Reference = (inputs: Tensors, attributes: Readonly<Record<string, number>>) => tf.Tensor[];

/** Random calls of a kernel. */
export interface Generator {
  readonly make: (draw: Draw) => FuzzCase;
  /** The truth, computed on the cpu backend. Default: its kernel of the same name. */
  readonly reference?: Reference;
  /** Default `'relative'`. Integers and truth values are always compared exactly. */
  readonly measure?: Measure;
  /** A wider limit than 1e-5 of the measure, or an absolute one beside it, and why. */
  readonly exception?: { readonly tolerance?: number; readonly absolute?: number; readonly reason: string };
  /** For `'summands'`: the call that measures them, when absolute inputs alone do not. */
  readonly summands?: (fuzzCase: FuzzCase) => FuzzCase;
}

/** Generators by kernel. */
export type Generators = Readonly<Record<string, Generator>>;

/** Makes the tensor on the active backend. */
export function tensorOf({ dtype, shape, values }: Value): tf.Tensor {
  if (dtype !== 'complex64') return tf.tensor(values as number[], [...shape], dtype);
  const part = (offset: number) =>
    tf.tensor(
      (values as number[]).filter((_, i) => i % 2 === offset),
      [...shape],
      'float32',
    );
  return tf.tidy(() => tf.complex(part(0), part(1)));
}

/** The call with absolute inputs. */
export function absolute({ inputs, attributes }: FuzzCase): FuzzCase {
  return { inputs: mapValues(inputs, magnitudes), attributes };
}

function magnitudes(value: Value): Value {
  return value.dtype === 'float32' || value.dtype === 'int32'
    ? { ...value, values: (value.values as number[]).map(Math.abs) }
    : value;
}

/** The same structure with every tensor changed. */
export function mapValues<T>(inputs: Values, change: (value: Value) => T): Record<string, T | T[]> | T[] {
  if (Array.isArray(inputs)) return inputs.map(change);
  const entries = Object.entries(inputs as Record<string, Value | readonly Value[] | undefined>);
  return Object.fromEntries(
    entries
      .filter((entry): entry is [string, Value | readonly Value[]] => entry[1] !== undefined)
      .map(([name, value]) => [name, Array.isArray(value) ? value.map(change) : change(value as Value)]),
  );
}

/** The call in one line, short enough to read. */
export function describeCase({ inputs, attributes = {} }: FuzzCase): string {
  const one = ({ dtype, shape, values }: Value): string =>
    `${dtype}[${shape}]${values.length <= 24 ? ` {${values.map(String).join(', ')}}` : ''}`;
  return `inputs ${JSON.stringify(mapValues(inputs, one))}, attributes ${JSON.stringify(attributes)}`;
}
