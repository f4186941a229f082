import type { SampleSource } from '../../raster/node/readSample.js';
import type { RowDraw } from '../epochRows.js';
import type { Plane } from '../rowProgram.js';
import type { RowReaderSetup } from './rowReader.js';

/** Some rows of a batch, to be written by a worker. */
export interface RowsTask {
  /** Number of the epoch. */
  readonly epoch: number;
  /** The rows. */
  readonly draws: readonly RowDraw[];
  /** Where each row's sample lies. */
  readonly sources: readonly SampleSource[];
  /** Where to write; the rows follow each other. Lies in shared memory. */
  readonly planes: readonly Plane[];
}

/** What a worker is started with. */
export interface WorkerSetup {
  /** What it reads, and what it makes of it. */
  readonly reader: RowReaderSetup;
  /** One value: 1 once the loader is closed. Shared memory. */
  readonly stop: Int32Array;
}
