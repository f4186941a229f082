import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLulcError } from '@lulc/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fetchLibtorch, needsNvidia, pipRequests, sizesIn, withCompilerHeaders } from './fetchLibtorch.js';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lulc-fetch-')));
  mkdirSync(join(folder, 'bin'));
  vi.stubEnv('PATH', `${join(folder, 'bin')}:/bin:/usr/bin`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

function command(name: string, script: string): void {
  const path = join(folder, 'bin', name);
  writeFileSync(path, `#!/bin/sh\necho "$@" >>'${join(folder, name)}.calls'\n${script}\n`);
  chmodSync(path, 0o755);
}

const calls = (name: string) =>
  readFileSync(join(folder, `${name}.calls`), 'utf8')
    .trim()
    .split('\n');
const fetch = (log: (line: string) => void = () => undefined, build: 'cpu' | 'cuda' = 'cpu') =>
  fetchLibtorch({ build, target: join(folder, 'libtorch-cpu'), python: undefined, log }).catch((e: unknown) => e);

describe('pipRequests', () => {
  it('asks for the build for the CPU first on Linux, and never fetches that for GPUs unasked', () => {
    const requests = pipRequests('cpu', 'linux');
    expect(requests[0].requirement).toMatch(/^torch==[\d.]+\+cpu$/);
    expect(requests[1]).toMatchObject({ requirement: 'torch', nvidia: 'refuse' });
    for (const { args } of requests) expect(args).toEqual(expect.arrayContaining(['--no-deps', '--extra-index-url']));
    expect(pipRequests('cuda', 'linux')).toEqual([{ requirement: 'torch', args: ['--no-deps'], nvidia: 'fetch' }]);
    for (const { args } of pipRequests('cpu', 'darwin')) expect(args).toEqual(['--no-deps']);
  });

  it("sees from pip's report that a package needs NVIDIA's libraries", () => {
    const report = (requires_dist: string[]) => JSON.stringify({ install: [{ metadata: { requires_dist } }] });
    expect(needsNvidia(report(['sympy', 'nvidia-cudnn-cu13==9.1 ; platform_system == "Linux"']))).toBe(true);
    expect(needsNvidia(report(['sympy']))).toBe(false);
    expect(needsNvidia('')).toBe(false);
  });
});

describe('withCompilerHeaders', () => {
  it("adds the headers that CUDA's own headers include", () => {
    expect(withCompilerHeaders('cuda-toolkit[cublas,cudart]==13.0.3; platform_system == "Linux"')).toEqual([
      'cuda-toolkit[crt,cublas,cudart]==13.0.3; platform_system == "Linux"',
    ]);
    expect(withCompilerHeaders('nvidia-cuda-runtime-cu12==12.8.90; platform_system == "Linux"')).toEqual([
      'nvidia-cuda-runtime-cu12==12.8.90; platform_system == "Linux"',
      'nvidia-cuda-nvcc-cu12==12.8.*; platform_system == "Linux"',
    ]);
    expect(withCompilerHeaders('nvidia-cudnn-cu13==9.24.0.43')).toEqual(['nvidia-cudnn-cu13==9.24.0.43']);
  });
});

describe('sizesIn', () => {
  it('reads what apt-get says, with and without a cache', () => {
    const text = (get: string) =>
      `Need to get ${get} of archives.\nAfter this operation, 567 MB of additional disk space will be used.`;
    expect(sizesIn(text('135 MB'))).toBe('135 MB to download, 567 MB on disk');
    expect(sizesIn(text('3,367 kB/135 MB'))).toBe('135 MB to download, 567 MB on disk');
    expect(sizesIn('E: Unable to locate package libtorch-dev')).toBeUndefined();
  });
});

describe('fetchLibtorch', () => {
  beforeEach(() => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
  });

  it('says why each way failed and leaves nothing behind', async () => {
    command('python3', 'case "$*" in *--version*) exit 0;; esac; echo "ERROR: no such package" >&2; exit 1');
    const lines: string[] = [];
    const error = await fetch((line) => lines.push(line));
    expect(isLulcError(error, 'unavailable')).toBe(true);
    expect(String(error)).toContain('ERROR: no such package');
    expect(String(error)).toContain('as root only');
    expect(String(error)).toContain('LULC_LIBTORCH');
    expect(lines[0]).toMatch(/MB to download/);
    expect(readdirSync(folder).filter((name) => name.startsWith('libtorch'))).toEqual([]);
    expect(calls('python3').filter((call) => call.includes('--target'))).toHaveLength(2);
  });

  it('does not download a package for NVIDIA GPUs to find out that it is one', async () => {
    const report = '{"install":[{"metadata":{"requires_dist":["nvidia-cublas"]}}]}';
    command(
      'python3',
      `case "$*" in *--version*) exit 0;; *--dry-run*) echo '${report}'; exit 0;; esac; echo "ERROR: nothing" >&2; exit 1`,
    );
    expect(String(await fetch())).toContain('--build cuda');
    expect(calls('python3').filter((call) => / torch$/.test(call) && !call.includes('--dry-run'))).toEqual([]);
  });

  it("fetches NVIDIA's libraries for CUDA, and nothing else that the package depends on", async () => {
    command(
      'python3',
      `case "$*" in *--version*) exit 0;; esac
       while [ "$1" != --target ]; do shift; done
       mkdir -p "$2/torch-2.14.1.dist-info"
       printf 'Name: torch\\nRequires-Dist: sympy\\nRequires-Dist: nvidia-nccl-cu13==2.30.7; platform_system == "Linux"\\n\\nRequires-Dist\\n' \
         >"$2/torch-2.14.1.dist-info/METADATA"`,
    );
    expect(String(await fetch(undefined, 'cuda'))).toContain('does not hold');
    const fetched = calls('python3').filter((call) => call.includes('--target'));
    expect(fetched.map((call) => call.split(/--target \S+ /)[1])).toEqual([
      '--no-deps torch',
      'nvidia-nccl-cu13==2.30.7; platform_system == "Linux"',
    ]);
  });

  it('does without pip where there is none', async () => {
    command('python3', 'echo "No module named pip" >&2; exit 1');
    command('python', 'exit 1');
    expect(String(await fetch())).toContain('no Python with pip was found');
  });

  it.runIf(process.platform === 'linux')('refuses a package that cannot be loaded, and does not keep it', async () => {
    command(
      'python3',
      `case "$*" in *--version*) exit 0;; esac
       while [ "$1" != --target ]; do shift; done
       mkdir -p "$2/torch/lib" "$2/torch/include/ATen" "$2/torch/include/torch" "$2/numpy"
       for name in c10 torch_cpu torch torch_python; do echo no library >"$2/torch/lib/lib$name.so"; done
       touch "$2/torch/include/ATen/ATen.h"
       printf '#define TORCH_VERSION_MAJOR 2\\n#define TORCH_VERSION_MINOR 13\\n' >"$2/torch/include/torch/version.h"`,
    );
    expect(String(await fetch())).toMatch(/does not work: .*libtorch\.so/);
    expect(existsSync(join(folder, 'libtorch-cpu'))).toBe(false);
  });
});
