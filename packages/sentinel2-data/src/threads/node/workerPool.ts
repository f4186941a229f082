import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Transferable, Worker } from 'node:worker_threads';
import { LulcError } from '@lulc/core';
import { type PlainError, restoredError } from '../../errors/transport.js';

/** A task as it travels to a thread. */
export interface NumberedTask<Task> {
  /** Number of the task. */
  readonly id: number;
  /** What to do. */
  readonly task: Task;
}

/** That a task is done, or why not. */
export interface TaskDone<Result> {
  /** Number of the task. */
  readonly id: number;
  /** What it gave. */
  readonly result?: Result;
  /** Why it failed. */
  readonly error?: PlainError;
}

/** Threads that do tasks. */
export interface WorkerPool<Task, Result> {
  /**
   * Has the thread with the least to do take a task. A thread does its tasks one after the other; as it has them at once, it goes on while
   * the calling thread is busy.
   *
   * @param task what to do
   * @param transfer memory that goes over to the thread
   */
  run(task: Task, transfer?: readonly Transferable[]): Promise<Result>;
  /** Ends the threads; what they are at is waited for, the rest of their tasks fails. */
  close(): Promise<void>;
}

/** Which threads. */
export interface WorkerKind {
  /** File of the built package without its ending. */
  readonly entry: string;
  /** What people call it: the loader, the decoder. */
  readonly what: string;
  /** What threads are started with. */
  readonly data?: unknown;
  /** Called before threads are ended, so that they give up what they have not begun. */
  readonly onClose?: () => void;
}

interface Job<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  readonly done: Promise<Result>;
}

interface Member<Result> {
  readonly worker: Worker;
  readonly jobs: Map<number, Job<Result>>;
}

/**
 * Starts worker threads. They keep the process alive only while there is work.
 *
 * @param count number of threads
 * @param kind which
 * @throws LulcError `unavailable` when the package was not built
 */
export function workerPool<Task, Result>(count: number, kind: WorkerKind): WorkerPool<Task, Result> {
  const { entry, what, data, onClose } = kind;
  const url = workerFile(entry);
  if (!existsSync(fileURLToPath(url))) {
    throw new LulcError('unavailable', `the thread of the ${what} is not built`, {
      where: { file: fileURLToPath(url) },
      hint: 'Build the package first (npm run build), or use workers: 0.',
    });
  }
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

  const members = Array.from({ length: count }, (): Member<Result> => {
    // the options of the process (an inline program, a debugger, a loader of sources) are not for the threads
    const worker = new Worker(url, { workerData: data, name: `lulc-${what}`, execArgv: [] });
    const jobs = new Map<number, Job<Result>>();
    worker.unref();
    worker.on('message', ({ id, error, result }: TaskDone<Result>) => {
      const job = jobs.get(id);
      jobs.delete(id);
      if (jobs.size === 0) worker.unref();
      if (error === undefined) job?.resolve(result as Result);
      else job?.reject(restoredError(error));
    });
    worker.on('error', (cause) => {
      fail(new LulcError('internal', `a thread of the ${what} failed: ${cause.message}`, { cause }));
    });
    worker.on('exit', (code) => {
      if (!closing) fail(new LulcError('aborted', `a thread of the ${what} ended with code ${code}`));
    });
    return { worker, jobs };
  });

  return {
    run: (task, transfer = []) => {
      if (failure !== undefined) return Promise.reject(failure);
      const { worker, jobs } = members.reduce((best, member) => (member.jobs.size < best.jobs.size ? member : best));
      const job = newJob<Result>();
      const id = ++number;
      jobs.set(id, job);
      worker.ref();
      worker.postMessage({ id, task } satisfies NumberedTask<Task>, transfer);
      return job.done;
    },
    close: async () => {
      closing = true;
      failure ??= new LulcError('aborted', `the ${what} is closed`);
      onClose?.();
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

function newJob<Result>(): Job<Result> {
  let resolve: (result: Result) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const done = new Promise<Result>((onDone, onFailure) => {
    resolve = onDone;
    reject = onFailure;
  });
  return { resolve, reject, done };
}

/** True where the sources run, whose threads are those of the last build. */
const fromSources = import.meta.url.endsWith('.ts');

/** A built worker: beside the built library, or in `dist` when the sources run. */
function workerFile(entry: string): URL {
  return new URL(`${fromSources ? '../../../dist' : '.'}/${entry}.js`, import.meta.url);
}

/**
 * Whether threads may be used without having been asked for: the library is built, and they with it.
 *
 * @param entry file of the built package without its ending
 */
export function isBuilt(entry: string): boolean {
  return !fromSources && existsSync(fileURLToPath(workerFile(entry)));
}
