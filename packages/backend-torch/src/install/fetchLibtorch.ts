import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LulcError } from '@lulc/core';
import { complaint, installFolder, runCommand, type Trial } from '@lulc/core/node';
import { fetchedTorch, findLibtorch, pythonCommands } from './findLibtorch.js';
import { inspectLibtorch } from './libtorch.js';
import { loads } from './loads.js';
import { mainLibrary } from './prebuilt.js';

/** How to fetch. */
export interface FetchOptions {
  /** What to fetch. */
  readonly build: 'cpu' | 'cuda';
  /** Folder for what pip fetches. */
  readonly target: string;
  /** Python whose pip fetches; default `python3`, then `python`. */
  readonly python: string | undefined;
  /** Told what is about to be done, and how large it is. */
  readonly log: (line: string) => void;
}

/** The version that the engine is tested with. Others work as well, if the headers agree. */
const testedVersion = '2.13.0';

/** PyTorch's own index for the CPU: on Linux, PyPI's package of the same name is the one for NVIDIA GPUs. */
const cpuIndex = 'https://download.pytorch.org/whl/cpu';

/** An index that does not answer is given up soon; there may be others. */
const patience = ['--retries', '1', '--timeout', '15'];

/** What to ask pip for. */
interface Request {
  readonly requirement: string;
  readonly args: readonly string[];
  /** What to do about NVIDIA's libraries: nothing; leave a package alone that needs them; fetch them, too. */
  readonly nvidia: 'ignore' | 'refuse' | 'fetch';
}

/** What pip is asked for, one after another. */
export function pipRequests(build: 'cpu' | 'cuda', platform: NodeJS.Platform): readonly Request[] {
  // Not its dependencies: most are for Python only.
  const plain = ['--no-deps'];
  if (build === 'cuda') return [{ requirement: 'torch', args: plain, nvidia: 'fetch' }];
  if (platform !== 'linux')
    return [`torch==${testedVersion}`, 'torch'].map((requirement) => ({ requirement, args: plain, nvidia: 'ignore' }));
  const args = [...plain, '--extra-index-url', cpuIndex];
  return [
    { requirement: `torch==${testedVersion}+cpu`, args, nvidia: 'ignore' },
    { requirement: 'torch', args, nvidia: 'refuse' },
  ];
}

/**
 * Fetches a libtorch: through pip into the engine's own folder, else, as root on Debian and Ubuntu, from the system's
 * packages.
 *
 * @throws LulcError `unavailable` when no way works, with the reason of each
 */
export async function fetchLibtorch(options: FetchOptions): Promise<void> {
  const reasons: string[] = [];
  for (const way of [fetchThroughPip, ...(options.build === 'cpu' ? [installSystemPackage] : [])]) {
    const reason = await way(options);
    if (reason === undefined) return;
    options.log(`   Not that way: ${reason}`);
    reasons.push(reason);
  }
  throw new LulcError('unavailable', `no libtorch was found, and none could be fetched: ${reasons.join('; ')}`, {
    hint: 'Install PyTorch for a Python on PATH, or set LULC_LIBTORCH to a libtorch folder (https://pytorch.org).',
  });
}

/** @returns why it did not work, or nothing */
async function fetchThroughPip({ build, target, python, log }: FetchOptions): Promise<string | undefined> {
  const command = await pythonWithPip(python);
  if (command === undefined) return `no Python with pip was found (${pythonCommands(python).join(', ')})`;
  log(
    build === 'cuda'
      ? `   pip fetches PyTorch for NVIDIA GPUs and NVIDIA's libraries into ${target} (several gigabytes).`
      : `   pip fetches PyTorch for the CPU into ${target} (about 200 MB to download).`,
  );
  let reason = '';
  for (const request of pipRequests(build, process.platform)) {
    try {
      const { sizeText, version } = await installFolder({
        folder: target,
        what: `what pip fetched (${request.requirement})`,
        build: (partial) => runPip(command, request, partial),
        tryIt: (partial) => tryLibrary(partial, build),
      });
      log(`   libtorch ${version} and its headers: ${sizeText} on disk; the rest of the package was removed.`);
      return undefined;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      reason = error.message;
    }
  }
  return reason;
}

async function pythonWithPip(python: string | undefined): Promise<string | undefined> {
  for (const command of pythonCommands(python))
    if ((await runCommand(command, ['-m', 'pip', '--version'])).code === 0) return command;
  return undefined;
}

async function runPip(command: string, { requirement, args, nvidia }: Request, target: string): Promise<void> {
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...patience];
  if (nvidia === 'refuse') {
    const question = [...args, '--dry-run', '--ignore-installed', '--report', '-', requirement];
    const { code, stdout } = await runCommand(command, [...pip, ...question]);
    if (code === 0 && needsNvidia(stdout))
      throw new LulcError('unavailable', 'pip offers only a PyTorch for NVIDIA GPUs (--build cuda fetches that)');
  }
  const fetch = async (more: readonly string[]) => {
    const result = await runCommand(command, [...pip, '--target', target, ...more]);
    if (result.code === 0) return;
    throw new LulcError('unavailable', `pip could not fetch ${requirement}: ${complaint(result, 1)}`);
  };
  await fetch([...args, requirement]);
  const libraries = nvidia === 'fetch' ? await nvidiaRequirements(target) : [];
  if (libraries.length > 0) await fetch(libraries);
  await prune(target);
}

