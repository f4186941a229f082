import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engineHome } from '@lulc/core/node';

/** What is kept below the engine home (`.lulc`, or `LULC_HOME`): everything this package writes. */
export interface TorchFolders {
  /** The engine: its addon and `engine.json`. Replaced as a whole. */
  readonly engine: string;
  /** The same with AddressSanitizer. */
  readonly sanitized: string;
  /** Lock file of installations. */
  readonly lock: string;
  /** Compiled translation units, by content. */
  readonly objects: string;
  /** Headers of Node, where they had to be fetched. */
  readonly nodeHeaders: string;
  /** Libraries that pip fetched, by build; each holds the folder `torch`. */
  readonly fetched: Readonly<Record<'cpu' | 'cuda', string>>;
}

/** The folders below an engine home. */
export function torchFolders(home: string = engineHome()): TorchFolders {
  const engines = join(home, 'engines');
  return {
    engine: join(engines, 'torch'),
    sanitized: join(engines, 'torch-asan'),
    lock: join(engines, 'torch.lock'),
    objects: join(engines, 'torch-objects'),
    nodeHeaders: join(engines, 'node-headers'),
    fetched: { cpu: join(engines, 'libtorch-cpu'), cuda: join(engines, 'libtorch-cuda') },
  };
}

/** File name of the addon, in the engine's folder and in pre-built packages. */
export const addonName = 'lulc_torch.node';

/** The folder of this package, with its `native` sources. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** Version of this package. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8')) as { version: string }).version;
}
