import { parentPort, type Transferable } from 'node:worker_threads';
import { plainError } from '../../errors/transport.js';
import type { NumberedTask, TaskDone } from './workerPool.js';

/**
 * Has a worker thread do the tasks that it is sent, one after the other.
 *
 * @param perform does one
 * @param transfer memory of a result that goes over to the calling thread
 */
export function doTasks<Task, Result>(
  perform: (task: Task) => Promise<Result>,
  transfer: (result: Result) => readonly Transferable[] = () => [],
): void {
  let before: Promise<void> = Promise.resolve();
  parentPort?.on('message', ({ id, task }: NumberedTask<Task>) => {
    before = before
      .then(() => perform(task))
      .then(
        (result) => parentPort?.postMessage({ id, result } satisfies TaskDone<Result>, transfer(result)),
        (error: unknown) => parentPort?.postMessage({ id, error: plainError(error) } satisfies TaskDone<Result>),
      );
  });
}
