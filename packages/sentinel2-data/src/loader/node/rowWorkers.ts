import { type WorkerPool, workerPool } from '../../threads/node/workerPool.js';
import type { RowsTask, WorkerSetup } from './protocol.js';
import type { RowReaderSetup } from './rowReader.js';

/**
 * Starts threads that write rows.
 *
 * @param count number of threads
 * @param reader what they read
 * @throws LulcError `unavailable` when the package was not built
 */
export function rowWorkers(count: number, reader: RowReaderSetup): WorkerPool<RowsTask, void> {
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const data: WorkerSetup = { reader, stop };
  return workerPool(count, { entry: 'loader-worker', what: 'loader', data, onClose: () => Atomics.store(stop, 0, 1) });
}
