import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { LulcError } from '../../errors/lulcError.js';
import { commandError, complaint, runCommand } from './command.js';
import { findCxxCompiler } from './compiler.js';
import { engineHome } from './engineHome.js';
import { installFolder, requireInstallable, type Trial } from './installFolder.js';
import { withInstallLock } from './installLock.js';
import { type Libtensorflow, libtensorflowIn, libtensorflowOfPython } from './libtensorflow.js';
import { nodeHeaders } from './nodeHeaders.js';
import { bindingPath, tensorflowFolder } from './tensorflow.js';

/** The package whose binding is built, at the version this library is written against. */
const tfjsNode = '@tensorflow/tfjs-node';
const tfjsNodeVersion = '4.22.0';

/** Options of {@link installTensorflow}. */
export interface InstallTensorflowOptions {
  /** Folder for installed engines; default `LULC_HOME`, else `.lulc` in the root of the workspace or project. */
  readonly home?: string;
  /** The Python whose `tensorflow` package is used, or whose pip fetches one; default `python3`, then `python`. */
  readonly python?: string;
  /**
   * What pip fetches when no library is found: `'cpu'` the CPU library, `'cuda'` the one for NVIDIA GPUs with NVIDIA's
   * own libraries (several gigabytes). Default `'cpu'`.
   */
  readonly build?: 'cpu' | 'cuda';
  /** Build again even when a working installation is there; default false. */
  readonly force?: boolean;
  /** Told, line by line, what is about to be done. */
  readonly log?: (line: string) => void;
}

/** What {@link installTensorflow} has put in place. */
export interface TensorflowInstallation {
  /** Folder of the engine. */
  readonly folder: string;
  /** Version of the TensorFlow library that the binding loads. */
  readonly tensorflow: string;
  /** Whether it computes on a GPU here. */
  readonly gpu: boolean;
  /** Whether anything had to be done. */
  readonly changed: boolean;
}

/**
 * Makes the `tensorflow` engine work on this machine, for `useEngine`: installs `@tensorflow/tfjs-node` without
 * its own download (which fails on most machines today), finds a TensorFlow library — `LULC_LIBTENSORFLOW`, the
 * `tensorflow` package of a Python, else one fetched by pip — and compiles the package's binding against it.
 *
 * Needs npm, a C++ compiler and, unless a library is given, Python with pip; no root. Writes to its own folder only. Safe
 * to interrupt and to run twice at a time; a working installation is left as it is.
 *
 * @throws LulcError `unavailable` when `LULC_NO_INSTALL` is set, on Windows, or when a step fails (with its last output)
 *
 * @example
 * ```ts
 * // not run: needs the network, and builds for minutes
 * import { installTensorflow } from '@lulc/core/node';
 *
 * const { folder, tensorflow } = await installTensorflow({ log: console.error });
 * console.log(`TensorFlow ${tensorflow} in ${folder}`);
 * ```
 */
export async function installTensorflow(options: InstallTensorflowOptions = {}): Promise<TensorflowInstallation> {
  const log = options.log ?? (() => undefined);
  const folder = tensorflowFolder(resolve(options.home ?? engineHome()));
  requireInstallable('tensorflow');
  return withInstallLock(`${folder}.lock`, log, 3600, async () => {
    if (!options.force) {
      const works = await tryBinding(folder);
      if (works.ok) return { folder, ...works.facts, changed: false };
    }
    const facts = await installFolder({
      folder,
      what: 'the engine',
      build: (partial) => build(partial, options, log),
      tryIt: async (partial) => {
        log('Trying it: a process of its own loads it and multiplies two matrices.');
        return tryBinding(partial);
      },
    });
    log(`Done: TensorFlow ${facts.tensorflow} in ${folder}.`);
    return { folder, ...facts, changed: true };
  });
}

async function build(folder: string, options: InstallTensorflowOptions, log: (line: string) => void): Promise<void> {
  log(`1. npm installs ${tfjsNode} ${tfjsNodeVersion} without its download script (about 300 MB on disk).`);
  const npm = await runCommand('npm', [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefix',
    folder,
    `${tfjsNode}@${tfjsNodeVersion}`,
  ]);
  if (npm.code !== 0) throw commandError('npm install', npm, 'Is npm on PATH and its registry reachable?');

  const library = await findLibrary(folder, options, log);
  log(`3. The C++ compiler builds the package's binding against ${library.libraries[0]} (about half a minute).`);
  await compile(folder, library, log);
}