/** Whether pip's report names a package that depends on NVIDIA's libraries. */
export function needsNvidia(report: string): boolean {
  try {
    const { install = [] } = JSON.parse(report) as { install?: { metadata?: { requires_dist?: string[] } }[] };
    return install.some(({ metadata }) => metadata?.requires_dist?.some(isNvidia) ?? false);
  } catch {
    return false; // an old pip without reports: the library is tried anyway
  }
}

function isNvidia(requirement: string): boolean {
  return /^(nvidia-|cuda-toolkit\b)/.test(requirement);
}

/** NVIDIA's libraries among what the torch package in a folder depends on. */
async function nvidiaRequirements(target: string): Promise<string[]> {
  const information = (await readdir(target)).find((name) => /^torch-.*\.dist-info$/.test(name));
  if (information === undefined) return [];
  const metadata = await readFile(join(target, information, 'METADATA'), 'utf8');
  const needed = [...metadata.matchAll(/^Requires-Dist: (.*)$/gm)].map(([, requirement]) => requirement.trim());
  return needed.filter(isNvidia).flatMap(withCompilerHeaders);
}

/** CUDA's runtime has headers that include some of its compiler; those are in a package (or part) of their own. */
export function withCompilerHeaders(requirement: string): string[] {
  const runtime = requirement.match(/^nvidia-cuda-runtime(-cu\d+)\s*\(?==(\d+\.\d+)[\d.]*\)?(.*)$/);
  if (runtime !== null) return [requirement, `nvidia-cuda-nvcc${runtime[1]}==${runtime[2]}.*${runtime[3]}`];
  return [requirement.replace(/^cuda-toolkit\[/, 'cuda-toolkit[crt,')];
}

/** Kept of what pip fetched: libraries, headers, NVIDIA's libraries, and the packages' licences. */
const keptTop = /^(torch|nvidia|(torch|nvidia).*\.dist-info)$/;
const keptInTorch = new Set(['lib', 'include', 'version.py']);
/** Libraries for Python and for tests. */
const needless = /^lib(torch_python|shm|aoti_custom_ops|backend_with_compiler|jitbackend_test|torchbind_test)/;

async function prune(target: string): Promise<void> {
  const remove = async (folder: string, isKept: (name: string) => boolean) => {
    for (const name of await readdir(folder).catch(() => []))
      if (!isKept(name)) await rm(join(folder, name), { recursive: true, force: true });
  };
  const torch = fetchedTorch(target);
  await remove(target, (name) => keptTop.test(name));
  await remove(torch, (name) => keptInTorch.has(name));
  await remove(join(torch, 'lib'), (name) => !needless.test(name));
}

async function tryLibrary(
  target: string,
  build: 'cpu' | 'cuda',
): Promise<Trial<{ version: string; sizeText: string }>> {
  const libtorch = inspectLibtorch(fetchedTorch(target));
  if (typeof libtorch === 'string') return { ok: false, reason: libtorch };
  if (build === 'cuda' && !libtorch.cuda) return { ok: false, reason: 'it is built for the CPU only' };
  // What the library needs must be here, too.
  const problem = await loads(mainLibrary(libtorch.lib));
  if (problem !== undefined) return { ok: false, reason: problem };
  return { ok: true, facts: { version: libtorch.version, sizeText: `${Math.round((await sizeOf(target)) / 1e6)} MB` } };
}

async function sizeOf(path: string): Promise<number> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  const sizes = entries.filter((entry) => entry.isFile()).map((entry) => stat(join(entry.parentPath, entry.name)));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}

/** Debian's packages: the library with its headers, and a BLAS that is fast and shares the library's threads. */
const systemPackages = ['libtorch-dev', 'libopenblas0-openmp'];

/** @returns why it did not work, or nothing */
async function installSystemPackage({ log }: FetchOptions): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'system packages are installed as root only';
  const env = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const install = ['install', '--no-install-recommends', ...systemPackages];
  const ask = () => runCommand('apt-get', ['--assume-no', ...install], { env });
  let answer = await ask();
  if (answer.code === undefined) return 'there is no apt-get';
  if (sizesIn(answer.stdout) === undefined) {
    await runCommand('apt-get', ['update', '-q'], { env });
    answer = await ask();
  }
  const sizes = sizesIn(answer.stdout);
  if (sizes === undefined) return `apt-get cannot install ${systemPackages.join(' and ')}: ${complaint(answer, 1)}`;
  log(`   apt-get installs ${systemPackages.join(' and ')} (${sizes}).`);
  const result = await runCommand('apt-get', ['--yes', '--quiet', ...install], { env });
  if (result.code !== 0) return `apt-get failed: ${complaint(result, 2)}`;
  return findLibtorch({ build: 'cpu' }) === undefined ? 'the packages hold no libtorch that can be used' : undefined;
}

/** What apt-get says about sizes, e.g. `135 MB to download, 567 MB on disk`. */
export function sizesIn(output: string): string | undefined {
  const download = output.match(/Need to get (?:[\d.,]+ \w+\/)?([\d.,]+ \w+) of archives/)?.[1];
  const disk = output.match(/After this operation, ([\d.,]+ \w+) of additional disk space/)?.[1];
  return download === undefined || disk === undefined ? undefined : `${download} to download, ${disk} on disk`;
}
