import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

/** Name under which TF.js registers its WebAssembly engine. */
export const WASM = 'wasm';

/** What a kernel function is called with on this engine. */
export interface WasmKernelCall<Inputs, Attributes> {
  readonly inputs: Inputs;
  readonly attrs: Attributes;
  readonly backend: BackendWasm;
}

/** The parts of the Emscripten module that TF.js' types leave out. */
interface WasmModule {
  readonly HEAPU8: Uint8Array;
  readonly tfjs: { disposeData(id: number): void };
}

function wasmModule(backend: BackendWasm): WasmModule {
  return backend.wasm as unknown as WasmModule;
}

/** A typed array that spans the whole WebAssembly memory. Any allocation may grow the memory and detach it: take it last. */
export function floats(backend: BackendWasm): Float32Array {
  return new Float32Array(wasmModule(backend).HEAPU8.buffer);
}

/** The same memory as 32-bit integers. */
export function integers(backend: BackendWasm): Int32Array {
  return new Int32Array(wasmModule(backend).HEAPU8.buffer);
}

/** Index of a tensor's first element in {@link floats} (4-byte elements). */
export function start(backend: BackendWasm, tensor: tf.TensorInfo): number {
  return backend.getMemoryOffset(tensor.dataId as object) >>> 2;
}

/** Uninitialised memory for a result or an intermediate. */
export function allocate(backend: BackendWasm, shape: number[], dtype: 'float32' | 'int32' = 'float32'): tf.TensorInfo {
  return backend.makeOutput(shape, dtype);
}

/** Frees an intermediate. */
export function free(backend: BackendWasm, tensor: tf.TensorInfo): void {
  backend.disposeData(tensor.dataId as object);
}

/** Runs `body` with tensors that share the memory of others, `[owner's first element, shape]`; nothing is copied. */
export function withViews<T>(
  backend: BackendWasm,
  views: readonly (readonly [firstElement: number, shape: number[]])[],
  body: (views: tf.TensorInfo[]) => T,
): T {
  const infos = views.map(([first, shape]) => backend.makeOutput(shape, 'float32', first * 4));
  try {
    return body(infos);
  } finally {
    for (const { dataId } of infos) {
      const { id } = backend.dataIdMap.get(dataId as object);
      wasmModule(backend).tfjs.disposeData(id);
      backend.dataIdMap.delete(dataId as object);
    }
  }
}

/** Calls another kernel of this engine. */
export function call(backend: BackendWasm, kernelName: string, inputs: object, attrs: object): tf.TensorInfo {
  const kernel = tf.getKernel(kernelName, WASM);
  return kernel.kernelFunc({
    inputs: inputs as tf.NamedTensorInfoMap,
    attrs: attrs as tf.NamedAttrMap,
    backend,
  }) as tf.TensorInfo;
}