async function findLibrary(
  folder: string,
  options: InstallTensorflowOptions,
  log: (line: string) => void,
): Promise<Libtensorflow> {
  const given = process.env.LULC_LIBTENSORFLOW;
  if (given) {
    const library = libtensorflowIn(resolve(given));
    if (library === undefined)
      throw new LulcError('missing-file', 'LULC_LIBTENSORFLOW does not hold a TensorFlow library with its headers', {
        where: { folder: given },
        hint: 'It should hold lib/libtensorflow.so.2 (or libtensorflow_cc.so.2) and include/tensorflow/c/c_api.h.',
      });
    log(`2. Using the TensorFlow library in ${library.folder} (LULC_LIBTENSORFLOW).`);
    return library;
  }
  const pythons = options.python === undefined ? ['python3', 'python'] : [options.python];
  for (const python of pythons) {
    const library = await libtensorflowOfPython(python);
    if (library !== undefined) {
      log(`2. Using the TensorFlow library of ${python} in ${library.folder}.`);
      return library;
    }
  }
  const cuda = options.build === 'cuda';
  const requirement = cuda ? 'tensorflow[and-cuda]' : process.platform === 'darwin' ? 'tensorflow' : 'tensorflow-cpu';
  log(
    `2. pip fetches ${requirement} into ${folder} (${cuda ? 'several gigabytes' : 'a few hundred MB to download, 1.3 GB on disk'}).`,
  );
  const target = join(folder, 'python');
  let last = '';
  for (const python of pythons) {
    const pip = await runCommand(python, [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--target',
      target,
      ...(cuda ? [] : ['--no-deps']),
      requirement,
    ]);
    const library = pip.code === 0 ? libtensorflowIn(join(target, 'tensorflow')) : undefined;
    if (library !== undefined) return library;
    last = pip.code === 0 ? 'the package holds no library that can be linked' : complaint(pip);
    if (pip.code !== undefined) break;
  }
  throw new LulcError('unavailable', `pip install failed: ${last}`, {
    hint: 'Set LULC_LIBTENSORFLOW to a folder with the TensorFlow library and its headers.',
  });
}

async function compile(folder: string, library: Libtensorflow, log: (line: string) => void): Promise<void> {
  const packageFolder = join(folder, 'node_modules', ...tfjsNode.split('/'));
  const output = bindingPath(packageFolder);
  await mkdir(dirname(output), { recursive: true });
  const headers = await nodeHeaders(join(folder, 'headers'), log);
  const mac = process.platform === 'darwin';
  // A library inside the engine's folder is found relative to the binding, so that the folder can be moved.
  const origin = mac ? '@loader_path' : '$ORIGIN';
  const inside = !relative(folder, library.folder).startsWith('..');
  const rpath = inside ? `${origin}/${relative(dirname(output), library.folder)}` : library.folder;
  const args = [
    '-O2',
    '-std=c++17',
    '-fPIC',
    '-fexceptions',
    '-DNAPI_VERSION=8',
    '-DBUILDING_NODE_EXTENSION',
    `-I${headers}`,
    `-I${packageFolder}`,
    `-I${library.include}`,
    join(packageFolder, 'binding', 'tfjs_backend.cc'),
    join(packageFolder, 'binding', 'tfjs_binding.cc'),
    ...library.libraries.map((name) => join(library.folder, name)),
    `-Wl,-rpath,${rpath}`,
    ...(mac ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']),
    '-o',
    output,
  ];
  const { command } = await findCxxCompiler();
  const result = await runCommand(command, args);
  if (result.code !== 0) throw commandError(command, result, 'Is the compiler able to build C++17?', 12);
}

interface Facts {
  readonly tensorflow: string;
  readonly gpu: boolean;
}

/** Loads the binding of an installation in a process of its own (a crash there is only a failure here) and computes with it. */
async function tryBinding(folder: string): Promise<Trial<Facts>> {
  const packageFolder = join(folder, 'node_modules', ...tfjsNode.split('/'));
  if (!existsSync(bindingPath(packageFolder))) return { ok: false, reason: 'it is not installed' };
  const script = `
    const util = require('node:util');
    util.isNullOrUndefined ??= (value) => value === null || value === undefined;
    util.isArray ??= Array.isArray;
    const tf = require(${JSON.stringify(packageFolder)});
    const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5], [6]])).dataSync();
    const { binding, isUsingGpuDevice: gpu } = tf.backend();
    console.log(JSON.stringify({ product: [...product], tensorflow: binding.TF_Version, gpu }));`;
  const result = await runCommand(process.execPath, ['-e', script], { env: { TF_CPP_MIN_LOG_LEVEL: '3' } });
  if (result.code !== 0) return { ok: false, reason: complaint(result) };
  try {
    const { product, tensorflow, gpu } = JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '') as {
      product: number[];
      tensorflow: string;
      gpu: boolean;
    };
    if (product[0] !== 17 || product[1] !== 39) return { ok: false, reason: `it computed ${product} instead of 17,39` };
    return { ok: true, facts: { tensorflow, gpu } };
  } catch {
    return { ok: false, reason: complaint(result) };
  }
}
