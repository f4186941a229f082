import { cpuEngine } from '../runtime/engines/cpu.js';
import { wasmEngine } from '../runtime/engines/wasm.js';
import { tensorflowEngine } from '../runtime/node/tensorflow.js';
import { torchEngine } from '../runtime/node/torch.js';
import type { Platform } from './types.js';

/** Node.js. */
export const platform: Platform = {
  name: 'node',
  variable: (name) => process.env[name] || undefined,
  engines: [
    torchEngine('cuda'),
    tensorflowEngine('cuda'),
    torchEngine('cpu'),
    tensorflowEngine('cpu'),
    wasmEngine,
    cpuEngine,
  ],
};

// model files
export { folderStore } from '../model/node/folderStore.js';
