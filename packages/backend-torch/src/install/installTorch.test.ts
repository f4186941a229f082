import { spawnSync } from 'node:child_process';
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
import { delimiter, dirname, join } from 'node:path';
import { isLulcError } from '@lulc/core';
import { complaint, runCommand } from '@lulc/core/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { findAddon, openAddon } from './findAddon.js';
import { type InstallTorchOptions, installTorchFrom, type TorchParts } from './installTorch.js';
import { libraryFile } from './libtorch.js';
import { loads } from './loads.js';
import { probeTorch } from './probe.js';

// A small addon and empty libraries stand for the engine and libtorch: everything else is real.

const compiler = process.env.CXX ?? 'c++';
const hasCompiler = process.platform !== 'win32' && spawnSync(compiler, ['--version']).status === 0;

/** Empty libraries, compiled once. */
let torch: string;
/** A folder for each test. */
let folder: string;
let log: string[];

function write(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

beforeAll(() => {
  torch = join(realpathSync(mkdtempSync(join(tmpdir(), 'lulc-libtorch-'))), 'torch');
  write(join(torch, 'include', 'ATen', 'ATen.h'), '');
  write(
    join(torch, 'include', 'torch', 'version.h'),
    '#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 13\n',
  );
  const source = write(join(torch, 'empty.cpp'), '');
  mkdirSync(join(torch, 'lib'));
  for (const name of ['c10', 'torch_cpu', 'torch', 'torch_python'].map(libraryFile)) {
    const named = process.platform === 'darwin' ? `-Wl,-install_name,@rpath/${name}` : `-Wl,-soname,${name}`;
    spawnSync(compiler, ['-shared', '-fPIC', named, source, '-o', join(torch, 'lib', name)]);
  }
});
afterAll(() => rmSync(dirname(torch), { recursive: true, force: true }));

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lulc-install-')));
  log = [];
  for (const name of ['LULC_NO_INSTALL', 'LULC_TORCH_ADDON']) vi.stubEnv(name, '');
  vi.stubEnv('LULC_HOME', join(folder, 'home'));
  vi.stubEnv('LULC_LIBTORCH', torch);
  write(join(folder, 'native', 'answer.h'), '#define ANSWER 42\n');
  write(join(folder, 'native', 'kernels', 'half.cpp'), 'int half(int value) { return value / 2; }\n');
  write(
    join(folder, 'native', 'simd', 'loops.cpp'),
    '#define JOIN(a, b) a##b\n#define NAME(isa) JOIN(loop_, isa)\nint NAME(LULC_ISA)() { return 1; }\n',
  );
  write(join(folder, 'native', 'pch.h'), '#include <vector>\n');
  write(
    join(folder, 'native', 'addon.cpp'),
    `#include <node_api.h>
#include "answer.h"
int half(int value);
int loop_baseline();
NAPI_MODULE_INIT() {
  napi_value answer;
  napi_create_double(env, half(ANSWER) + loop_baseline(), &answer);
  napi_set_named_property(env, exports, "answer", answer);
  return exports;
}
`,
  );
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

async function answerOf(addon: string): Promise<number> {
  const result = await runCommand(process.execPath, [
    '-e',
    `process.stdout.write(String(require(${JSON.stringify(addon)}).answer))`,
  ]);
  if (result.code !== 0) throw new Error(complaint(result));
  return Number(result.stdout);
}

function install(options: InstallTorchOptions = {}, parts: Partial<TorchParts> = {}) {
  return installTorchFrom(
    {
      sources: join(folder, 'native'),
      tryIt: async (addon) => {
        const answer = await answerOf(addon).catch((error: Error) => error.message);
        return typeof answer === 'number'
          ? { ok: true, facts: { version: '2.13.0', device: 'cpu' } }
          : { ok: false, reason: answer };
      },
      loads,
      systemFolders: [],
      ...parts,
    },
    { log: (line) => log.push(line), ...options },
  );
}

const failure = (promise: Promise<unknown>) => promise.then(String, (error: unknown) => error);
const engines = () => readdirSync(join(folder, 'home', 'engines')).sort();
const compiled = () =>
  log.filter((line) => /^ {3}.* \(\d+ of \d+\)$/.test(line)).map((line) => line.trim().split(' ')[0]);

describe('installTorch', () => {
  it('does nothing when installing is switched off', async () => {
    vi.stubEnv('LULC_NO_INSTALL', '1');
    expect(isLulcError(await failure(install()), 'unavailable')).toBe(true);
    expect(existsSync(join(folder, 'home'))).toBe(false);
  });

  it('says that there is no compiler', async () => {
    vi.stubEnv('CXX', join(folder, 'none'));
    const error = await failure(install());
    expect(String(error)).toContain('no C++ compiler');
    expect(engines()).toEqual([]);
  });

  it('says that there is no libtorch when it may not fetch one', async () => {
    vi.stubEnv('LULC_LIBTORCH', '');
    const error = await failure(install({ fetch: false, python: join(folder, 'none') }));
    expect(String(error)).toContain('no libtorch was found');
  });

  it('does not fetch another one when the given one cannot be loaded', async () => {
    const error = await failure(install({}, { loads: async () => 'libmissing.so: no such file' }));
    expect(String(error)).toContain('libmissing.so');
    expect(String(error)).toContain('LULC_LIBTORCH');
  });
});

describe.skipIf(!hasCompiler)('installTorch with a compiler', () => {
  it('builds, is found, and leaves alone what is up to date', async () => {
    expect(probeTorch()).toMatchObject({ missing: expect.stringContaining('not installed') });
    const first = await install();
    expect(first).toMatchObject({ changed: true, version: '2.13.0', libtorch: torch, cuda: false });
    expect(await answerOf(first.addon)).toBe(22);
    expect(engines()).toEqual(['torch', 'torch-objects']);
    expect(findAddon()).toEqual({
      path: first.addon,
      libtorch: `libtorch 2.13.0 (CPU) in ${torch}`,
      cuda: false,
      origin: 'built',
    });
    expect(probeTorch()).toEqual({ detail: `libtorch 2.13.0 (CPU) in ${torch}`, cuda: false });
    vi.stubEnv('PATH', join(folder, 'empty')); // nothing can be run
    vi.stubEnv('CXX', '');
    expect(await install()).toEqual({ ...first, changed: false });
  });

  it('compiles again only what changed', async () => {
    await install();
    const all = compiled();
    expect(all).toContain('kernels/half.cpp');
    expect(new Set(all).size).toBe(3); // addon, half, loops
    if (process.arch === 'x64') expect(all.filter((name) => name === 'simd/loops.cpp')).toHaveLength(3);

    log = [];
    write(join(folder, 'native', 'kernels', 'half.cpp'), 'int half(int value) { return value / 3; }\n');
    expect(await answerOf((await install()).addon)).toBe(15);
    expect(compiled()).toEqual(['kernels/half.cpp']);

    log = [];
    write(join(folder, 'native', 'answer.h'), '#define ANSWER 60\n');
    expect(await answerOf((await install()).addon)).toBe(21);
    expect(compiled()).toEqual(['addon.cpp']);

    log = [];
    expect((await install({ force: true })).changed).toBe(true);
    expect(compiled()).toEqual([]);
  });

  it('keeps what works when a file is refused or the new one does not work', async () => {
    const { addon } = await install();
    write(join(folder, 'native', 'kernels', 'half.cpp'), 'int half(int value) { return values; }\n');
    const refused = await failure(install());
    expect(isLulcError(refused, 'unavailable')).toBe(true);
    expect(String(refused)).toMatch(/kernels\/half\.cpp.*values.*/s);
    expect(await answerOf(addon)).toBe(22);

    write(join(folder, 'native', 'kernels', 'half.cpp'), 'int third(int value) { return value / 3; }\n');
    const broken = await failure(install());
    expect(String(broken)).toMatch(/does not work|failed/);
    expect(await answerOf(addon)).toBe(22);
    expect(engines()).toEqual(['torch', 'torch-objects']);
  });

  it('builds once when it is called twice at a time', async () => {
    const results = await Promise.all([install(), install()]);
    expect(results.map(({ changed }) => changed).sort()).toEqual([false, true]);
    expect(log.filter((line) => line.startsWith('Another installation'))).toHaveLength(1);
    expect(log.filter((line) => line.startsWith('3. Trying'))).toHaveLength(1);
  });

  it('removes what an interrupted installation left, and takes over its lock', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    write(join(folder, 'home', 'engines', `torch.partial-${dead}`, 'leftover'), '');
    write(join(folder, 'home', 'engines', 'torch.lock'), String(dead));
    await install();
    expect(engines()).toEqual(['torch', 'torch-objects']);
  });

  it('builds anew when the engine belongs to another version or libtorch', async () => {
    const { addon, folder: engine } = await install();
    const file = join(engine, 'engine.json');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace(/"stamp": "[^"]+"/, '"stamp": "another"'));
    expect((await install()).changed).toBe(true);
    writeFileSync(file, before.replace('"version": "0.0.0"', '"version": "0.0.0-earlier"'));
    expect(findAddon()).toBeUndefined();
    expect((await install()).changed).toBe(true);
    writeFileSync(file, '{ "version": ');
    expect((await install()).changed).toBe(true);
    expect(findAddon()?.path).toBe(addon);
  });

  it('puts the variant with AddressSanitizer beside the engine', async () => {
    const { addon } = await install();
    const sanitized = await install(
      { sanitize: true },
      { tryIt: async () => ({ ok: true, facts: { version: '', device: 'cpu' } }) },
    );
    expect(sanitized.folder).toBe(join(folder, 'home', 'engines', 'torch-asan'));
    expect(readFileSync(sanitized.addon).includes('__asan_init')).toBe(true);
    expect(readFileSync(addon).includes('__asan_init')).toBe(false);
    expect(findAddon()?.path).toBe(addon);
    expect(log.at(-1)).toContain(`LULC_TORCH_ADDON=${sanitized.addon}`);
  });

  it('fetches a libtorch through pip, keeps what is needed of it, and finds it when everything is moved', async () => {
    vi.stubEnv('LULC_LIBTORCH', '');
    const script = `#!/bin/sh
case "$*" in *--version*) exit 0;; *find_spec*) exit 0;; esac
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/numpy" && cp -r '${torch}' "$2/torch" && mkdir "$2/torch/nn"`;
    chmodSync(write(join(folder, 'bin', 'python3'), script), 0o755);
    vi.stubEnv('PATH', [join(folder, 'bin'), process.env.PATH].join(delimiter));
    const { libtorch } = await install();
    expect(libtorch).toBe(join(folder, 'home', 'engines', 'libtorch-cpu', 'torch'));
    expect(readdirSync(dirname(libtorch))).toEqual(['torch']);
    expect(readdirSync(libtorch).sort()).toEqual(['include', 'lib']);
    expect(readdirSync(join(libtorch, 'lib')).sort()).toEqual(['c10', 'torch', 'torch_cpu'].map(libraryFile).sort());

    vi.stubEnv('LULC_HOME', join(folder, 'moved'));
    spawnSync('mv', [join(folder, 'home'), join(folder, 'moved')]);
    const moved = findAddon();
    expect(moved?.libtorch).toContain(join(folder, 'moved'));
    expect(await answerOf(moved?.path ?? '')).toBe(22);
  });
});

describe('findAddon', () => {
  it('takes the file that LULC_TORCH_ADDON names, and refuses one that is not there', () => {
    const path = write(join(folder, 'mine.node'), '');
    vi.stubEnv('LULC_TORCH_ADDON', path);
    expect(findAddon()).toMatchObject({ path, origin: 'given' });
    expect(() => openAddon({ path, libtorch: '', cuda: false, origin: 'given' })).toThrow();
    vi.stubEnv('LULC_TORCH_ADDON', join(folder, 'none.node'));
    expect(() => findAddon()).toThrow('LULC_TORCH_ADDON');
    expect(probeTorch()).toMatchObject({ missing: expect.stringContaining('LULC_TORCH_ADDON') });
  });
});
