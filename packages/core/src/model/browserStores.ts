import { LulcError } from '../errors/lulcError.js';
import { type FileStore, type NewFile, tooLarge } from './fileStore.js';

const database = 'lulc-models';
const objectStore = 'files';

/** One safetensors file in the browser's IndexedDB, under a name. */
export function indexedDbStore(name: string): FileStore {
  const location = `indexeddb://${name}`;
  return {
    location,
    main: name,
    async read(_file, maxBytes) {
      const stored: unknown = await transact('readonly', (store) => store.get(name));
      if (!(stored instanceof Blob)) {
        throw new LulcError('missing-file', 'no model is stored under this name', { where: { in: location } });
      }
      if (stored.size > maxBytes) throw tooLarge(name, location, maxBytes);
      return new Uint8Array(await stored.arrayBuffer());
    },
    async replace(main: NewFile) {
      await transact('readwrite', (store) => store.put(new Blob([main.bytes]), name));
    },
  };
}

/** A file that the browser saves to the user's download folder. */
export function downloadStore(name: string): FileStore {
  const location = `downloads://${name}`;
  return {
    location,
    main: name,
    async read() {
      throw new LulcError('invalid-argument', 'a download can be saved to, not loaded from', {
        where: { in: location },
      });
    },
    async replace(main: NewFile) {
      if (typeof document === 'undefined') {
        throw new LulcError('unavailable', 'only a browser page can save a download', { where: { in: location } });
      }
      const url = URL.createObjectURL(new Blob([main.bytes], { type: 'application/octet-stream' }));
      const anchor = document.createElement('a');
      anchor.href = url;
      anchor.download = name.endsWith('.safetensors') ? name : `${name}.safetensors`;
      anchor.click();
      // The browser takes the data over after this turn of its event loop; a minute is ample.
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    },
  };
}

/** Runs one request on the database, and resolves when the transaction is durable. */
async function transact<T>(mode: IDBTransactionMode, run: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  if (typeof indexedDB === 'undefined') {
    throw new LulcError('unavailable', 'IndexedDB is not available here', { hint: 'It is a storage of browsers.' });
  }
  const opening = indexedDB.open(database, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(objectStore);
  const db = await settled(opening, opening, 'onsuccess');
  try {
    const transaction = db.transaction(objectStore, mode);
    const request = run(transaction.objectStore(objectStore));
    await settled(request, transaction, 'oncomplete');
    return request.result;
  } finally {
    db.close();
  }
}

/** The result of `request` once `source` reports success. */
function settled<T, K extends string>(
  request: IDBRequest<T>,
  source: { [key in K]: unknown } & { onerror: unknown; onabort?: unknown },
  success: K,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = () =>
      reject(new LulcError('unavailable', 'the browser storage refused the request', { cause: request.error }));
    Object.assign(source, { [success]: () => resolve(request.result), onerror: fail, onabort: fail });
  });
}
