import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LulcError } from '../../errors/lulcError.js';
import { lives } from './installLock.js';

/** Whether something that was installed works, and what it says about itself. */
export type Trial<Facts> =
  | {
      /** It works. */
      readonly ok: true;
      /** What it says about itself. */
      readonly facts: Facts;
    }
  | {
      /** It does not. */
      readonly ok: false;
      /** Why, in a sentence. */
      readonly reason: string;
    };

/** What {@link installFolder} needs to know. */
export interface FolderInstallation<Facts> {
  /** The folder to end up with. */
  readonly folder: string;
  /** What it holds, for messages, e.g. `'the engine'`. */
  readonly what: string;
  /** Makes everything in an empty folder beside the final one. */
  readonly build: (partial: string) => Promise<void>;
  /** Tries what was made, in a process of its own where it could crash. */
  readonly tryIt: (folder: string) => Promise<Trial<Facts>>;
}

/**
 * Installs a folder so that nobody ever sees half of one: it is made beside the final place, tried there, and renamed
 * only when it works; what was there before stays in place until then. What interrupted runs left is removed. The caller
 * holds a lock ({@link withInstallLock}).
 *
 * @returns what the trial says about it
 * @throws LulcError `unavailable` when it was made and does not work; whatever `build` throws
 */
export async function installFolder<Facts>(installation: FolderInstallation<Facts>): Promise<Facts> {
  const { folder, what, build, tryIt } = installation;
  await mkdir(dirname(folder), { recursive: true });
  await removeAbandoned(folder);
  const partial = `${folder}.partial-${process.pid}`;
  try {
    await mkdir(partial);
    await build(partial);
    const result = await tryIt(partial);
    if (!result.ok) throw new LulcError('unavailable', `${what} was made but does not work: ${result.reason}`);
    const old = `${folder}.partial-${process.pid}-old`;
    if (existsSync(folder)) await rename(folder, old);
    await rename(partial, folder);
    await rm(old, { recursive: true, force: true });
    return result.facts;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Removes what interrupted installations left. */
async function removeAbandoned(folder: string): Promise<void> {
  const prefix = `${folder}.partial-`;
  for (const name of await readdir(dirname(folder))) {
    const path = join(dirname(folder), name);
    if (path.startsWith(prefix) && !lives(Number.parseInt(path.slice(prefix.length), 10)))
      await rm(path, { recursive: true, force: true });
  }
}

/**
 * Refuses to install where that is switched off or impossible.
 *
 * @param engine name of the engine, for the message
 * @throws LulcError `unavailable` when `LULC_NO_INSTALL` is set (and not `0`), or on Windows
 */
export function requireInstallable(engine: string): void {
  if (!['', '0', undefined].includes(process.env.LULC_NO_INSTALL))
    throw new LulcError('unavailable', 'installing is switched off by LULC_NO_INSTALL', {
      hint: 'Unset it and run again.',
    });
  if (process.platform === 'win32')
    throw new LulcError('unavailable', `the ${engine} engine is built on Linux and macOS only`, {
      hint: 'Use WSL, or the wasm engine.',
    });
}
