import { createHash } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { isLulcError, LulcError } from '@lulc/core';
import {
  type CxxCompiler,
  engineHome,
  findCxxCompiler,
  installFolder,
  nodeHeaders,
  requireInstallable,
  runCommand,
  type Trial,
  withInstallLock,
} from '@lulc/core/node';
import { compileObjects, linkAddon } from './compile.js';
import { type EngineFile, isBeside, readEngineFile, writeEngineFile } from './engineFile.js';
import { fetchLibtorch } from './fetchLibtorch.js';
import { describe } from './findAddon.js';
import { type FoundLibtorch, type LibtorchOrigin, libtorchCandidates } from './findLibtorch.js';
import { addonName, packageFolder, packageVersion, type TorchFolders, torchFolders } from './folders.js';
import { inspectLibtorch, type Libtorch } from './libtorch.js';
import { loads } from './loads.js';
import { findPrebuilt, fits, mainLibrary, type Prebuilt, preloaderName } from './prebuilt.js';
import { type Recipe, recipeFor } from './recipe.js';
import { sourcesHash } from './sources.js';
import { type TorchFacts, tryAddon } from './tryAddon.js';

/** Options of {@link installTorch}. */
export interface InstallTorchOptions {
  /** Folder for installed engines; default `LULC_HOME`, else `.lulc` in the root of the workspace or project. */
  readonly home?: string;
  /** The Python whose `torch` package is used, or whose pip fetches one; default `python3`, then `python`. */
  readonly python?: string;
  /**
   * `'cpu'` takes any libtorch there is and fetches the one for the CPU when there is none; `'cuda'` takes and fetches only
   * one for NVIDIA GPUs, with NVIDIA's own libraries (several gigabytes). Default `'cpu'`.
   */
  readonly build?: 'cpu' | 'cuda';
  /** Whether a libtorch may be fetched when none is found; default true. */
  readonly fetch?: boolean;
  /** Look for a libtorch anew and build again even when a working installation is there; default false. */
  readonly force?: boolean;
  /** Build a variant with AddressSanitizer, in a folder of its own, for finding memory errors; default false. */
  readonly sanitize?: boolean;
  /** Told, line by line, what is about to be done. */
  readonly log?: (line: string) => void;
}

/** What {@link installTorch} has put in place. */
export interface TorchInstallation {
  /** Folder of the engine. */
  readonly folder: string;
  /** The addon. */
  readonly addon: string;
  /** Version of libtorch. */
  readonly version: string;
  /** Folder of libtorch. */
  readonly libtorch: string;
  /** Whether it was built for NVIDIA GPUs. */
  readonly cuda: boolean;
  /** Whether anything had to be done. */
  readonly changed: boolean;
}

/** What an installation is made from; tests replace it. */
export interface TorchParts {
  /** Folder of the C++ sources. */
  readonly sources: string;
  /** Tries an addon. */
  readonly tryIt: (addon: string, env: NodeJS.ProcessEnv) => Promise<Trial<TorchFacts>>;
  /** Whether a library can be loaded: why not, or nothing. */
  readonly loads: (library: string) => Promise<string | undefined>;
  /** Roots of the system's libtorch, where not the usual ones. */
  readonly systemFolders?: readonly string[];
}

/**
 * Makes the `torch` engine work on this machine, for `useEngine`: finds a libtorch ({@link findLibtorch}) or fetches one,
 * through pip into its own folder or, as root on Debian and Ubuntu, from the system's packages; then takes the pre-built
 * addon for it where one is installed, or compiles it.
 *
 * Needs a C++ compiler unless there is a pre-built addon, and Python with pip unless a libtorch is here. Writes to its own
 * folder only, except for system packages. Safe to interrupt and to run twice at a time; a working installation that is up
 * to date is left as it is, in well under a second, and later builds compile only what changed.
 *
 * @throws LulcError `unavailable` when `LULC_NO_INSTALL` is set, on Windows, or when a step fails (with its last output);
 * `missing-file` when `LULC_LIBTORCH` is set and cannot be used
 *
 * @example
 * ```ts
 * // not run: may fetch a library, and compiles for minutes
 * import { installTorch } from '@lulc/backend-torch';
 *
 * const { folder, version } = await installTorch({ log: console.error });
 * console.log(`libtorch ${version}, engine in ${folder}`);
 * ```
 */
export function installTorch(options: InstallTorchOptions = {}): Promise<TorchInstallation> {
  return installTorchFrom({ sources: join(packageFolder(), 'native'), tryIt: tryAddon, loads }, options);
}

