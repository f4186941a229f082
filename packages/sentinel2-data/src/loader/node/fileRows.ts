import { availableParallelism } from 'node:os';
import { LulcError } from '@lulc/core';
import { loadSharp } from '../../raster/node/readImage.js';
import { readSample, type SampleFormat, type SampleSource } from '../../raster/node/readSample.js';
import type { WorkerPool } from '../../threads/node/workerPool.js';
import type { RowSource } from '../batchSource.js';
import type { RowDraw } from '../epochRows.js';
import type { WorkerOptions } from '../options.js';
import { newPlane, type Plane, rowsOf } from '../rowProgram.js';
import type { RowsTask } from './protocol.js';
import { type RowReaderSetup, rowReader, sampleCache } from './rowReader.js';
import { rowWorkers } from './rowWorkers.js';

/** Rows that a worker gets at once. */
const rowsPerTask = 8;

const defaultCacheBytes = 512 * 1024 * 1024;

/** Samples that lie in files. */
export interface SampleFiles {
  /** Number of samples. */
  readonly length: number;
  /** How they are read, by the number that a source names. */
  readonly formats: readonly SampleFormat[];
  /** Where a sample lies. */
  source(index: number): SampleSource;
}

/**
 * @param options options to check
 * @returns number of threads and memory for decoded samples
 * @throws LulcError `invalid-argument`
 */
export function workerSettings(options: WorkerOptions): Required<WorkerOptions> {
  const { workers = Math.max(1, Math.min(4, availableParallelism() - 1)), cacheBytes = defaultCacheBytes } = options;
  if (!(Number.isInteger(workers) && workers >= 0 && workers <= 256) || !(cacheBytes >= 0)) {
    throw new LulcError('invalid-argument', 'workers must be 0 to 256 and cacheBytes 0 or more', {
      where: { workers, cacheBytes },
    });
  }
  return { workers, cacheBytes };
}

/**
 * Rows of samples in files, read in threads or, without any, here.
 *
 * @param samples where they lie
 * @param settings number of threads and memory for decoded samples
 */
export function fileRows(samples: SampleFiles, { workers, cacheBytes }: Required<WorkerOptions>): RowSource {
  type WriteRows = (epoch: number, draws: readonly RowDraw[], planes: readonly Plane[]) => Promise<void>;
  let writeRows: WriteRows | undefined;
  let pool: WorkerPool<RowsTask, void> | undefined;
  let closed = false;

  const inThreads = (threads: WorkerPool<RowsTask, void>): WriteRows => {
    pool = threads;
    return (epoch, draws, planes) =>
      threads.run({ epoch, draws, sources: draws.map(({ index }) => samples.source(index)), planes });
  };
  const here = (setup: RowReaderSetup): WriteRows => {
    const readRow = rowReader(setup);
    return async (epoch, draws, planes) => {
      for (const [row, draw] of draws.entries()) {
        await readRow(epoch, draw, samples.source(draw.index), rowsOf(planes, draws.length, row, 1));
      }
    };
  };

  return {
    open: async (index, kind) => {
      const { formats } = samples;
      const source = samples.source(index);
      const sample = await readSample(source, formats[source.format ?? 0]);
      const { shape } = sample.image;
      const size = kind.size ?? ([shape[0], shape[1]] as const);
      const program = kind.program(size);
      const setup: RowReaderSetup = { formats, program, cache: sampleCache(sample, samples.length, cacheBytes) };
      if (workers > 0) await loadSharp();
      if (closed) throw new LulcError('aborted', 'the loader is closed');
      writeRows ??= workers > 0 ? inThreads(rowWorkers(workers, setup)) : here(setup);
      return { size, program };
    },
    allocate: (layout, rows) => newPlane(layout, rows, true),
    fill: async (epoch, draws, planes) => {
      const tasks: Promise<void>[] = [];
      for (let row = 0; row < draws.length; row += rowsPerTask) {
        const some = draws.slice(row, row + rowsPerTask);
        if (writeRows !== undefined) {
          tasks.push(writeRows(epoch, some, rowsOf(planes, draws.length, row, some.length)));
        }
      }
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
