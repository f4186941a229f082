import type { EngineDescriptor, EngineProbe, LoadedEngine } from '../engine.js';
import { findPackage } from './findPackage.js';

const packageName = '@lulc/backend-torch';
const command = 'lulc engine install torch';

/** What `@lulc/backend-torch` offers: it registers the TF.js backend `torch` and says what it runs on. */
interface TorchPackage {
  registerTorchBackend(): Promise<LoadedEngine>;
}

/** The libtorch engine, a package of its own that is loaded only where it is installed. */
export function torchEngine(device: 'cuda' | 'cpu'): EngineDescriptor {
  return {
    name: 'torch',
    device,
    merit: device === 'cuda' ? 'libtorch on an NVIDIA GPU' : 'libtorch, the fastest engine on a CPU',
    probe: async () => probe(),
    load: async () => {
      const specifier: string = packageName; // not a literal: the package need not exist when this one is built
      const { registerTorchBackend } = (await import(specifier)) as TorchPackage;
      return registerTorchBackend();
    },
  };
}

function probe(): EngineProbe {
  const [found] = findPackage(packageName);
  return found === undefined
    ? { available: false, missing: `${packageName} is not installed`, command }
    : { available: true, detail: found.folder };
}
