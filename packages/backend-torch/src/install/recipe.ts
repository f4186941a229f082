import { join } from 'node:path';
import { compareVersions, type Libtorch, libraryFile } from './libtorch.js';

/** An instruction set that the vector loops are compiled for. */
export interface InstructionSet {
  /** Its name in the sources (`LULC_ISA`). */
  readonly name: 'baseline' | 'avx2' | 'avx512';
  /** What the compiler is told. */
  readonly flags: readonly string[];
}

const avx2 = ['-mavx2', '-mfma'];
const instructionSets: Readonly<Record<string, readonly InstructionSet[]>> = {
  x64: [
    { name: 'baseline', flags: [] },
    { name: 'avx2', flags: avx2 },
    {
      name: 'avx512',
      flags: [...avx2, '-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mprefer-vector-width=512'],
    },
  ],
  arm64: [{ name: 'baseline', flags: [] }],
};

/** The machine that is built for. */
export interface Target {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

/** What a build is asked to be. */
export interface BuildOptions {
  /** With AddressSanitizer. */
  readonly sanitize: boolean;
  /** Whether the compiler is a clang. */
  readonly isClang: boolean;
}

/** How the addon is compiled and linked against a libtorch. */
export interface Recipe {
  /** Flags of every translation unit. */
  readonly compile: readonly string[];
  /** The instruction sets, each with the further flags of its vector loops. */
  readonly instructionSets: readonly InstructionSet[];
  /** Flags for linking, besides the objects, the output and the run path. */
  readonly link: readonly string[];
  /** What the linked file finds its libraries relative to: `$ORIGIN` or its like. */
  readonly origin: string;
}

/**
 * The flags for a libtorch on a machine.
 *
 * libtorch's parallel loops are OpenMP templates in its headers: they must run on the OpenMP library that libtorch
 * itself uses, since two in one process would fight for the processors. So its own is linked, not the compiler's.
 */
export function recipeFor(libtorch: Libtorch, target: Target, { sanitize, isClang }: BuildOptions): Recipe {
  const mac = target.platform === 'darwin';
  const sets = instructionSets[target.arch] ?? instructionSets.arm64;
  const openmp = openmpFlags(libtorch, mac, isClang);
  const sanitizer = sanitize ? ['-fsanitize=address', '-fno-omit-frame-pointer', '-g'] : [];
  const cuda = libtorch.cuda && libtorch.cudaInclude.length > 0;
  const libraries = ['c10', 'torch_cpu', 'torch', ...(cuda ? ['c10_cuda', 'torch_cuda'] : [])];
  return {
    compile: [
      `-std=${compareVersions(libtorch.version, '2') < 0 ? 'c++17' : 'c++20'}`,
      '-O2',
      '-fPIC',
      '-fexceptions',
      '-fvisibility=hidden',
      '-fno-math-errno',
      '-fno-trapping-math',
      ...openmp.compile,
      ...sanitizer,
      '-DNAPI_VERSION=8',
      '-DBUILDING_NODE_EXTENSION',
      ...(mac ? [] : [`-D_GLIBCXX_USE_CXX11_ABI=${libtorch.newAbi ? 1 : 0}`]),
      ...(cuda ? ['-DLULC_CUDA=1'] : []),
      ...sets.filter(({ name }) => name !== 'baseline').map(({ name }) => `-DLULC_HAVE_${name.toUpperCase()}=1`),
      ...[...libtorch.include, ...libtorch.cudaInclude]
        // The compiler's own folder must keep its place in the order of folders.
        .filter((folder) => folder !== '/usr/include')
        .flatMap((folder) => ['-isystem', folder]),
    ],
    instructionSets: sets.map(({ name, flags }) => ({ name, flags: ['-O3', `-DLULC_ISA=${name}`, ...flags] })),
    link: [
      ...(mac ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-Wl,--no-as-needed']),
      ...sanitizer,
      ...libraries.map((name) => join(libtorch.lib, libraryFile(name))),
      ...openmp.link,
    ],
    origin: mac ? '@loader_path' : '$ORIGIN',
  };
}

function openmpFlags(libtorch: Libtorch, mac: boolean, isClang: boolean): { compile: string[]; link: string[] } {
  const own = libtorch.openmp === undefined ? undefined : join(libtorch.lib, libtorch.openmp);
  // Apple's clang has no driver flag, and no OpenMP of its own; libtorch's comes with its header.
  if (mac)
    return own === undefined ? { compile: [], link: [] } : { compile: ['-Xpreprocessor', '-fopenmp'], link: [own] };
  // Elsewhere libtorch runs on GNU's, which clang's code does not: its loops then run on one thread.
  if (isClang) return { compile: [], link: [] };
  return { compile: ['-fopenmp'], link: [own ?? '-fopenmp'] };
}
