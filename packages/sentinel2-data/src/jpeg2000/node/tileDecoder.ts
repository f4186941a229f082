import { availableParallelism } from 'node:os';
import { LulcError } from '@lulc/core';
import { isBuilt, type WorkerPool, workerPool } from '../../threads/node/workerPool.js';
import { decodeTile, type TileShape, type TileValues } from './openJpeg.js';

/** What a thread is asked for. */
export interface TileTask {
  /** A codestream of one tile. */
  readonly codestream: Uint8Array;
  /** What it must decode to. */
  readonly shape: TileShape;
}

/** Decodes tiles. */
export interface TileDecoder {
  /**
   * @param codestream of one tile; it must not be used again
   * @param shape what it must decode to
   * @throws LulcError `corrupt-file`
   */
  decode(codestream: Uint8Array, shape: TileShape): Promise<TileValues>;
  /** Ends the threads. */
  close(): Promise<void>;
}

const entry = 'jpeg2000-worker';

/** Each has a decoder's memory of some 50 MiB. */
const mostThreads = 4;

/**
 * Decodes in threads of its own, which start with the first tile.
 *
 * @param workers number of threads, 0 for the calling thread; default: one per processor, at most four
 * @throws LulcError `invalid-argument`
 */
export function tileDecoder(workers?: number): TileDecoder {
  const count = workers ?? (isBuilt(entry) ? Math.min(mostThreads, availableParallelism()) : 0);
  if (!(Number.isInteger(count) && count >= 0 && count <= 256)) {
    throw new LulcError('invalid-argument', 'workers must be 0 to 256', { where: { workers: count } });
  }
  let pool: WorkerPool<TileTask, TileValues> | undefined;
  return {
    decode: (codestream, shape) => {
      if (count === 0) return decodeTile(codestream, shape);
      pool ??= workerPool(count, { entry, what: 'decoder' });
      return pool.run({ codestream, shape }, [codestream.buffer as ArrayBuffer]);
    },
    close: async () => pool?.close(),
  };
}
