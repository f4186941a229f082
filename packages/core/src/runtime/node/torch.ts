import type { EngineDescriptor, EngineOptions, EngineProbe, LoadedEngine } from '../engine.js';
import { findPackage } from './findPackage.js';
import { hasNvidiaGpu } from './nvidia.js';

const packageName = '@lulc/backend-torch';
const command = 'lulc engine install torch';

/** What `@lulc/backend-torch` offers: it registers the TF.js backend `torch` and says what it runs on. */
interface TorchPackage {
  registerTorchBackend(options: Pick<EngineOptions, 'threads' | 'precision'>): Promise<LoadedEngine>;
}

/** Its part that loads nothing native: what is installed, or what is missing. */
interface TorchInstall {
  probeTorch(): { readonly detail: string; readonly cuda: boolean } | { readonly missing: string };
}

/** The libtorch engine, a package of its own that is loaded only where it is installed. */
export function torchEngine(device: 'cuda' | 'cpu'): EngineDescriptor {
  return {
    name: 'torch',
    device,
    merit: device === 'cuda' ? 'libtorch on an NVIDIA GPU' : 'libtorch, the fastest engine on a CPU',
    probe: () => probe(device),
    load: async ({ threads, precision }) =>
      (await load<TorchPackage>(packageName)).registerTorchBackend({
        ...(threads === undefined ? {} : { threads }),
        ...(precision === undefined ? {} : { precision }),
      }),
  };
}

async function probe(device: 'cuda' | 'cpu'): Promise<EngineProbe> {
  if (device === 'cuda' && !hasNvidiaGpu()) return { available: false, missing: 'no NVIDIA GPU was found' };
  if (findPackage(packageName).length === 0)
    return { available: false, missing: `${packageName} is not installed`, command: `npm install ${packageName}` };
  try {
    const found = (await load<TorchInstall>(`${packageName}/install`)).probeTorch();
    if ('missing' in found) return { available: false, missing: found.missing, command };
    if (device === 'cuda' && !found.cuda)
      return {
        available: false,
        missing: `it is built for the CPU: ${found.detail}`,
        command: `${command} --build cuda`,
      };
    return { available: true, detail: found.detail };
  } catch (error) {
    return { available: false, missing: `${packageName} cannot be loaded: ${(error as Error).message}`, command };
  }
}

/** Not a literal: the package need not exist when this one is built. */
async function load<Part>(specifier: string): Promise<Part> {
  return (await import(specifier)) as Part;
}
