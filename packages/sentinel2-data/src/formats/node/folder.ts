import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import { isLulcError, LulcError } from '@lulc/core';
import { unreadable } from '../../raster/node/readFile.js';
import type { FolderView } from './format.js';

/** Most entries of one folder that are listed. */
const maxEntries = 4_000_000;

/**
 * What a folder holds.
 *
 * @param folder path
 * @throws LulcError `missing-file`, `unsupported-file`
 */
export async function viewFolder(folder: string): Promise<FolderView> {
  const files: string[] = [];
  const folders: string[] = [];
  try {
    for await (const entry of await opendir(folder, { bufferSize: 1024 })) {
      const kind = entry.isSymbolicLink() ? await kindOf(path.join(folder, entry.name)) : entry;
      if (kind?.isDirectory()) folders.push(entry.name);
      else if (kind?.isFile()) files.push(entry.name);
      if (files.length + folders.length > maxEntries) {
        throw new LulcError('unsupported-file', `more than ${maxEntries} entries`, { where: { file: folder } });
      }
    }
  } catch (cause) {
    throw isLulcError(cause) ? cause : unreadable(folder, cause);
  }
  return { path: folder, files: files.sort(), folders: folders.sort() };
}

/** What a link leads to; nothing when it is broken. */
function kindOf(file: string): ReturnType<typeof stat> | undefined {
  return stat(file).catch(() => undefined) as ReturnType<typeof stat>;
}

/**
 * True when there is such a file or folder.
 *
 * @param file path
 */
export async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/**
 * The path of something that a file names, which must stay within the dataset's folder.
 *
 * @param root the dataset's folder
 * @param name relative path as written in the file
 * @param file the file that names it
 * @throws LulcError `corrupt-file` when it leads out of the folder
 */
export function within(root: string, name: string, file: string): string {
  const full = path.resolve(root, name);
  const relative = path.relative(path.resolve(root), full);
  if (relative === '' || relative.startsWith('..') || path.isAbsolute(relative) || name.includes('\0')) {
    throw new LulcError('corrupt-file', `names '${name}', which lies outside of the dataset`, { where: { file } });
  }
  return full;
}

/**
 * A name that becomes part of a path must be just a name.
 *
 * @param name as written in the file
 * @param file the file that names it
 * @throws LulcError `corrupt-file`
 */
export function plainName(name: unknown, file: string): string {
  if (typeof name === 'string' && /^[\w-][\w.-]*$/.test(name) && name.length < 256) return name;
  throw new LulcError('corrupt-file', `'${String(name).slice(0, 80)}' is not the name of a patch`, { where: { file } });
}

/**
 * The first of several candidates that exists in a folder.
 *
 * @param root folder
 * @param names relative paths in order of preference
 */
export async function firstExisting(root: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) if (await exists(path.join(root, name))) return path.join(root, name);
  return undefined;
}

/**
 * Runs a job per item, a few at a time, results in order. When jobs fail, the error is that of the first of them in the order of the
 * items, whichever was quicker; once that is known, no more are begun.
 *
 * @param items inputs
 * @param atOnce how many run at the same time
 * @param job what to do
 */
export function mapLimited<T, R>(
  items: readonly T[],
  atOnce: number,
  job: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  return mapUsable(items, atOnce, job, (_, error) => {
    throw error;
  });
}

/**
 * Runs a job per item, a few at a time; the results of those that succeed, in order.
 *
 * @param items inputs
 * @param atOnce how many run at the same time
 * @param job what to do
 * @param failed called for every item whose job fails, in the order of the items; when it throws, no more are begun
 */
export async function mapUsable<T, R>(
  items: readonly T[],
  atOnce: number,
  job: (item: T, index: number) => Promise<R>,
  failed: (item: T, error: unknown) => void,
): Promise<R[]> {
  const outcomes = new Array<{ readonly value: R } | { readonly error: unknown } | undefined>(items.length);
  const results: R[] = [];
  let next = 0;
  let settled = 0;
  let stopped = false;
  const settle = (): void => {
    for (let outcome = outcomes[settled]; outcome !== undefined; outcome = outcomes[++settled]) {
      if ('value' in outcome) results.push(outcome.value);
      else failed(items[settled], outcome.error);
    }
  };
  const lane = async () => {
    while (!stopped && next < items.length) {
      const index = next++;
      outcomes[index] = await job(items[index], index).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      if (stopped) return;
      try {
        settle();
      } catch (error) {
        stopped = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  return results;
}
