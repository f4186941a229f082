import type { EngineDescriptor } from '../engine.js';
import { activate } from './activate.js';

/** TF.js' WebGL engine. */
export const webglEngine: EngineDescriptor = {
  name: 'webgl',
  device: 'gpu',
  merit: "the browser's GPU through WebGL",
  probe: async () => {
    const canvas = typeof OffscreenCanvas === 'function' ? new OffscreenCanvas(1, 1) : undefined;
    return canvas?.getContext('webgl2')
      ? { available: true, detail: 'WebGL 2' }
      : { available: false, missing: 'this browser offers no WebGL 2' };
  },
  load: async () => {
    try {
      const { version_webgl } = await import('@tensorflow/tfjs-backend-webgl');
      await activate('webgl');
      return { device: 'gpu', version: `tfjs-backend-webgl ${version_webgl}` };
    } catch (error) {
      throw new Error(`@tensorflow/tfjs-backend-webgl could not be loaded: ${String(error)}`, { cause: error });
    }
  },
};
