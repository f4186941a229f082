import { folderStore } from '#platform';
import { LulcError } from '../errors/lulcError.js';
import type { FileStore } from './fileStore.js';
import type { NetworkOptions } from './formats.js';
import { httpStore } from './httpStore.js';

/** Options of {@link readFile}. */
export interface ReadFileOptions extends NetworkOptions {
  /** Most bytes to accept; default 4 GiB. */
  readonly maxBytes?: number | undefined;
}

/**
 * The bytes of one file.
 *
 * @param place a file path (Node), an `http://`, `https://` or `file://` address; in a browser a path is taken relative to
 * the page
 * @throws LulcError `missing-file`, `network`, `aborted`, `unavailable`, `corrupt-file` for a file that is larger than
 * accepted, `invalid-argument` for something else than a place of a file
 * @example
 * ```ts
 * import { layers, sequential } from '@tensorflow/tfjs-layers';
 * import { readFile, readSafetensors, saveModel, useEngine } from '@lulc/core';
 *
 * await useEngine();
 * const net = sequential({ layers: [layers.dense({ name: 'head', units: 2, inputShape: [1] })] });
 * await saveModel(net, 'models/net.safetensors');
 * const { tensors } = readSafetensors(await readFile('models/net.safetensors'));
 * console.log(tensors.get('head/kernel')?.shape); // [1, 2]
 * ```
 */
export async function readFile(
  place: string | URL,
  { maxBytes = 2 ** 32, ...options }: ReadFileOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const text = String(place);
  const isWeb = /^https?:\/\//i.test(text);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text) && !isWeb && !text.startsWith('file://')) {
    throw new LulcError('invalid-argument', `'${text}' is not the place of a file`);
  }
  const [store, name] =
    isWeb || folderStore === undefined ? onWeb(new URL(text, globalThis.location?.href), options) : onDisk(text);
  if (name === '') throw new LulcError('invalid-argument', `'${text}' names no file`);
  return store.read(name, maxBytes);
}

function onWeb(url: URL, options: NetworkOptions): [FileStore, string] {
  const folder = new URL(url);
  const cut = url.pathname.lastIndexOf('/') + 1;
  folder.pathname = url.pathname.slice(0, cut);
  return [httpStore(folder, options), decodeURIComponent(url.pathname.slice(cut))];
}

function onDisk(path: string): [FileStore, string] {
  const cut = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1;
  const store = folderStore as (path: string) => FileStore;
  const name = path.slice(cut);
  return [store(cut === 0 ? '.' : path.slice(0, cut)), path.startsWith('file://') ? decodeURIComponent(name) : name];
}
