import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { LulcError } from '@lulc/core';
import { restoredError } from '../../errors/transport.js';
import type { RowsDone, RowsTask, WorkerSetup } from './protocol.js';
import type { RowReaderSetup } from './rowReader.js';

/** Threads that write rows. */
export interface WorkerPool {
  /**
   * Has the thread with the least to do write some rows. A thread does its tasks one after the other; as it has them at
   * once, it goes on while the calling thread is busy.
   *
   * @param task the task, without its number
   */
  run(task: Omit<RowsTask, 'id'>): Promise<void>;
  /** Ends the threads; what they are at is waited for, the rest of their tasks fails. */
  close(): Promise<void>;
}

interface Job {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  readonly done: Promise<void>;
}

interface Member {
  readonly worker: Worker;
  readonly jobs: Map<number, Job>;
}

/**
 * Starts worker threads. They keep the process alive only while there is work.
 *
 * @param count number of threads
 * @param setup what they read
 * @throws LulcError `unavailable` when the package was not built
 */
export function workerPool(count: number, setup: RowReaderSetup): WorkerPool {
  const url = workerUrl();
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  let number = 0;
  let failure: LulcError | undefined;
  let closing = false;

  const fail = (error: LulcError): void => {
    failure ??= error;
    for (const { jobs, worker } of members) {
      for (const job of jobs.values()) job.reject(failure);
      jobs.clear();
      worker.unref();
    }
  };

  const members = Array.from({ length: count }, (): Member => {
    const workerData: WorkerSetup = { reader: setup, stop };
    // the options of the process (an inline program, a debugger, a loader of sources) are not for the threads
    const worker = new Worker(url, { workerData, name: 'lulc-loader', execArgv: [] });
    const jobs = new Map<number, Job>();
    worker.unref();
    worker.on('message', ({ id, error }: RowsDone) => {
      const job = jobs.get(id);
      jobs.delete(id);
      if (jobs.size === 0) worker.unref();
      if (error === undefined) job?.resolve();
      else job?.reject(restoredError(error));
    });
    worker.on('error', (cause) => {
      fail(new LulcError('internal', `a loader thread failed: ${cause.message}`, { cause }));
    });
    worker.on('exit', (code) => {
      if (!closing) fail(new LulcError('aborted', `a loader thread ended with code ${code}`));
    });
    return { worker, jobs };
  });

  return {
    run: (task) => {
      if (failure !== undefined) return Promise.reject(failure);
      const { worker, jobs } = members.reduce((best, member) => (member.jobs.size < best.jobs.size ? member : best));
      const job = newJob();
      const id = ++number;
      jobs.set(id, job);
      worker.ref();
      worker.postMessage({ ...task, id } satisfies RowsTask);
      return job.done;
    },
    close: async () => {
      closing = true;
      failure ??= new LulcError('aborted', 'the loader is closed');
      Atomics.store(stop, 0, 1);
      // native decoding must not be cut off
      await Promise.allSettled(members.flatMap(({ jobs }) => [...jobs.values()].map(({ done }) => done)));
      await Promise.all(
        members.map(({ worker }) => {
          worker.ref();
          return worker.terminate();
        }),
      );
    },
  };
}

function newJob(): Job {
  let resolve: () => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const done = new Promise<void>((onDone, onFailure) => {
    resolve = onDone;
    reject = onFailure;
  });
  return { resolve, reject, done };
}

/** The built worker: beside the built library, or in `dist` when the sources run. */
function workerUrl(): URL {
  const here = import.meta.url;
  const url = new URL(here.endsWith('.ts') ? '../../../dist/loader-worker.js' : './loader-worker.js', here);
  if (existsSync(fileURLToPath(url))) return url;
  throw new LulcError('unavailable', 'the loader thread is not built', {
    where: { file: fileURLToPath(url) },
    hint: 'Build the package first (npm run build), or use workers: 0.',
  });
}
