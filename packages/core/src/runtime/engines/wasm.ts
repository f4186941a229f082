import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { LulcError } from '../../errors/lulcError.js';
import type { EngineDescriptor } from '../engine.js';
import { registerWasmTrainingKernels } from '../wasm/register.js';
import { activate } from './activate.js';

/** TF.js' WebAssembly engine with the kernels that training needs. */
export const wasmEngine: EngineDescriptor = {
  name: 'wasm',
  device: 'cpu',
  merit: 'WebAssembly, the fastest engine without native code',
  probe: async () =>
    typeof WebAssembly === 'object'
      ? { available: true, detail: 'WebAssembly' }
      : { available: false, missing: 'this platform has no WebAssembly' },
  load: async ({ wasmPaths }) => {
    const { setWasmPaths, version_wasm } = await import('@tensorflow/tfjs-backend-wasm');
    if (wasmPaths !== undefined && tf.findBackend('wasm') === null) setWasmPaths(wasmPaths);
    await activate('wasm');
    registerWasmTrainingKernels();
    guardAllocations(tf.backend() as BackendWasm);
    return { device: 'cpu', version: `tfjs-backend-wasm ${version_wasm}` };
  },
};

const guarded = new WeakSet<object>();

/** TF.js does not look at what `malloc` returns; without this, running out of memory overwrites the engine's own data. */
function guardAllocations(backend: BackendWasm): void {
  const module = backend.wasm as unknown as { _malloc: (bytes: number) => number };
  if (guarded.has(module)) return;
  guarded.add(module);
  let malloc = module._malloc;
  const checked = (bytes: number): number => {
    // Beyond 4 GiB the 32-bit argument would wrap round and too little memory would be given.
    const address = bytes < 2 ** 32 ? malloc(bytes) : 0;
    if (address === 0 && bytes > 0)
      throw new LulcError('unavailable', 'the wasm engine is out of memory', {
        where: { engine: 'wasm', bytes },
        hint: 'Use a smaller batch or model, or a native engine (lulc doctor lists them).',
      });
    return address;
  };
  // Emscripten's first call puts the real function in place of its stub.
  Object.defineProperty(module, '_malloc', {
    get: () => checked,
    set: (real: typeof malloc) => {
      malloc = real;
    },
  });
}
