/** Entry of the loader's worker threads. */
import { parentPort, workerData } from 'node:worker_threads';
import { plainError } from '../../errors/transport.js';
import type { RowsDone, RowsTask } from './protocol.js';
import { type RowReaderSetup, rowReader } from './rowReader.js';

const readRow = rowReader(workerData as RowReaderSetup);

parentPort?.on('message', async (task: RowsTask) => {
  const { id, epoch, indices, files, out } = task;
  const values = out.length / indices.length;
  // all rows are waited for: none may still be writing when the batch is given away
  const outcomes = await Promise.allSettled(
    indices.map((index, row) => readRow(epoch, index, files[row], out.subarray(row * values, (row + 1) * values))),
  );
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  const done: RowsDone = { id, error: failure === undefined ? undefined : plainError(failure.reason) };
  parentPort?.postMessage(done);
});
