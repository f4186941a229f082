import { availableParallelism } from 'node:os';
import { type BatchSource, type Dataset, LulcError } from '@lulc/core';
import { type FileDataset, isFileDataset } from '../../dataset/fileDataset.js';
import { loadSharp } from '../../raster/node/readImage.js';
import { readStack } from '../../raster/node/readStack.js';
import { type BatchFiller, batchSource, writeLabel } from '../batchSource.js';
import { callingThread } from '../createLoader.js';
import type { WorkerLoaderOptions } from '../options.js';
import { type RowReaderSetup, rowReader, sampleCache } from './rowReader.js';
import { type WorkerPool, workerPool } from './workerPool.js';

/** Rows that a worker gets at once. */
const rowsPerTask = 8;

const defaultCacheBytes = 512 * 1024 * 1024;

/**
 * A loader whose worker threads decode, augment and scale samples into shared memory while the model trains. Order and
 * augmentation depend only on seed, epoch and sample: any number of workers gives the same batches, and a later
 * `fromStep` gives what an unbroken run would have seen.
 *
 * Datasets that do not lie in files (in memory, or of one's own) are read in the calling thread.
 *
 * The batches lie in shared memory that is used again: copy what must outlive the next batch (a tensor on the CPU
 * engine is only a view). Leaving the loop early is fine; `close()` ends the threads, which do not keep a process
 * alive by themselves.
 *
 * @param dataset what to read
 * @param options batches, order, augmentation, scaling, threads
 * @throws LulcError `invalid-argument`, `shape-mismatch`; while iterating also `unavailable` (package not built), `aborted`
 *   (closed meanwhile), and what reading a sample throws
 * @example
 * ```ts
 * // not run: needs EuroSAT
 * import { dihedral } from '@lulc/sentinel2-data';
 * import { createLoader, openDataset } from '@lulc/sentinel2-data/node';
 *
 * const dataset = await openDataset({ path: 'data/eurosat-rgb', split: 'train' });
 * const loader = createLoader(dataset, { batchSize: 64, shuffle: true, seed: 42, augment: dihedral, scaling: dataset.info.scaling });
 * for await (const { images, imageShape, labels } of loader.epoch(0)) console.log(imageShape, images.length, labels.length);
 * await loader.close();
 * ```
 */
export function createLoader(dataset: Dataset, options: WorkerLoaderOptions): BatchSource {
  const workers = options.workers ?? Math.max(1, Math.min(4, availableParallelism() - 1));
  const { cacheBytes = defaultCacheBytes } = options;
  if (!(Number.isInteger(workers) && workers >= 0 && workers <= 256) || !(cacheBytes >= 0)) {
    throw new LulcError('invalid-argument', 'workers must be 0 to 256 and cacheBytes 0 or more', {
      where: { workers, cacheBytes },
    });
  }
  const filler = isFileDataset(dataset)
    ? fileFiller(dataset, options, workers, cacheBytes)
    : callingThread(dataset, options);
  return batchSource(dataset.info, dataset.length, options, filler);
}

/** Rows of files, read in threads or, without any, here. */
function fileFiller(
  dataset: FileDataset,
  options: WorkerLoaderOptions,
  workers: number,
  cacheBytes: number,
): BatchFiller {
  const { seed = 0, augment = {}, scaling, resize = 'bicubic' } = options;
  const classes = dataset.info.classes.length;
  type WriteRows = (epoch: number, indices: readonly number[], out: Float32Array) => Promise<void>;
  let writeRows: WriteRows | undefined;
  let pool: WorkerPool | undefined;
  let closed = false;

  const inThreads = (threads: WorkerPool): WriteRows => {
    pool = threads;
    return (epoch, indices, out) =>
      threads.run({ epoch, indices, files: indices.map((index) => dataset.files(index)), out });
  };
  const here = (setup: RowReaderSetup): WriteRows => {
    const readRow = rowReader(setup);
    return async (epoch, indices, out) => {
      const values = out.length / indices.length;
      for (const [row, index] of indices.entries()) {
        await readRow(epoch, index, dataset.files(index), out.subarray(row * values, (row + 1) * values));
      }
    };
  };

  return {
    size: async (index) => {
      const image = await readStack(dataset.files(index), dataset.stack);
      const size = options.size ?? dataset.info.imageSize ?? ([image.shape[0], image.shape[1]] as const);
      const setup: RowReaderSetup = {
        stack: dataset.stack,
        preparation: { seed, augment, scaling, size, resize },
        cache: sampleCache(image, dataset.length, cacheBytes),
      };
      if (workers > 0) await loadSharp();
      if (closed) throw new LulcError('aborted', 'the loader is closed');
      writeRows ??= workers > 0 ? inThreads(workerPool(workers, setup)) : here(setup);
      return size;
    },
    allocate: (values) => new Float32Array(new SharedArrayBuffer(values * Float32Array.BYTES_PER_ELEMENT)),
    fill: async (epoch, indices, images, labels) => {
      const values = images.length / indices.length;
      const tasks: Promise<void>[] = [];
      for (let row = 0; row < indices.length; row += rowsPerTask) {
        const some = Array.from(indices.subarray(row, row + rowsPerTask));
        const out = images.subarray(row * values, (row + some.length) * values);
        if (writeRows !== undefined) tasks.push(writeRows(epoch, some, out));
      }
      indices.forEach((index, row) => {
        writeLabel(dataset.label(index), row, classes, labels);
      });
      // all parts are waited for: none may still be writing when the memory is used again
      const failure = (await Promise.allSettled(tasks)).find((outcome) => outcome.status === 'rejected');
      if (failure !== undefined) throw failure.reason;
    },
    close: async () => {
      closed = true;
      await pool?.close();
    },
  };
}
