import type { FileStore } from '../model/fileStore.js';

import { cpuEngine } from '../runtime/engines/cpu.js';
import { wasmEngine } from '../runtime/engines/wasm.js';
import { webglEngine } from '../runtime/engines/webgl.js';
import { webgpuEngine } from '../runtime/engines/webgpu.js';
import type { Platform } from './types.js';

/** A browser, or a worker in one. */
export const platform: Platform = {
  name: 'browser',
  variable: () => undefined,
  engines: [webgpuEngine, webglEngine, wasmEngine, cpuEngine],
};

// model files
/** A browser has no folders: a path means an address relative to the page. */
export const folderStore: ((path: string) => FileStore) | undefined = undefined;
