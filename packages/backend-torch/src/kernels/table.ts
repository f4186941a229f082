import type { KernelConfig, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { CommandWriter } from '../backend/commandWriter.js';
import type { TensorData } from '../backend/tensorData.js';
import type { TorchBackend } from '../backend/torchBackend.js';

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
  for (const input of inputs) backend.input(input);
  attributes?.(backend.writer);
  return backend.execute().map(tensorInfo);
}

/** The row as TF.js registers it. */
export function kernelConfig(kernelRow: KernelRow, backendName: string, torch: TorchBackend): KernelConfig {
  return {
    kernelName: kernelRow.kernel,
    backendName,
    kernelFunc: 'run' in kernelRow ? composedFunction(kernelRow, torch) : nativeFunction(kernelRow, torch),
  };
}

function composedFunction({ run }: ComposedKernel, backend: TorchBackend): KernelConfig['kernelFunc'] {
  return ({ inputs, attrs }) => run({ inputs: inputs as Inputs, attributes: attrs ?? {}, backend });
}

function nativeFunction(
  { kernel, native = kernel, inputs: names, attributes: write, outputs }: NativeKernel,
  torch: TorchBackend,
): KernelConfig['kernelFunc'] {
  const opcode = torch.opcode(native);
  return ({ inputs, attrs }) => {
    if (names === 'list') {
      const list = inputs as unknown as readonly TensorInfo[];
      torch.begin(opcode, list.length);
      for (const input of list) torch.input(input);
    } else {
      torch.begin(opcode, names.length);
      for (const name of names) torch.input((inputs as NamedTensorInfoMap)[name]);
    }
    write?.(torch.writer, attrs ?? {}, inputs as Inputs);
    const results = torch.execute();
    return results.length === 1 && outputs !== 'list' ? tensorInfo(results[0]) : results.map(tensorInfo);
  };
}
