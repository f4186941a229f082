/** Something that takes memory. */
interface Sized {
  /** Bytes of it. */
  readonly byteLength: number;
}

/** Keeps what was used last. */
export interface BlockCache<T extends Sized> {
  /**
   * What is kept under a key, else what is loaded, which is then kept. Asked for twice at the same time, it is loaded once.
   *
   * @param key which
   * @param load makes it
   */
  get(key: string, load: () => Promise<T>): Promise<T>;
  /** Forgets everything. */
  clear(): void;
}

/**
 * A cache of a number of bytes; what was not used for longest goes first.
 *
 * @param limit bytes that are kept at most, not counting what is being loaded
 */
export function blockCache<T extends Sized>(limit: number): BlockCache<T> {
  // A Map lists its keys in the order in which they were set: the least recently used first.
  const loading = new Map<string, Promise<T>>();
  const kept = new Map<string, T>();
  let bytes = 0;
  const keep = (key: string, block: T) => {
    kept.set(key, block);
    bytes += block.byteLength;
    for (const [oldest, { byteLength }] of kept) {
      if (bytes <= limit) break;
      kept.delete(oldest);
      bytes -= byteLength;
    }
  };
  return {
    get: (key, load) => {
      const block = kept.get(key);
      if (block !== undefined) {
        kept.delete(key);
        kept.set(key, block);
        return Promise.resolve(block);
      }
      const begun = loading.get(key);
      if (begun !== undefined) return begun;
      const promise = load()
        .then((loaded) => {
          if (loading.get(key) === promise) keep(key, loaded);
          return loaded;
        })
        .finally(() => {
          if (loading.get(key) === promise) loading.delete(key);
        });
      loading.set(key, promise);
      return promise;
    },
    clear: () => {
      loading.clear();
      kept.clear();
      bytes = 0;
    },
  };
}
