import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { EngineDescriptor, EngineProbe, LoadedEngine } from '../engine.js';
import { activate } from '../engines/activate.js';
import { engineHome } from './engineHome.js';
import { findPackage, type InstalledPackage } from './findPackage.js';
import { hasNvidiaGpu } from './nvidia.js';
import { registerTensorflowKernels, type TensorflowBackend } from './tensorflowKernels.js';

const packageNames = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;
const command = 'lulc engine install tensorflow';

/** Where `lulc engine install tensorflow` puts it. */
export function tensorflowFolder(home: string = engineHome()): string {
  return join(home, 'engines', 'tensorflow');
}

/** Where the package looks for its compiled binding (Node-API version 8, the highest it knows). */
export function bindingPath(packageFolder: string): string {
  return join(packageFolder, 'lib', 'napi-v8', 'tfjs_binding.node');
}

/** TF.js' official native engine. */
export function tensorflowEngine(device: 'cuda' | 'cpu'): EngineDescriptor {
  return {
    name: 'tensorflow',
    device,
    merit: device === 'cuda' ? 'native TensorFlow on an NVIDIA GPU' : 'native TensorFlow on the CPU',
    probe: async () => probe(device),
    load,
  };
}

/** The first installation whose binding exists, else the first that is there at all. */
function find(): InstalledPackage | undefined {
  const installed = packageNames.flatMap((name) => findPackage(name, [tensorflowFolder()]));
  return installed.find(({ folder }) => existsSync(bindingPath(folder))) ?? installed[0];
}

function probe(device: 'cuda' | 'cpu'): EngineProbe {
  if (device === 'cuda' && !hasNvidiaGpu()) return { available: false, missing: 'no NVIDIA GPU was found' };
  const found = find();
  if (found === undefined) return { available: false, missing: '@tensorflow/tfjs-node is not installed', command };
  if (!existsSync(bindingPath(found.folder)))
    return { available: false, missing: `${found.name} is installed without its native binding`, command };
  return { available: true, detail: `${found.name} ${found.version}` };
}

async function load(): Promise<LoadedEngine> {
  const found = find();
  if (found === undefined) throw new Error('@tensorflow/tfjs-node is not installed');
  // Read by the native library when it is loaded: no log lines below errors, and oneDNN's convolutions, which it leaves
  // off on some processors although they are faster (docs/performance.md).
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
  restoreUtil();
  const require = createRequire(join(found.folder, 'package.json'));
  require(found.folder);
  await activate('tensorflow');
  const backend = tf.backend() as unknown as TensorflowBackend;
  registerTensorflowKernels();
  return {
    device: backend.isUsingGpuDevice ? 'cuda' : 'cpu',
    version: `${found.name.slice('@tensorflow/'.length)} ${found.version}, TensorFlow ${backend.binding.TF_Version}`,
  };
}

/** The package calls helpers that `node:util` no longer has from Node 23 on. */
function restoreUtil(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}
