import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isLulcError, LulcError } from '../../errors/lulcError.js';
import { writeAtomically } from '../../model/node/atomicFile.js';
import type { CheckpointStore } from '../checkpointStore.js';

const ending = '.safetensors';
const checkpointFile = /^[a-z0-9-]+\.safetensors$/;
/** What a killed process may leave behind. */
const unfinishedFile = /^[a-z0-9-]+\.safetensors\.[0-9a-f]+\.tmp$/;

/**
 * Checkpoints as files `<name>.safetensors` of a folder of their own. A file is written beside its place, flushed to disk
 * and renamed, so that a checkpoint is there whole or not at all, also after a power cut.
 *
 * @param folder is made when the first checkpoint is written; other files in it are left alone
 * @throws LulcError (from its functions) `unavailable` when the folder cannot be read or written
 * @example
 * ```ts
 * import { type TrainOptions, train } from '@lulc/core';
 * import { fileCheckpoints } from '@lulc/core/node';
 *
 * const resumable = (options: TrainOptions) =>
 *   train({ ...options, checkpoints: { store: fileCheckpoints('runs/b0/checkpoints'), everySteps: 500 } });
 * ```
 */
export function fileCheckpoints(folder: string): CheckpointStore {
  const place = resolve(folder);
  const pathOf = (name: string): string => {
    if (!checkpointFile.test(name + ending)) {
      throw new LulcError('invalid-argument', `'${name}' is not a checkpoint name`, {
        hint: 'Lower-case letters, digits and hyphens only.',
      });
    }
    return join(place, name + ending);
  };
  return {
    location: place,
    save: (name, bytes) =>
      guarded(place, 'written', async () => {
        const path = pathOf(name);
        await mkdir(place, { recursive: true });
        for (const file of await readdir(place))
          if (unfinishedFile.test(file)) await rm(join(place, file), { force: true });
        await writeAtomically(path, bytes);
      }),
    list: () =>
      guarded(place, 'read', async () => {
        const files = await readdir(place).catch((error) => {
          if (error.code === 'ENOENT') return [];
          throw error;
        });
        return files
          .filter((file) => checkpointFile.test(file))
          .map((file) => file.slice(0, -ending.length))
          .sort();
      }),
    load: (name) => guarded(place, 'read', () => readFile(pathOf(name))),
    remove: (name) => guarded(place, 'removed', () => rm(pathOf(name), { force: true })),
  };
}

async function guarded<T>(folder: string, done: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (isLulcError(cause)) throw cause;
    throw new LulcError(
      code === 'ENOENT' ? 'missing-file' : 'unavailable',
      `a checkpoint cannot be ${done}: ${code ?? String(cause)}`,
      {
        where: { checkpoints: folder },
        cause,
      },
    );
  }
}
