import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A libtorch on this machine: PyTorch's C++ libraries with their headers. */
export interface Libtorch {
  /** The folder it was found in, holding `lib` and `include` (`/usr` for the system's). */
  readonly folder: string;
  /** Folder of the shared libraries. */
  readonly lib: string;
  /** Folders of headers. */
  readonly include: readonly string[];
  /** Version, e.g. `'2.13.0'`. */
  readonly version: string;
  /** Whether it computes on NVIDIA GPUs. */
  readonly cuda: boolean;
  /** Folders of CUDA's own headers; empty when they are not here or not needed. */
  readonly cudaInclude: readonly string[];
  /** Whether it was built with libstdc++'s new ABI; `false` for the wheels of old versions. */
  readonly newAbi: boolean;
  /** File name of the OpenMP library that comes with it, where one does. */
  readonly openmp?: string;
  /** Changes when the library in the folder is another one: size and time of its main file. */
  readonly stamp: string;
}

/** The oldest version that the addon is written for. */
export const oldestLibtorch = '1.13';

const mac = process.platform === 'darwin';
const suffix = mac ? 'dylib' : 'so';

/** Debian's names for the processors, which are folder names there. */
const triplets: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/** The file name of a library of libtorch, e.g. `libtorch_cpu.so`. */
export function libraryFile(name: string): string {
  return `lib${name}.${suffix}`;
}

/**
 * Looks at a folder: is it a libtorch that the addon can be built against?
 *
 * @returns the library, or why it is none
 */
export function inspectLibtorch(folder: string): Libtorch | string {
  const places = ['lib', join('lib', triplets[process.arch] ?? 'unknown'), 'lib64'].map((place) => join(folder, place));
  const lib = places.find((place) => ['c10', 'torch_cpu', 'torch'].every((name) => holds(place, libraryFile(name))));
  if (lib === undefined) return `it does not hold lib/${libraryFile('torch_cpu')}`;
  const main = join(folder, 'include');
  if (!holds(main, 'ATen/ATen.h')) return 'it does not hold the headers (include/ATen/ATen.h)';
  const include = [main, join(main, 'torch', 'csrc', 'api', 'include')].filter((place) => existsSync(place));
  const version = versionIn(include);
  if (version === undefined) return 'its headers do not say which version it is (torch/version.h)';
  if (compareVersions(version, oldestLibtorch) < 0)
    return `it is version ${version}, and at least ${oldestLibtorch} is needed`;
  const { size, mtimeMs } = statSync(join(lib, libraryFile('torch_cpu')));
  const cuda = holds(lib, libraryFile('torch_cuda')) && holds(lib, libraryFile('c10_cuda'));
  const openmp = openmpIn(lib);
  return {
    folder,
    lib,
    include,
    version,
    cuda,
    cudaInclude: cuda ? cudaHeaders(folder) : [],
    newAbi: mac || !readFileSync(join(lib, libraryFile('c10'))).includes(oldAbiSymbol),
    ...(openmp === undefined ? {} : { openmp }),
    stamp: `${size} ${Math.trunc(mtimeMs)}`,
  };
}

/** Constructors of c10's errors end in this when `std::string` has the old ABI. */
const oldAbiSymbol = 'SourceLocationESs';

function holds(folder: string, file: string): boolean {
  return existsSync(join(folder, file));
}

function versionIn(include: readonly string[]): string | undefined {
  for (const name of ['torch/version.h', 'torch/headeronly/version.h']) {
    for (const folder of include) {
      if (!holds(folder, name)) continue;
      const text = readFileSync(join(folder, name), 'utf8');
      const numbers = ['MAJOR', 'MINOR', 'PATCH'].map(
        (part) => text.match(new RegExp(`#define\\s+TORCH_VERSION_${part}\\s+(\\d+)`))?.[1],
      );
      if (numbers[0] !== undefined && numbers[1] !== undefined) return numbers.map((number) => number ?? '0').join('.');
    }
  }
  return undefined;
}

/** Compares versions number by number: negative when the first is older; missing numbers are equal. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < Math.min(left.length, right.length); i++) if (left[i] !== right[i]) return left[i] - right[i];
  return 0;
}

/** The OpenMP library beside libtorch. Wheels bring one; some have a hash in its name. */
function openmpIn(lib: string): string | undefined {
  if (mac) return holds(lib, 'libomp.dylib') ? 'libomp.dylib' : undefined;
  return readdirSync(lib).find((name) => /^libgomp(-[0-9a-f]+)?\.so(\.\d+)*$/.test(name));
}

/** CUDA's headers: NVIDIA's Python packages beside torch, else a toolkit. */
function cudaHeaders(folder: string): string[] {
  const packages = resolve(folder, '..', 'nvidia');
  const inPackages = existsSync(packages)
    ? readdirSync(packages)
        .map((name) => join(packages, name, 'include'))
        .filter((place) => existsSync(place))
    : [];
  const toolkits = [process.env.CUDA_HOME, process.env.CUDA_PATH, '/usr/local/cuda']
    .filter((place) => place !== undefined && place !== '')
    .map((place) => [join(place as string, 'include')]);
  const areComplete = (places: readonly string[]) =>
    ['cuda_runtime_api.h', 'crt/host_config.h'].every((header) => places.some((place) => holds(place, header)));
  return [inPackages, ...toolkits].find(areComplete) ?? [];
}
