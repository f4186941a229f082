import * as tf from '@tensorflow/tfjs-core';
import type { EngineDescriptor } from '../engine.js';
import { activate } from './activate.js';

/** TF.js' plain JavaScript engine. */
export const cpuEngine: EngineDescriptor = {
  name: 'cpu',
  device: 'cpu',
  merit: 'plain JavaScript, the last resort',
  probe: async () => ({ available: true, detail: 'plain JavaScript' }),
  load: async () => {
    const { version_cpu } = await import('@tensorflow/tfjs-backend-cpu');
    await activate('cpu');
    // In Node, its first kernel call would print an advertisement for the native engine.
    (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
    return { device: 'cpu', version: `tfjs-backend-cpu ${version_cpu}` };
  },
};
