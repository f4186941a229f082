import { folderStore } from '#platform';
import { LulcError } from '../errors/lulcError.js';
import { downloadStore, indexedDbStore } from './browserStores.js';
import type { FileStore } from './fileStore.js';
import type { ModelFormat, NetworkOptions } from './formats.js';
import { httpStore } from './httpStore.js';

/** Where a model is or shall be: files that this library handles, or a storage of TensorFlow.js. */
export type ModelLocation =
  | {
      readonly kind: 'files';
      readonly store: FileStore;
      readonly format: ModelFormat | undefined;
      /** The address, for the web. */
      readonly url?: URL;
    }
  | { readonly kind: 'handler'; readonly url: string };

/**
 * Understands a target or source.
 *
 * @param format what the caller asked for; else told from the name
 * @throws LulcError `invalid-argument` when the place cannot hold the format
 */
export function locate(place: string | URL, format: ModelFormat | undefined, options: NetworkOptions): ModelLocation {
  const text = String(place);
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1].toLowerCase();
  const rest = scheme === undefined ? text : text.slice(scheme.length + 3);
  if (rest === '') throw new LulcError('invalid-argument', 'the place of a model must not be empty');
  const named = formatOfName(text.replace(/[?#].*$/, ''));
  const files = (store: FileStore, url?: URL): ModelLocation => {
    if (store.main !== undefined && named !== undefined && format !== undefined && named !== format) {
      throw new LulcError('invalid-argument', `the name '${store.main}' does not suit the format '${format}'`);
    }
    return { kind: 'files', store, format: format ?? named, url };
  };

  const web = (url: URL): ModelLocation => files(httpStore(url, options), url);

  if (scheme === 'http' || scheme === 'https') return web(parseUrl(text));
  if (scheme === undefined || scheme === 'file') {
    return folderStore === undefined ? web(parseUrl(text, globalThis.location?.href)) : files(folderStore(text));
  }
  if ((format ?? named) !== 'safetensors') return { kind: 'handler', url: text };
  if (scheme === 'indexeddb') return { kind: 'files', store: indexedDbStore(rest), format: 'safetensors' };
  if (scheme === 'downloads') return { kind: 'files', store: downloadStore(rest), format: 'safetensors' };
  throw new LulcError('invalid-argument', `a safetensors file cannot be kept in ${scheme}://`, {
    hint: "Use indexeddb:// for it, or the format 'tfjs'.",
  });
}

function parseUrl(text: string, base?: string): URL {
  try {
    return new URL(text, base);
  } catch (cause) {
    throw new LulcError('invalid-argument', `'${text}' is not an address`, { cause });
  }
}

function formatOfName(name: string): ModelFormat | undefined {
  if (name.endsWith('.safetensors')) return 'safetensors';
  return name.endsWith('.json') ? 'tfjs' : undefined;
}
