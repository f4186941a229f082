import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isLulcError } from '../../errors/lulcError.js';
import { engineHome } from './engineHome.js';
import { withInstallLock } from './installLock.js';
import { installTensorflow } from './installTensorflow.js';
import { libtensorflowIn } from './libtensorflow.js';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lulc-install-')));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const write = (file: string, text = '') => {
  mkdirSync(join(folder, file, '..'), { recursive: true });
  writeFileSync(join(folder, file), text);
};

describe('withInstallLock', () => {
  it('lets one through at a time and leaves no lock behind', async () => {
    const events: string[] = [];
    const file = join(folder, 'engine.lock');
    const log: string[] = [];
    const task = (name: string) =>
      withInstallLock(
        file,
        (line) => log.push(line),
        10,
        async () => {
          events.push(`${name} in`);
          await pause(50);
          events.push(`${name} out`);
        },
      );
    await Promise.all([task('a'), task('b')]);
    expect(events).toHaveLength(4);
    expect(events[1]).toBe(events[0].replace('in', 'out'));
    expect(log).toHaveLength(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes over the lock of a process that died, and gives up on one that lives', async () => {
    const file = join(folder, 'engine.lock');
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(file, String(dead));
    expect(
      await withInstallLock(
        file,
        () => undefined,
        10,
        async () => 'done',
      ),
    ).toBe('done');
    writeFileSync(file, String(process.pid));
    const error = await withInstallLock(
      file,
      () => undefined,
      0,
      async () => 'done',
    ).catch((e: unknown) => e);
    expect(isLulcError(error, 'unavailable')).toBe(true);
  });
});

describe('engineHome', () => {
  it('is LULC_HOME, else .lulc of the workspace root, else of the project', () => {
    write('package.json', '{ "workspaces": ["packages/*"] }');
    write('packages/a/package.json', '{}');
    write('packages/a/src/x.ts');
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(join(folder, 'packages', 'a', 'src'));
    vi.stubEnv('LULC_HOME', '');
    expect(engineHome()).toBe(join(folder, '.lulc'));
    write('package.json', '{}');
    expect(engineHome()).toBe(join(folder, 'packages', 'a', '.lulc'));
    write('packages/a/package.json', 'not json');
    expect(engineHome()).toBe(join(folder, 'packages', 'a', '.lulc'));
    vi.stubEnv('LULC_HOME', join(folder, 'elsewhere'));
    expect(engineHome()).toBe(join(folder, 'elsewhere'));
    expect(cwd).toHaveBeenCalled();
  });
});

describe('libtensorflowIn', () => {
  it('knows the layout of the Python package and of the C library', () => {
    expect(libtensorflowIn(folder)).toBeUndefined();
    write('python/include/tensorflow/c/c_api.h');
    write('python/libtensorflow_cc.so.2');
    expect(libtensorflowIn(join(folder, 'python'))).toBeUndefined();
    write('python/libtensorflow_framework.so.2');
    expect(libtensorflowIn(join(folder, 'python'))).toEqual({
      folder: join(folder, 'python'),
      libraries: ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'],
      include: join(folder, 'python', 'include'),
    });
    write('c/include/tensorflow/c/c_api.h');
    write('c/lib/libtensorflow.so.2');
    write('c/lib/libtensorflow_framework.so.2');
    expect(libtensorflowIn(join(folder, 'c'))?.folder).toBe(join(folder, 'c', 'lib'));
  });
});

describe('installTensorflow', () => {
  it('does nothing when installing is switched off', async () => {
    vi.stubEnv('LULC_NO_INSTALL', '1');
    const error = await installTensorflow({ home: folder }).catch((e: unknown) => e);
    expect(isLulcError(error, 'unavailable')).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('cleans up what a broken run and itself left when a step fails', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    write(`engines/tensorflow.partial-${dead}/leftover`);
    vi.stubEnv('PATH', folder); // nothing on it: npm is not found
    const error = await installTensorflow({ home: folder }).catch((e: unknown) => e);
    expect(isLulcError(error, 'unavailable')).toBe(true);
    expect(String(error)).toContain('npm install was not found');
    expect(readdirSync(join(folder, 'engines'))).toEqual([]);
  });
});
