import * as tf from '@tensorflow/tfjs-core';

/** A computation: tensors and named numbers in, tensors out. It may read and assign variables, nothing else. */
export type Computation = (args: readonly tf.Tensor[], numbers: Readonly<Record<string, number>>) => tf.Tensor[];

/** What became of a computation for one kind of arguments. */
export interface CaptureStatus {
  /** Shapes and types of the arguments, and the caller's key. */
  readonly signature: string;
  /** `'recording'` in the first calls, then `'replaying'`, or `'refused'` when it cannot be replayed. */
  readonly state: 'recording' | 'replaying' | 'refused';
  /** Why it is refused. */
  readonly reason?: string;
  /** Kernel calls of the recording, and after the engine fused neighbours. */
  readonly kernelCalls?: readonly [recorded: number, fused: number];
}

/** A computation that the engine may record and replay in one call. */
export interface Captured {
  /**
   * Runs it. On engines that cannot record, and in the first calls, it is simply called.
   *
   * @param args tensors; others shapes are recorded anew
   * @param numbers values that change from call to call, by the names that kernels know them by
   * @param key tells apart calls that differ for other reasons than shapes
   */
  run(args: readonly tf.Tensor[], numbers?: Readonly<Record<string, number>>, key?: string): tf.Tensor[];
  /** What became of it so far; empty on engines that cannot record. */
  status(): readonly CaptureStatus[];
  /** Frees what was recorded. */
  dispose(): void;
}

/** What a backend offers beyond TF.js' contract, when it can record computations. */
interface CapturingBackend {
  capture(computation: Computation, options: { readonly frozen: boolean }): Captured;
}

/**
 * Lets the engine record a computation. An engine that can do it compares two recordings before it believes them, so a
 * computation that draws random numbers in JavaScript or reads values is noticed and called as it is.
 *
 * @param computation what to run
 * @param mode `'auto'` where the engine can; `'frozen'` also takes variables as they are at the recording, so that weights
 *   can be folded and packed; `'off'` never
 */
export function captured(computation: Computation, mode: 'auto' | 'frozen' | 'off'): Captured {
  const backend = tf.backend() as unknown as Partial<CapturingBackend>;
  if (mode !== 'off' && typeof backend.capture === 'function')
    return backend.capture(computation, { frozen: mode === 'frozen' });
  return { run: (args, numbers = {}) => computation(args, numbers), status: () => [], dispose: () => undefined };
}
