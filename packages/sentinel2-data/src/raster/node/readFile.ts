import { type FileHandle, open } from 'node:fs/promises';
import { LulcError } from '@lulc/core';

/** No image or table of a training set is near this; what is, is not read. */
const maxBytes = 1 << 30;

/**
 * The bytes of a file that must exist.
 *
 * @param file path
 * @param limit most bytes that are read
 * @throws LulcError `missing-file`, `unsupported-file` (not a file, or too large)
 */
export function readWholeFile(file: string, limit: number = maxBytes): Promise<Buffer<ArrayBuffer>> {
  return withFile(file, async (handle, size) => {
    if (size > limit) {
      throw new LulcError('unsupported-file', `${size} bytes are more than is read at once (${limit})`, {
        where: { file },
      });
    }
    return handle.readFile();
  });
}

/**
 * Opens a file that must exist for as long as something is done with it.
 *
 * @param file path
 * @param body what is done with the open file and its length in bytes
 * @throws LulcError `missing-file`, `unsupported-file` (not a file), and what the body throws
 */
export async function withFile<T>(file: string, body: (handle: FileHandle, size: number) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (cause) {
    throw unreadable(file, cause);
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new LulcError('unsupported-file', 'not a regular file', { where: { file } });
    return await body(handle, stats.size);
  } finally {
    await handle.close();
  }
}

/**
 * The error for a file or folder that the system does not let us read.
 *
 * @param file path
 * @param cause what the system said
 */
export function unreadable(file: string, cause: unknown): LulcError {
  const code = (cause as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR'
    ? new LulcError('missing-file', 'no such file', { where: { file }, cause })
    : new LulcError('unsupported-file', `cannot be read: ${(cause as Error).message}`, { where: { file }, cause });
}
