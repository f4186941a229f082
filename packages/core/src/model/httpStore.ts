import { isLulcError, LulcError } from '../errors/lulcError.js';
import { type FileStore, type NewFile, tooLarge } from './fileStore.js';
import type { NetworkOptions } from './formats.js';

const defaultTimeout = 60_000;

/**
 * Files beside each other on a web server.
 *
 * @param address a main file when it ends in `.json` or `.safetensors`, else a folder; a query goes with every request
 */
export function httpStore(address: URL, options: NetworkOptions): FileStore {
  const [, folder, file] = /^(.*?)([^/]*\.(?:json|safetensors))?$/.exec(address.pathname) ?? [];
  const base = new URL(address);
  base.pathname = folder.endsWith('/') ? folder : `${folder}/`;
  const location = `${base.origin}${base.pathname}`;
  const urlOf = (name: string): URL => {
    const url = new URL(base);
    url.pathname += name === file ? name : name.split('/').map(encodeURIComponent).join('/');
    return url;
  };
  return {
    location,
    main: file,
    read: (name, maxBytes) => download(urlOf(name), name, location, maxBytes, options),
    async replace(main: NewFile): Promise<void> {
      const init = { method: 'PUT', ...options.requestInit, body: new Blob([main.bytes]) };
      await request(urlOf(main.name), init, options, async () => {});
    },
  };
}

/** A `fetch` with this library's time-out and cancellation, for code that takes one. */
export function fetchWith(options: NetworkOptions): typeof fetch {
  return (input, init) => request(new URL(String(input)), init ?? {}, options, async (response) => response);
}

async function download(
  url: URL,
  name: string,
  location: string,
  maxBytes: number,
  options: NetworkOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  return request(url, { ...options.requestInit }, options, async (response, alive) => {
    const declared = Number(response.headers.get('content-length') ?? 0);
    if (declared > maxBytes) throw tooLarge(name, location, maxBytes);
    const chunks: Uint8Array[] = [];
    let length = 0;
    for (const reader = response.body?.getReader(); reader !== undefined; ) {
      const { done, value } = await reader.read();
      if (done) break;
      alive();
      length += value.byteLength;
      if (length > maxBytes) {
        await reader.cancel();
        throw tooLarge(name, location, maxBytes);
      }
      chunks.push(value);
    }
    const whole = new Uint8Array(length);
    let offset = 0;
    for (const chunk of chunks) {
      whole.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return whole;
  });
}

/** One exchange; `use` calls `alive` whenever something arrives, else it is given up after the time-out. */
async function request<T>(
  url: URL,
  init: RequestInit,
  { signal, timeout = defaultTimeout }: NetworkOptions,
  use: (response: Response, alive: () => void) => Promise<T>,
): Promise<T> {
  const control = new AbortController();
  const where = { file: url.pathname.slice(url.pathname.lastIndexOf('/') + 1), url: `${url.origin}${url.pathname}` };
  const silent = () => control.abort(new LulcError('network', `the server sent nothing for ${timeout} ms`, { where }));
  const cancel = () =>
    control.abort(new LulcError('aborted', 'the transfer was stopped', { where, cause: signal?.reason }));
  let timer = setTimeout(silent, timeout);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(silent, timeout);
  };
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const response = await fetch(url, { ...init, signal: control.signal });
    if (!response.ok) {
      await response.body?.cancel();
      throw new LulcError(
        response.status === 404 || response.status === 410 ? 'missing-file' : 'network',
        `the server answered ${response.status} ${response.statusText}`.trimEnd(),
        { where },
      );
    }
    alive();
    return await use(response, alive);
  } catch (cause) {
    if (isLulcError(cause)) throw cause;
    if (isLulcError(control.signal.reason)) throw control.signal.reason;
    throw new LulcError('network', 'the transfer failed', {
      where,
      hint: 'Check the address, the connection and, in a browser, that the server allows requests from this page.',
      cause,
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}
