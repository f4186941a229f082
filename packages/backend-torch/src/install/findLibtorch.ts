import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { LulcError } from '@lulc/core';
import { engineHome } from '@lulc/core/node';
import { torchFolders } from './folders.js';
import { inspectLibtorch, type Libtorch } from './libtorch.js';

/** Where a libtorch comes from. */
export type LibtorchOrigin = 'LULC_LIBTORCH' | 'fetched' | 'python' | 'system';

/** A libtorch and where it comes from. */
export interface FoundLibtorch extends Libtorch {
  /** Which source it is from. */
  readonly origin: LibtorchOrigin;
}

/** Options of {@link findLibtorch}. */
export interface FindLibtorchOptions {
  /** Folder for installed engines; default `LULC_HOME`, else `.lulc` in the root of the workspace or project. */
  readonly home?: string;
  /** The Python whose `torch` package is looked at; default `python3`, then `python`. */
  readonly python?: string;
  /** Which to take: `'cuda'` only one for NVIDIA GPUs; default any. */
  readonly build?: 'cpu' | 'cuda';
  /** Roots of the system's library; default `/usr`, `/usr/local`, and Homebrew's on macOS. */
  readonly systemFolders?: readonly string[];
  /** Told about each one that was found and cannot be used. */
  readonly log?: (line: string) => void;
}

/** The commands that are tried as Python. */
export function pythonCommands(python: string | undefined): readonly string[] {
  return python === undefined ? ['python3', 'python'] : [python];
}

const systemRoots = process.platform === 'darwin' ? ['/opt/homebrew', '/usr/local'] : ['/usr', '/usr/local'];

/**
 * The first libtorch there is: `LULC_LIBTORCH`, one that {@link installTorch} fetched, the `torch` package of a Python
 * (which is not imported), the system's (Debian and Ubuntu: `libtorch-dev`). Nothing is loaded or changed.
 *
 * @returns the library, or `undefined` when there is none
 * @throws LulcError `missing-file` when `LULC_LIBTORCH` is set and cannot be used
 *
 * @example
 * ```ts
 * import { findLibtorch } from '@lulc/backend-torch';
 *
 * const libtorch = findLibtorch();
 * console.log(libtorch === undefined ? 'none' : `${libtorch.version} in ${libtorch.folder}`);
 * ```
 */
export function findLibtorch(options: FindLibtorchOptions = {}): FoundLibtorch | undefined {
  for (const libtorch of libtorchCandidates(options)) return libtorch;
  return undefined;
}

/** Every libtorch there is, best first, as {@link findLibtorch}. Lazy: a Python is asked only when it is its turn. */
export function* libtorchCandidates(options: FindLibtorchOptions = {}): Generator<FoundLibtorch> {
  const given = process.env.LULC_LIBTORCH;
  if (given) {
    yield givenLibtorch(resolve(given), options.build);
    return;
  }
  for (const { origin, folder } of places(options)) {
    const found = inspectLibtorch(folder);
    const reason = typeof found === 'string' ? found : unfit(found, options.build);
    if (typeof found !== 'string' && reason === undefined) yield { ...found, origin };
    // A system without libtorch is no news; a torch package that cannot be used is.
    else if (origin !== 'system' || typeof found !== 'string') options.log?.(`Not using ${folder}: ${reason}.`);
  }
}

function givenLibtorch(folder: string, build: 'cpu' | 'cuda' | undefined): FoundLibtorch {
  const found = inspectLibtorch(folder);
  const reason = typeof found === 'string' ? found : unfit(found, build);
  if (typeof found !== 'string' && reason === undefined) return { ...found, origin: 'LULC_LIBTORCH' };
  throw new LulcError('missing-file', `LULC_LIBTORCH cannot be used: ${reason}`, {
    where: { folder },
    hint: 'It should name a libtorch folder with lib/ and include/, for example that of the torch package of a Python.',
  });
}

function unfit(libtorch: Libtorch, build: 'cpu' | 'cuda' | undefined): string | undefined {
  if (build === 'cuda' && !libtorch.cuda) return 'it is built for the CPU only';
  return undefined;
}

/** Folders to look at, best first. */
function* places(options: FindLibtorchOptions): Generator<{ origin: LibtorchOrigin; folder: string }> {
  const { fetched } = torchFolders(resolve(options.home ?? engineHome()));
  for (const folder of [fetchedTorch(fetched.cpu), fetchedTorch(fetched.cuda)])
    if (existsSync(folder)) yield { origin: 'fetched', folder };
  const seen = new Set<string>();
  for (const python of pythonCommands(options.python)) {
    const folder = torchOfPython(python);
    if (folder === undefined || seen.has(folder)) continue;
    seen.add(folder);
    yield { origin: 'python', folder };
  }
  for (const folder of options.systemFolders ?? systemRoots) yield { origin: 'system', folder };
}

/** The libtorch inside a folder that pip filled. */
export function fetchedTorch(target: string): string {
  return resolve(target, 'torch');
}

/** Folder of the `torch` package of a Python; the package itself is not run. */
function torchOfPython(python: string): string | undefined {
  const script =
    'import importlib.util as u; s = u.find_spec("torch"); print(s.submodule_search_locations[0] if s and s.origin else "")';
  const { status, stdout } = spawnSync(python, ['-c', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const folder = status === 0 ? stdout.trim() : '';
  return folder === '' ? undefined : folder;
}
