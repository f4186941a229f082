import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LulcError } from '@lulc/core';
import { readEngineFile } from './engineFile.js';
import { findLibtorch } from './findLibtorch.js';
import { addonName, packageVersion, torchFolders } from './folders.js';
import { findPrebuilt, fits, mainLibrary, preloaderName } from './prebuilt.js';

/** An addon that can be loaded here. */
export interface FoundAddon {
  /** The addon. */
  readonly path: string;
  /** What it runs on, e.g. `'libtorch 2.13.0 (CPU) in /usr'`. */
  readonly libtorch: string;
  /** Whether it can use NVIDIA GPUs. */
  readonly cuda: boolean;
  /** Built on this machine, from a package, or named by `LULC_TORCH_ADDON`. */
  readonly origin: 'built' | 'prebuilt' | 'given';
  /** What to load before it: a pre-built addon does not know where libtorch lies. */
  readonly preload?: {
    /** The small addon that loads it. */
    readonly loader: string;
    /** libtorch's main library. */
    readonly library: string;
  };
}

/**
 * The addon to load: `LULC_TORCH_ADDON`, the installed one, or that of a pre-built package whose libtorch is here. Nothing
 * is loaded or changed.
 *
 * @returns the addon, or `undefined` when the engine is not installed
 * @throws LulcError `missing-file` when `LULC_TORCH_ADDON` names no file
 *
 * @example
 * ```ts
 * import { findAddon } from '@lulc/backend-torch';
 *
 * console.log(findAddon()?.libtorch ?? 'the torch engine is not installed');
 * ```
 */
export function findAddon(): FoundAddon | undefined {
  const given = process.env.LULC_TORCH_ADDON;
  if (given) {
    if (!existsSync(given))
      throw new LulcError('missing-file', 'LULC_TORCH_ADDON names no file', { where: { file: given } });
    return addonIn(dirname(given), given) ?? { path: given, libtorch: given, cuda: false, origin: 'given' };
  }
  return addonIn(torchFolders().engine) ?? addonOfPackage();
}

/** The addon of an engine's folder, when it belongs to this version of the package and its libtorch is still there. */
function addonIn(folder: string, given?: string): FoundAddon | undefined {
  const file = readEngineFile(folder);
  if (file === undefined || file.version !== packageVersion()) return undefined;
  const library = mainLibrary(file.libtorch.lib);
  if (!existsSync(library)) return undefined;
  return {
    path: given ?? join(folder, addonName),
    libtorch: describe(file.libtorch, file.cuda),
    cuda: file.cuda,
    origin: given === undefined ? (file.prebuilt ? 'prebuilt' : 'built') : 'given',
    ...(file.prebuilt ? { preload: { loader: join(folder, preloaderName), library } } : {}),
  };
}

function addonOfPackage(): FoundAddon | undefined {
  const prebuilt = findPrebuilt(packageVersion());
  const libtorch = prebuilt === undefined ? undefined : findLibtorch();
  if (prebuilt === undefined || libtorch === undefined || !fits(prebuilt, libtorch)) return undefined;
  return {
    path: join(prebuilt.folder, addonName),
    libtorch: describe(libtorch, prebuilt.cuda),
    cuda: prebuilt.cuda,
    origin: 'prebuilt',
    preload: { loader: join(prebuilt.folder, preloaderName), library: mainLibrary(libtorch.lib) },
  };
}

/** How a libtorch is named in messages. */
export function describe(libtorch: { readonly version: string; readonly folder: string }, cuda: boolean): string {
  return `libtorch ${libtorch.version} (${cuda ? 'CUDA' : 'CPU'}) in ${libtorch.folder}`;
}

/** Loads an addon, after what it needs. Throws what Node's loader throws. */
export function openAddon({ path, preload }: FoundAddon): unknown {
  const require = createRequire(import.meta.url);
  if (preload !== undefined) (require(preload.loader) as { open(library: string): void }).open(preload.library);
  return require(path);
}
