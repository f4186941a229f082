import type * as tf from '@tensorflow/tfjs-core';
import type { WasmKernelCall } from './heap.js';

/**
 * A tensor of the same memory. TF.js clones every tensor that a gradient will need; its own kernel copies the values,
 * although nothing ever writes to a tensor's memory after its kernel ran.
 */
export function identity({ backend, inputs: { x } }: WasmKernelCall<{ x: tf.TensorInfo }, object>): tf.TensorInfo {
  backend.incRef(x.dataId as object);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
}
