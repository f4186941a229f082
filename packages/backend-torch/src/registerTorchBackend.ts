import { totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import { LulcError, unknownName } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { kernelConfig } from './kernels/kernelConfig.js';
import { kernelRows } from './kernels/kernels.js';
import { precisions } from './native/addon.js';
import { loadAddon } from './native/loadAddon.js';
import { defaultThreads } from './native/threads.js';
import { CapturingBackend } from './program/capturingBackend.js';

/** Name of the TF.js backend. */
export const backendName = 'torch';

/** Arithmetic inside convolutions and matrix products; everything outside stays float32. */
export type TorchPrecision = 'float32' | 'bf16' | 'fp16' | 'tf32';

/** Options of {@link registerTorchBackend}. Left-out ones stay as they are when the engine runs already. */
export interface TorchOptions {
  /**
   * Threads that share the work of a kernel on the CPU, from 1. Default `OMP_NUM_THREADS`, else one per physical core.
   * It holds for the whole process.
   */
  readonly threads?: number;
  /**
   * `'float32'` (default), `'bf16'` (worth it where the processor computes in it), and on CUDA `'tf32'` and `'fp16'`, with
   * which the training loop scales losses by itself.
   */
  readonly precision?: TorchPrecision;
  /**
   * Whether large 3x3 convolutions of stride 1, dilated or not, may be computed by Winograd's filtering, which rounds a
   * little more (about 1e-5 of the largest value, more with more channels); default true. CPU only.
   */
  readonly winograd?: boolean;
  /** Most bytes of freed CPU memory kept for the next tensors, of the whole process; default 4 GiB or a quarter of the memory. */
  readonly cacheBytes?: number;
  /** Most bytes in CPU tensors, of the whole process; beyond it a tensor is an error. Default nine tenths of the memory. */
  readonly memoryBytes?: number;
}

/** What {@link registerTorchBackend} says about the engine. */
export interface TorchEngine {
  /** What it computes on. */
  readonly device: 'cpu' | 'cuda';
  /** The library and its version, e.g. `'libtorch 2.13.0'`. */
  readonly version: string;
}

/**
 * Loads libtorch and registers the TF.js backend `torch` with all its kernels. It does not make it the active one:
 * `useEngine` of `@lulc/core` or `tf.setBackend('torch')` does. Calling it again is cheap and changes the options given.
 *
 * @param options see {@link TorchOptions}
 * @returns what it runs on
 * @throws LulcError `unavailable` when the engine is not installed or cannot be loaded; `invalid-argument` for an option
 *   outside its range; `incompatible` for a precision that the device does not have
 *
 * @example
 * ```ts
 * // not run: needs libtorch
 * import { registerTorchBackend } from '@lulc/backend-torch';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * const { device, version } = await registerTorchBackend({ threads: 2 });
 * await tf.setBackend('torch');
 * console.log(`libtorch ${version} on ${device}`);
 * ```
 */
export async function registerTorchBackend(options: TorchOptions = {}): Promise<TorchEngine> {
  const registered = tf.engine().findBackend(backendName) as CapturingBackend | null;
  const backend = registered ?? new CapturingBackend(loadAddon());
  configure(backend, registered === null ? { ...defaults(), ...options } : options);
  if (registered === null) {
    for (const kernelRow of kernelRows) tf.registerKernel(kernelConfig(kernelRow, backendName, backend));
    tf.registerBackend(backendName, () => backend, 4);
  }
  return { device: backend.addon.device, version: `libtorch ${backend.addon.libtorch}` };
}

function defaults(): TorchOptions {
  const memory = Math.min(totalmem(), constrainedMemory() || Number.POSITIVE_INFINITY);
  const threads = defaultThreads();
  return {
    ...(threads === undefined ? {} : { threads }),
    cacheBytes: Math.min(4 * 2 ** 30, Math.floor(memory / 4)),
    memoryBytes: Math.floor(memory * 0.9),
  };
}

function configure(backend: CapturingBackend, options: TorchOptions): void {
  const { threads, precision, winograd, cacheBytes, memoryBytes } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 1024))
    throw new LulcError('invalid-argument', `'threads' is ${threads}; it must be a whole number from 1 to 1024`);
  for (const [name, bytes] of Object.entries({ cacheBytes, memoryBytes }))
    if (bytes !== undefined && !(Number.isSafeInteger(bytes) && bytes >= 0))
      throw new LulcError('invalid-argument', `'${name}' is ${bytes}; it must be a number of bytes`);
  if (precision !== undefined && !precisions.includes(precision)) throw unknownName('precision', precision, precisions);
  if ((precision === 'fp16' || precision === 'tf32') && backend.addon.device === 'cpu')
    throw new LulcError('incompatible', `${precision} needs a GPU; the torch engine runs on the CPU`, {
      hint: "Use 'float32' or 'bf16'.",
    });
  const number = (value: number | undefined): number => value ?? -1;
  backend.addon.configure(
    number(threads),
    precision === undefined ? -1 : precisions.indexOf(precision),
    number(cacheBytes),
    number(memoryBytes),
    winograd === undefined ? -1 : Number(winograd),
  );
  if (precision !== undefined) backend.precision = precision;
}
