import { open, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isLulcError, LulcError } from '../../errors/lulcError.js';
import { type FileStore, tooLarge } from '../fileStore.js';
import { writeAtomically } from './atomicFile.js';

/**
 * A folder of the file system, or one file of it when the path ends in `.json` or `.safetensors`.
 *
 * @param path a path or a `file://` URL
 */
export function folderStore(path: string): FileStore {
  const place = resolve(path.startsWith('file://') ? fileURLToPath(path) : path);
  const main = /\.(json|safetensors)$/.test(place) ? basename(place) : undefined;
  const folder = main === undefined ? place : dirname(place);
  return {
    location: folder,
    main,
    read: (name, maxBytes) =>
      guarded('read', name, folder, () => readWhole(join(folder, name), name, folder, maxBytes)),
    replace: (file, others, stale) =>
      guarded('written', file.name, folder, async () => {
        for (const { name, bytes } of others) await writeAtomically(join(folder, name), bytes);
        await writeAtomically(join(folder, file.name), file.bytes);
        for (const name of stale) await rm(join(folder, name), { force: true });
      }),
  };
}

async function readWhole(
  path: string,
  name: string,
  folder: string,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  // Asked before opening: opening a pipe would wait for a writer.
  if (!(await stat(path)).isFile()) {
    throw new LulcError('unsupported-file', 'this is not an ordinary file', { where: { file: name, in: folder } });
  }
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > maxBytes) throw tooLarge(name, folder, maxBytes);
    const bytes = new Uint8Array(size);
    for (let done = 0; done < size; ) {
      const { bytesRead } = await file.read(bytes, done, Math.min(size - done, 2 ** 30), done);
      if (bytesRead === 0) {
        throw new LulcError('corrupt-file', 'the file became shorter while it was read', {
          where: { file: name, in: folder },
        });
      }
      done += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

async function guarded<T>(done: string, name: string, folder: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (isLulcError(cause)) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new LulcError(
      missing && done === 'read' ? 'missing-file' : 'unavailable',
      missing && done === 'read' ? 'the file does not exist' : `the file cannot be ${done}: ${code ?? String(cause)}`,
      { where: { file: name, in: folder }, cause },
    );
  }
}
