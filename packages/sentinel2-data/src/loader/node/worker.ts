/** Entry of the loader's worker threads. */
import { workerData } from 'node:worker_threads';
import { LulcError } from '@lulc/core';
import { doTasks } from '../../threads/node/doTasks.js';
import { rowsOf } from '../rowProgram.js';
import type { RowsTask, WorkerSetup } from './protocol.js';
import { rowReader } from './rowReader.js';

const { reader, stop } = workerData as WorkerSetup;
const readRow = rowReader(reader);

async function writeRows({ epoch, draws, sources, planes }: RowsTask): Promise<void> {
  if (Atomics.load(stop, 0) === 1) throw new LulcError('aborted', 'the loader is closed');
  // all rows are waited for: none may still be writing when the batch is given away
  const outcomes = await Promise.allSettled(
    draws.map((draw, row) => readRow(epoch, draw, sources[row], rowsOf(planes, draws.length, row, 1))),
  );
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

// one task at a time, so that the number of open files is bounded
doTasks(writeRows);
