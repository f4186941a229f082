import type { EngineDescriptor } from '../engine.js';
import { activate } from './activate.js';

/** TF.js' WebGPU engine. */
export const webgpuEngine: EngineDescriptor = {
  name: 'webgpu',
  device: 'gpu',
  merit: "the browser's GPU through WebGPU",
  probe: async () => {
    const gpu = (globalThis.navigator as { gpu?: { requestAdapter(): Promise<unknown> } } | undefined)?.gpu;
    const adapter = await gpu?.requestAdapter().catch(() => undefined);
    return adapter
      ? { available: true, detail: 'a WebGPU adapter' }
      : { available: false, missing: 'this browser offers no WebGPU adapter' };
  },
  load: async () => {
    try {
      await import('@tensorflow/tfjs-backend-webgpu');
      await activate('webgpu');
      return { device: 'gpu', version: 'tfjs-backend-webgpu' };
    } catch (error) {
      throw new Error(`@tensorflow/tfjs-backend-webgpu could not be loaded: ${String(error)}`, { cause: error });
    }
  },
};