/** {@link installTorch} from other parts. */
export async function installTorchFrom(parts: TorchParts, options: InstallTorchOptions): Promise<TorchInstallation> {
  requireInstallable('torch');
  const folders = torchFolders(resolve(options.home ?? engineHome()));
  const folder = options.sanitize ? folders.sanitized : folders.engine;
  const present = () => (options.force ? undefined : upToDate(folder, options, parts));
  const log = options.log ?? (() => undefined);
  return (
    present() ??
    withInstallLock(folders.lock, log, 3600, async () => present() ?? install(folder, folders, options, parts, log))
  );
}

/** The installation in a folder, when nothing that it depends on has changed. */
function upToDate(folder: string, options: InstallTorchOptions, parts: TorchParts): TorchInstallation | undefined {
  const file = readEngineFile(folder);
  if (file === undefined || file.version !== packageVersion()) return undefined;
  const given = process.env.LULC_LIBTORCH;
  if (given && resolve(given) !== file.libtorch.folder) return undefined;
  if (options.build === 'cuda' && !file.cuda) return undefined;
  const libtorch = inspectLibtorch(file.libtorch.folder);
  if (typeof libtorch === 'string' || libtorch.stamp !== file.libtorch.stamp) return undefined;
  const wanted = file.prebuilt
    ? findPrebuilt(file.version)?.fingerprint
    : fingerprint(parts.sources, recipeOf(libtorch, options, /clang/i.test(file.compiler)));
  return file.fingerprint === wanted ? installationOf(folder, file, false) : undefined;
}

async function install(
  folder: string,
  folders: TorchFolders,
  options: InstallTorchOptions,
  parts: TorchParts,
  log: (line: string) => void,
): Promise<TorchInstallation> {
  const libtorch = await chooseLibtorch(folder, folders, options, parts, log);
  log(`1. Using ${describe(libtorch, libtorch.cuda)} (${origins[libtorch.origin]}).`);
  if (libtorch.cuda && libtorch.cudaInclude.length === 0)
    log(
      "   CUDA's headers (cuda_runtime_api.h) were not found, so this is built for the CPU; CUDA_HOME can name them.",
    );
  const put = async (make: Made): Promise<TorchInstallation> => {
    await installFolder({
      folder,
      what: 'the engine',
      build: async (partial) => {
        await make.into(partial);
        await writeEngineFile(partial, make.file);
      },
      tryIt: async (partial) => {
        log('3. Trying it: a process of its own loads it and multiplies two matrices.');
        return parts.tryIt(join(partial, addonName), make.environment);
      },
    });
    log(`Done: ${describe(libtorch, make.file.cuda)}, engine in ${folder}.`);
    if (options.sanitize) log(`   Use it with: ${sanitizedCommand(join(folder, addonName), make.environment)}`);
    return installationOf(folder, make.file, true);
  };
  const prebuilt = options.force || options.sanitize ? undefined : findPrebuilt(packageVersion());
  if (prebuilt !== undefined && fits(prebuilt, libtorch)) {
    log(`2. Using the pre-built addon in ${prebuilt.folder}.`);
    try {
      return await put(takePrebuilt(prebuilt, libtorch));
    } catch (error) {
      if (!isLulcError(error)) throw error;
      log(`   It cannot be used here, so one is compiled: ${error.message}`);
    }
  }
  return put(await buildAddon(folder, folders, libtorch, options, parts, log));
}

const origins: Readonly<Record<LibtorchOrigin, string>> = {
  LULC_LIBTORCH: 'LULC_LIBTORCH',
  fetched: 'fetched before',
  python: 'the torch package of a Python',
  system: "the system's",
};

/** The libtorch that the present installation uses, if it still can; else the first that loads; else one that is fetched. */
async function chooseLibtorch(
  folder: string,
  { fetched }: TorchFolders,
  options: InstallTorchOptions,
  { loads: check, systemFolders }: TorchParts,
  log: (line: string) => void,
): Promise<FoundLibtorch> {
  const build = options.build ?? 'cpu';
  const before = options.force || process.env.LULC_LIBTORCH ? undefined : readEngineFile(folder)?.libtorch;
  const kept = before === undefined ? 'none' : inspectLibtorch(before.folder);
  if (before !== undefined && typeof kept !== 'string' && (build === 'cpu' || kept.cuda))
    return { ...kept, origin: before.origin };
  const first = async () => {
    const search = { ...options, build, log, ...(systemFolders === undefined ? {} : { systemFolders }) };
    for (const libtorch of libtorchCandidates(search)) {
      const reason = await check(mainLibrary(libtorch.lib));
      if (reason === undefined) return libtorch;
      if (libtorch.origin === 'LULC_LIBTORCH')
        throw new LulcError('unavailable', `the libtorch that LULC_LIBTORCH names cannot be loaded: ${reason}`, {
          where: { folder: libtorch.folder },
        });
      log(`Not using ${libtorch.folder}: it cannot be loaded (${reason}).`);
    }
    return undefined;
  };
  const found = await first();
  if (found !== undefined) return found;
  if (options.fetch === false)
    throw new LulcError('unavailable', 'no libtorch was found on this machine', {
      hint: 'lulc engine install torch fetches one; or set LULC_LIBTORCH.',
    });
  log('No libtorch was found on this machine; fetching one.');
  await fetchLibtorch({ build, target: fetched[build], python: options.python, log });
  const result = await first();
  if (result !== undefined) return result;
  throw new LulcError('unavailable', 'a libtorch was fetched, but cannot be found', {
    where: { folder: fetched[build] },
  });
}

