import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { LulcError } from '@lulc/core';
import { restoredError } from '../../errors/transport.js';
import type { RowsDone, RowsTask } from './protocol.js';
import type { RowReaderSetup } from './rowReader.js';

/** Threads that write rows. */
export interface WorkerPool {
  /**
   * Has a thread do a task.
   *
   * @param task the task, without its number
   */
  run(task: Omit<RowsTask, 'id'>): Promise<void>;
  /** Ends the threads; tasks that wait fail, tasks that run are waited for. */
  close(): Promise<void>;
}

/** Tasks that a thread has at once: one that it works on and the next. */
const tasksPerWorker = 2;

interface Job {
  readonly task: RowsTask;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
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
  const waiting: Job[] = [];
  let number = 0;
  let failure: LulcError | undefined;
  let closing = false;

  const fail = (error: LulcError): void => {
    failure ??= error;
    for (const job of waiting.splice(0)) job.reject(failure);
    for (const { jobs, worker } of members) {
      for (const job of jobs.values()) job.reject(failure);
      jobs.clear();
      worker.unref();
    }
  };

  const feed = (member: Member): void => {
    while (member.jobs.size < tasksPerWorker) {
      const job = waiting.shift();
      if (job === undefined) break;
      member.jobs.set(job.task.id, job);
      member.worker.postMessage(job.task);
    }
    if (member.jobs.size > 0) member.worker.ref();
    else member.worker.unref();
  };

  const members = Array.from({ length: count }, (): Member => {
    // the options of the process (an inline program, a debugger, a loader of sources) are not for the threads
    const worker = new Worker(url, { workerData: setup, name: 'lulc-loader', execArgv: [] });
    const member: Member = { worker, jobs: new Map() };
    member.worker.unref();
    member.worker.on('message', ({ id, error }: RowsDone) => {
      const job = member.jobs.get(id);
      member.jobs.delete(id);
      if (error === undefined) job?.resolve();
      else job?.reject(restoredError(error));
      feed(member);
    });
    member.worker.on('error', (cause) => {
      fail(new LulcError('internal', `a loader thread failed: ${cause.message}`, { cause }));
    });
    member.worker.on('exit', (code) => {
      if (!closing) fail(new LulcError('aborted', `a loader thread ended with code ${code}`));
    });
    return member;
  });

  return {
    run: (task) => {
      if (failure !== undefined) return Promise.reject(failure);
      const { promise, resolve, reject } = withResolvers();
      waiting.push({ task: { ...task, id: ++number }, done: promise, resolve, reject });
      feed(members.reduce((best, member) => (member.jobs.size < best.jobs.size ? member : best)));
      return promise;
    },
    close: async () => {
      closing = true;
      failure ??= new LulcError('aborted', 'the loader is closed');
      for (const job of waiting.splice(0)) job.reject(failure);
      // what a thread is at is waited for: native decoding must not be cut off
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

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve: () => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<void>((onDone, onFailure) => {
    resolve = onDone;
    reject = onFailure;
  });
  return { promise, resolve, reject };
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
