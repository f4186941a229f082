import { LulcError } from '../errors/lulcError.js';

/**
 * Where checkpoints are kept. A store keeps whole, named blobs and promises one thing: after `save` resolves the blob
 * survives a crash, and a crash during `save` leaves the earlier blobs untouched. Damage is found by the checkpoint's own
 * checksum, so a store needs no check of its own.
 */
export interface CheckpointStore {
  /** Human-readable place, for messages. */
  readonly location: string;
  /**
   * Keeps a blob, durably and atomically; replaces one of the same name.
   *
   * @param name lower-case letters, digits and hyphens; names sort by age
   * @param bytes the whole blob
   */
  save(name: string, bytes: Uint8Array): Promise<void>;
  /** Names of all blobs, oldest first. */
  list(): Promise<readonly string[]>;
  /**
   * The bytes of a blob.
   *
   * @param name one of `list()`
   * @throws LulcError `missing-file` when it is not there
   */
  load(name: string): Promise<Uint8Array>;
  /**
   * Forgets a blob; does nothing when it is not there.
   *
   * @param name one of `list()`
   */
  remove(name: string): Promise<void>;
}

/**
 * A store in the memory of this process, for tests and for runs that only need to be paused.
 *
 * @returns an empty store
 */
export function memoryCheckpoints(): CheckpointStore {
  const blobs = new Map<string, Uint8Array>();
  return {
    location: 'memory',
    save: async (name, bytes) => {
      blobs.set(name, bytes.slice());
    },
    list: async () => [...blobs.keys()].sort(),
    load: async (name) => {
      const bytes = blobs.get(name);
      if (bytes === undefined) throw new LulcError('missing-file', 'no such checkpoint', { where: { name } });
      return bytes.slice();
    },
    remove: async (name) => {
      blobs.delete(name);
    },
  };
}
