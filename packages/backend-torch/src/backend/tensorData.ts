import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';

/**
 * What the backend keeps for a tensor; it is its own TF.js data id. Numbers live on the native side under `handle`,
 * strings and the two halves of complex numbers in JavaScript.
 */
export class TensorData {
  /** Number of TF.js tensors that share it. */
  refCount = 1;
  /** Bytes of strings. */
  strings: Uint8Array[] | undefined;
  /** Halves of a complex tensor. */
  complexTensorInfos: { readonly real: TensorInfo; readonly imag: TensorInfo } | undefined;

  /**
   * @param handle native handle, or -1
   * @param shape its shape there
   * @param dtype TF.js element type
   */
  constructor(
    public handle: number,
    public shape: readonly number[],
    public readonly dtype: DataType,
  ) {}
}

/** Native handle of what is not on the native side (strings, complex numbers). */
export const noHandle = -1;

/** Native handle of what was disposed. */
export const disposed = -2;
