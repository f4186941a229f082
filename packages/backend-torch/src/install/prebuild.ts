import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LulcError } from '@lulc/core';
import { commandError, engineHome, findCxxCompiler, nodeHeaders, runCommand } from '@lulc/core/node';
import { compileObjects, linkAddon } from './compile.js';
import { findLibtorch } from './findLibtorch.js';
import { addonName, packageFolder, packageVersion, torchFolders } from './folders.js';
import { recipeOf } from './installTorch.js';
import { type PrebuiltFile, prebuiltFileName, prebuiltPackageName, preloaderName } from './prebuilt.js';

/** Options of {@link prebuildTorch}. */
export interface PrebuildOptions {
  /** Folder to write the addon to. */
  readonly out: string;
  /** Told about progress. */
  readonly log?: (line: string) => void;
}

/** What {@link prebuildTorch} has written. */
export interface PrebuiltAddon extends PrebuiltFile {
  /** Name of the package that it is meant for. */
  readonly packageName: string;
  /** Folder of the libtorch that it was built against. */
  readonly folder: string;
  /** Its files, relative to the folder that they were written to. */
  readonly files: readonly string[];
}

/**
 * Builds the addon for a package of this platform (`@lulc/backend-torch-linux-x64` …), against the libtorch that
 * {@link findLibtorch} gives. It does not know where libtorch lies: a second, small addon beside it loads libtorch first.
 *
 * @throws LulcError `unavailable` without libtorch or compiler, or when the compiler refuses a file
 */
export async function prebuildTorch(options: PrebuildOptions): Promise<PrebuiltAddon> {
  const log = options.log ?? (() => undefined);
  const libtorch = findLibtorch({ log });
  if (libtorch === undefined)
    throw new LulcError('unavailable', 'no libtorch was found', { hint: 'Set LULC_LIBTORCH.' });
  const compiler = await findCxxCompiler();
  const recipe = recipeOf(libtorch, {}, compiler.isClang);
  const folders = torchFolders(engineHome());
  const out = resolve(options.out);
  await mkdir(out, { recursive: true });
  const sources = join(packageFolder(), 'native');
  const include = await nodeHeaders(folders.nodeHeaders, log);
  const objects = await compileObjects({
    sources,
    recipe,
    compiler,
    libtorch: `${libtorch.version} ${libtorch.stamp}`,
    nodeHeaders: include,
    objects: folders.objects,
    log,
  });
  await linkAddon(compiler, recipe, objects, join(out, addonName), undefined);
  const shared = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-ldl'];
  const preloader = ['-x', 'c', join(sources, 'preload', 'preload.c'), '-x', 'none', '-o', join(out, preloaderName)];
  const result = await runCommand(compiler.command, ['-O2', '-fPIC', '-I', include, ...preloader, ...shared]);
  if (result.code !== 0) throw commandError(compiler.command, result, 'Another compiler can be named in CXX.');
  const facts: PrebuiltFile = {
    version: packageVersion(),
    libtorch: libtorch.version.split('.').slice(0, 2).join('.'),
    cuda: libtorch.cuda,
  };
  await writeFile(join(out, prebuiltFileName), `${JSON.stringify(facts, null, 2)}\n`);
  return {
    ...facts,
    packageName: prebuiltPackageName(),
    folder: libtorch.folder,
    files: [addonName, preloaderName, prebuiltFileName],
  };
}