/** An addon to put into a folder. */
interface Made {
  readonly file: EngineFile;
  /** Writes the addon into a folder. */
  readonly into: (folder: string) => Promise<void>;
  /** What it needs in the environment of the process that loads it. */
  readonly environment: NodeJS.ProcessEnv;
}

function takePrebuilt(prebuilt: Prebuilt, libtorch: FoundLibtorch): Made {
  return {
    file: engineFile(libtorch, prebuilt.fingerprint, { cuda: prebuilt.cuda, prebuilt: true, compiler: '', flags: [] }),
    into: async (folder) => {
      for (const name of [addonName, preloaderName]) await copyFile(join(prebuilt.folder, name), join(folder, name));
    },
    environment: {},
  };
}

async function buildAddon(
  folder: string,
  folders: TorchFolders,
  libtorch: FoundLibtorch,
  options: InstallTorchOptions,
  { sources }: TorchParts,
  log: (line: string) => void,
): Promise<Made> {
  log('2. The C++ compiler builds the addon.');
  const compiler = await findCxxCompiler();
  const recipe = recipeOf(libtorch, options, compiler.isClang);
  const objects = await compileObjects({
    sources,
    recipe,
    compiler,
    libtorch: `${libtorch.version} ${libtorch.stamp}`,
    nodeHeaders: await nodeHeaders(folders.nodeHeaders, log),
    objects: folders.objects,
    log,
  });
  // A library beside the engine is found relative to the addon, so that the folder can be moved.
  const runPath = isBeside(folder, libtorch.lib) ? `${recipe.origin}/${relative(folder, libtorch.lib)}` : libtorch.lib;
  return {
    file: engineFile(libtorch, fingerprint(sources, recipe), {
      cuda: isCuda(recipe),
      prebuilt: false,
      compiler: compiler.version,
      flags: recipe.compile,
    }),
    into: (partial) => linkAddon(compiler, recipe, objects, join(partial, addonName), runPath),
    environment: options.sanitize ? await sanitizerEnvironment(compiler) : {},
  };
}

/** How the addon is built against a libtorch on this machine. */
export function recipeOf(libtorch: Libtorch, options: { readonly sanitize?: boolean }, isClang: boolean): Recipe {
  return recipeFor(libtorch, process, { sanitize: options.sanitize ?? false, isClang });
}

function isCuda(recipe: Recipe): boolean {
  return recipe.compile.some((flag) => flag.startsWith('-DLULC_CUDA'));
}

function fingerprint(sources: string, recipe: Recipe): string {
  return createHash('sha256').update(sourcesHash(sources)).update(JSON.stringify(recipe)).digest('hex');
}

function engineFile(
  { folder, lib, version, origin, stamp }: FoundLibtorch,
  print: string,
  rest: Pick<EngineFile, 'cuda' | 'prebuilt' | 'compiler' | 'flags'>,
): EngineFile {
  return { version: packageVersion(), fingerprint: print, libtorch: { folder, lib, version, origin, stamp }, ...rest };
}

function installationOf(folder: string, file: EngineFile, changed: boolean): TorchInstallation {
  const { version, folder: libtorch } = file.libtorch;
  return { folder, addon: join(folder, addonName), version, libtorch, cuda: file.cuda, changed };
}

/** AddressSanitizer must be the first library of the process; Node itself is not built with it, so leaks are not told. */
async function sanitizerEnvironment(compiler: CxxCompiler): Promise<NodeJS.ProcessEnv> {
  const mac = process.platform === 'darwin';
  const name = mac ? 'libclang_rt.asan_osx_dynamic.dylib' : compiler.isClang ? 'libclang_rt.asan.so' : 'libasan.so';
  const runtime = (await runCommand(compiler.command, [`-print-file-name=${name}`])).stdout.trim();
  return { [mac ? 'DYLD_INSERT_LIBRARIES' : 'LD_PRELOAD']: runtime, ASAN_OPTIONS: 'detect_leaks=0' };
}

function sanitizedCommand(addon: string, environment: NodeJS.ProcessEnv): string {
  const variables = { ...environment, LULC_TORCH_ADDON: addon };
  return [...Object.entries(variables).map(([name, value]) => `${name}=${value}`), 'node …'].join(' ');
}
