import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file so that its path holds either the old or the new content at any instant, a power cut included: a
 * temporary file beside it is written and flushed, then renamed over it.
 *
 * @param path file to make or replace; its folder is made when it does not exist
 * @param chunks the content, in order
 */
export async function writeAtomically(path: string, ...chunks: readonly Uint8Array[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await using(await open(temporary, 'wx'), async (file) => {
      for (const chunk of chunks) await writeAll(file, chunk);
      await file.sync();
    });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes names in a folder durable, where the system allows that (Windows does not). */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using(await open(path, 'r'), (folder) => folder.sync());
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    done += (await file.write(bytes, done, Math.min(bytes.byteLength - done, 2 ** 30))).bytesWritten;
  }
}

async function using<T>(file: FileHandle, use: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
