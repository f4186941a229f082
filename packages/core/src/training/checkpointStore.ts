/**
 * Where checkpoints are kept. A store keeps whole, named blobs and promises one thing: after `save` resolves the blob
 * survives a crash, and a crash during `save` leaves the earlier blobs untouched. Damage is found by the checkpoint's own
 * checksum, so a store needs no check of its own.
 */
export interface CheckpointStore {
  /** Human-readable place, for messages. */
  readonly location: string;
  /**
   * Keeps a blob, durably and atomically.
   *
   * @param name file-name safe, sorts by age
   * @param chunks its bytes, in order
   */
  save(name: string, chunks: readonly Uint8Array[]): Promise<void>;
  /** Names of all blobs, oldest first. */
  list(): Promise<readonly string[]>;
  /**
   * The bytes of a blob.
   *
   * @param name one of `list()`
   */
  load(name: string): Promise<Uint8Array>;
  /**
   * Forgets a blob; does nothing when it is not there.
   *
   * @param name one of `list()`
   */
  remove(name: string): Promise<void>;
}
