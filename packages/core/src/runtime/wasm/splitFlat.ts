import type * as tf from '@tensorflow/tfjs-core';
import { allocate, floats, start, type WasmKernelCall } from './heap.js';

/** Cuts a vector into consecutive parts by copies within memory: TF.js' own split copies the whole vector for each part. */
export function splitFlat({
  backend,
  inputs,
  attrs,
}: WasmKernelCall<{ flat: tf.TensorInfo }, Readonly<Record<string, number>>>): tf.TensorInfo[] {
  const sizes = Object.values(attrs);
  const parts = sizes.map((size) => allocate(backend, [size]));
  const heap = floats(backend);
  let from = start(backend, inputs.flat);
  parts.forEach((part, i) => {
    heap.copyWithin(start(backend, part), from, from + sizes[i]);
    from += sizes[i];
  });
  return parts;
}
