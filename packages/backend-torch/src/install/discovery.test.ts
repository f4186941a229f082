import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isLulcError } from '@lulc/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findLibtorch } from './findLibtorch.js';
import { compareVersions, inspectLibtorch, libraryFile } from './libtorch.js';
import { recipeFor } from './recipe.js';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lulc-torch-')));
  vi.stubEnv('LULC_LIBTORCH', '');
  vi.stubEnv('CUDA_HOME', '');
  vi.stubEnv('CUDA_PATH', '');
  vi.stubEnv('PATH', join(folder, 'bin'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function write(file: string, text = ''): string {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** A folder that looks like a libtorch. */
function fakeLibtorch(name: string, version = '2.13.0', lib = 'lib'): string {
  const [major, minor, patch] = version.split('.');
  for (const library of ['c10', 'torch_cpu', 'torch']) write(`${name}/${lib}/${libraryFile(library)}`, library);
  write(`${name}/include/ATen/ATen.h`);
  write(
    `${name}/include/torch/csrc/api/include/torch/version.h`,
    `#define TORCH_VERSION_MAJOR ${major}\n#define TORCH_VERSION_MINOR ${minor}\n#define TORCH_VERSION_PATCH ${patch}\n`,
  );
  return join(folder, name);
}

/** A command called python3 that says its torch package is in a folder. */
function fakePython(torch: string): void {
  chmodSync(write('bin/python3', `#!/bin/sh\necho '${torch}'\n`), 0o755);
}

const search = (options = {}) => findLibtorch({ home: join(folder, 'home'), systemFolders: [], ...options });

describe('inspectLibtorch', () => {
  it('reads what a folder holds', () => {
    expect(inspectLibtorch(fakeLibtorch('torch'))).toMatchObject({
      lib: join(folder, 'torch', 'lib'),
      version: '2.13.0',
      cuda: false,
      cudaInclude: [],
      newAbi: true,
    });
  });

  it('reads the version where newer headers keep it', () => {
    fakeLibtorch('torch');
    write('torch/include/torch/csrc/api/include/torch/version.h', '#include <torch/headeronly/version.h>\n');
    write(
      'torch/include/torch/headeronly/version.h',
      '#define TORCH_VERSION_MAJOR 2\n\n#define TORCH_VERSION_MINOR 14\n#define TORCH_VERSION_PATCH 1\n',
    );
    expect(inspectLibtorch(join(folder, 'torch'))).toMatchObject({ version: '2.14.1' });
  });

  it.runIf(process.platform === 'linux')('knows where Debian puts libraries', () => {
    const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
    expect(inspectLibtorch(fakeLibtorch('usr', '1.13.1', `lib/${triplet}`))).toMatchObject({
      lib: join(folder, 'usr', 'lib', triplet),
      version: '1.13.1',
    });
  });

  it.runIf(process.platform === 'linux')('tells the old ABI of the C++ library from its symbols', () => {
    fakeLibtorch('torch');
    write(`torch/lib/${libraryFile('c10')}`, '\0_ZN3c105ErrorC1ENS_14SourceLocationESs\0');
    const old = inspectLibtorch(join(folder, 'torch'));
    expect(old).toMatchObject({ newAbi: false });
    if (typeof old === 'string') throw new Error(old);
    const recipe = recipeFor(old, { platform: 'linux', arch: 'x64' }, { sanitize: false, isClang: false });
    expect(recipe.compile).toContain('-D_GLIBCXX_USE_CXX11_ABI=0');
  });

  it("finds CUDA's headers beside the package, or in a toolkit", () => {
    fakeLibtorch('site/torch');
    for (const name of ['torch_cuda', 'c10_cuda']) write(`site/torch/lib/${libraryFile(name)}`);
    write('toolkit/include/cuda_runtime_api.h');
    write('toolkit/include/crt/host_config.h');
    vi.stubEnv('CUDA_HOME', join(folder, 'toolkit'));
    expect(inspectLibtorch(join(folder, 'site/torch'))).toMatchObject({
      cuda: true,
      cudaInclude: [join(folder, 'toolkit', 'include')],
    });
    write('site/nvidia/cuda_runtime/include/cuda_runtime_api.h');
    write('site/nvidia/cublas/include/cublas_v2.h');
    expect(inspectLibtorch(join(folder, 'site/torch'))).toMatchObject({
      cudaInclude: [join(folder, 'toolkit', 'include')],
    });
    write('site/nvidia/cublas/include/crt/host_config.h');
    expect(inspectLibtorch(join(folder, 'site/torch'))).toMatchObject({
      cudaInclude: ['cublas', 'cuda_runtime'].map((name) => join(folder, 'site/nvidia', name, 'include')),
    });
  });

  it('says why a folder is none', () => {
    expect(inspectLibtorch(join(folder, 'none'))).toContain(libraryFile('torch_cpu'));
    expect(inspectLibtorch(fakeLibtorch('old', '1.12.1'))).toContain('1.12.1');
    fakeLibtorch('headless');
    rmSync(join(folder, 'headless', 'include', 'ATen'), { recursive: true });
    expect(inspectLibtorch(join(folder, 'headless'))).toContain('headers');
  });
});

describe('findLibtorch', () => {
  it('takes the given one, then what was fetched, then that of a Python, then the system’s', () => {
    expect(search()).toBeUndefined();
    const system = fakeLibtorch('usr');
    const systemFolders = [system];
    expect(search({ systemFolders })).toMatchObject({ origin: 'system', folder: system });
    const ofPython = fakeLibtorch('site/torch');
    fakePython(ofPython);
    expect(search({ systemFolders })).toMatchObject({ origin: 'python', folder: ofPython });
    const fetched = fakeLibtorch('home/engines/libtorch-cpu/torch');
    expect(search({ systemFolders })).toMatchObject({ origin: 'fetched', folder: fetched });
    const given = fakeLibtorch('given');
    vi.stubEnv('LULC_LIBTORCH', given);
    expect(search({ systemFolders })).toMatchObject({ origin: 'LULC_LIBTORCH', folder: given });
  });

  it('passes over what cannot be used and says so', () => {
    fakePython(fakeLibtorch('site/torch', '1.8.0'));
    const system = fakeLibtorch('usr');
    const lines: string[] = [];
    expect(search({ systemFolders: [system], log: (line: string) => lines.push(line) })?.folder).toBe(system);
    expect(lines).toEqual([
      `Not using ${join(folder, 'site/torch')}: it is version 1.8.0, and at least 1.13 is needed.`,
    ]);
    expect(search({ systemFolders: [system], build: 'cuda' })).toBeUndefined();
  });

  it('refuses a given folder that is none, and an old one', () => {
    for (const [given, reason] of [
      [join(folder, 'none'), libraryFile('torch_cpu')],
      [fakeLibtorch('old', '1.4.0'), '1.4.0'],
    ]) {
      vi.stubEnv('LULC_LIBTORCH', given);
      expect(() => search()).toThrow(reason);
      try {
        search();
      } catch (error) {
        expect(isLulcError(error, 'missing-file')).toBe(true);
      }
    }
  });
});

describe('compareVersions', () => {
  it('compares numbers, not letters, and only as many as there are', () => {
    expect(compareVersions('2.9.1', '2.13.0')).toBeLessThan(0);
    expect(compareVersions('2.13', '2.13.1')).toBe(0);
    expect(compareVersions('1.13.1', '1.13')).toBe(0);
    expect(compareVersions('2.0.0', '1.13')).toBeGreaterThan(0);
  });
});

describe('recipeFor', () => {
  const libtorch = (version: string, more = {}) => ({
    folder: '/opt/torch',
    lib: '/opt/torch/lib',
    include: ['/usr/include', '/opt/torch/include'],
    version,
    cuda: false,
    cudaInclude: [],
    newAbi: true,
    openmp: 'libgomp-a34b3233.so.1',
    stamp: '',
    ...more,
  });
  const plain = { sanitize: false, isClang: false };

  it('has a variant of the vector loops for each instruction set', () => {
    const names = (arch: string) =>
      recipeFor(libtorch('2.13.0'), { platform: 'linux', arch }, plain).instructionSets.map(({ name }) => name);
    expect(names('x64')).toEqual(['baseline', 'avx2', 'avx512']);
    expect(names('arm64')).toEqual(['baseline']);
    const { compile } = recipeFor(libtorch('2.13.0'), { platform: 'linux', arch: 'x64' }, plain);
    expect(compile).toEqual(expect.arrayContaining(['-DLULC_HAVE_AVX2=1', '-DLULC_HAVE_AVX512=1', '-std=c++20']));
    expect(compile).not.toContain('/usr/include');
  });

  it('uses the OpenMP library of libtorch, not a second one', () => {
    const { compile, link } = recipeFor(libtorch('1.13.1'), { platform: 'linux', arch: 'x64' }, plain);
    expect(compile).toEqual(expect.arrayContaining(['-fopenmp', '-std=c++17']));
    expect(link).toContain('/opt/torch/lib/libgomp-a34b3233.so.1');
    expect(link).not.toContain('-fopenmp');
    const system = recipeFor(libtorch('1.13.1', { openmp: undefined }), { platform: 'linux', arch: 'x64' }, plain);
    expect(system.link).toContain('-fopenmp');
  });

  it('builds for CUDA only with its headers', () => {
    const recipe = (cudaInclude: string[]) =>
      recipeFor(libtorch('2.13.0', { cuda: true, cudaInclude }), { platform: 'linux', arch: 'x64' }, plain);
    expect(recipe([]).compile).not.toContain('-DLULC_CUDA=1');
    expect(recipe([]).link).not.toContain(`/opt/torch/lib/${libraryFile('torch_cuda')}`);
    expect(recipe(['/opt/cuda/include']).compile).toContain('-DLULC_CUDA=1');
    expect(recipe(['/opt/cuda/include']).link).toContain(`/opt/torch/lib/${libraryFile('torch_cuda')}`);
  });
});
