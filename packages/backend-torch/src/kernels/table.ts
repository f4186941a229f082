import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { CommandWriter } from '../backend/commandWriter.js';
import type { TensorData } from '../backend/tensorData.js';
import { type TorchBackend, unsuitable } from '../backend/torchBackend.js';

/** Inputs of a kernel by name, or in a list (Pack, Concat, AddN …). */
export type Inputs = Readonly<Record<string, TensorInfo>>;

/** How a TF.js kernel becomes one native command. */
export interface NativeKernel<A = unknown> {
  /** TF.js' name. */
  readonly kernel: string;
  /** The native kernel, when its name differs. */
  readonly native?: string;
  /** Names of its inputs in native order, or `'list'` for a list of any length. A missing one is left out. */
  readonly inputs: readonly string[] | 'list';
  /** Writes its attributes in the order in which the native kernel reads them. */
  readonly attributes?: (write: CommandWriter, attributes: A, inputs: Inputs) => void;
  /** `'list'`: TF.js expects an array even of one output. */
  readonly outputs?: 'list';
}

/** A kernel that is more than one command. */
export interface ComposedKernel<A = unknown> {
  /** TF.js' name. */
  readonly kernel: string;
  /** Computes it. */
  readonly run: (context: KernelContext<A>) => TensorInfo | TensorInfo[];
  /** It takes strings and complex numbers itself; without it, TF.js' cpu backend computes those. */
  readonly everyType?: true;
}

/** What a {@link ComposedKernel} works with. */
export interface KernelContext<A = unknown> {
  readonly inputs: Inputs;
  readonly attributes: A;
  readonly backend: TorchBackend;
}

/** A row of a kernel table. */
export type KernelRow = NativeKernel | ComposedKernel;

/** Types the attributes of a row. */
export function row<A>(kernel: NativeKernel<A> | ComposedKernel<A>): KernelRow {
  return kernel as KernelRow;
}

/** Description of a result for TF.js. */
export function tensorInfo(data: TensorData): TensorInfo {
  return { dataId: data, shape: data.shape as number[], dtype: data.dtype };
}

/**
 * Runs a native kernel from within a {@link ComposedKernel}.
 *
 * @param backend the backend
 * @param native name of the native kernel
 * @param inputs its inputs
 * @param attributes writes its attributes
 */
export function runNative(
  backend: TorchBackend,
  native: string,
  inputs: readonly (TensorInfo | undefined)[],
  attributes?: (write: CommandWriter) => void,
): TensorInfo[] {
  backend.begin(backend.opcode(native), inputs.length);
  for (const input of inputs) if (!backend.input(input)) throw unsuitable(input as TensorInfo);
  attributes?.(backend.writer);
  return backend.execute().map(tensorInfo);
}
