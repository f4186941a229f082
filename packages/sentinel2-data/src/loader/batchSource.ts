import { LulcError } from '@lulc/core';
import { checkBatchOptions } from './epochOrder.js';
import { checkSampling, epochRows, type RowDraw } from './epochRows.js';
import type { BatchOptions, SamplingOptions } from './options.js';
import { type Plane, type PlaneLayout, planesOf, type RowProgram, rowsOf } from './rowProgram.js';

/** What batches are made of and what they look like. */
export interface BatchKind<B> {
  /** `[height, width]` of the rows where it does not depend on the images. */
  readonly size: readonly [number, number] | undefined;
  /**
   * What is made of each sample.
   *
   * @param size `[height, width]` of the rows
   */
  program(size: readonly [number, number]): RowProgram;
  /** The batch that rows make. */
  batch(rows: FilledRows): B;
}

/** The rows of a batch. */
export interface FilledRows {
  /** Number of the epoch. */
  readonly epoch: number;
  /** Dataset indices of the rows. */
  readonly indices: readonly number[];
  /** `[height, width]` of the rows. */
  readonly size: readonly [number, number];
  /** What the program wrote, see {@link planesOf}. */
  readonly planes: readonly Plane[];
}

/** What differs between loaders: where samples are read. */
export interface RowSource {
  /**
   * Gets ready; called before the first batch, with a sample that is about to be read.
   *
   * @returns `[height, width]` of the rows and what is made of each sample
   */
  open(
    index: number,
    kind: BatchKind<unknown>,
  ): Promise<{ readonly size: readonly [number, number]; readonly program: RowProgram }>;
  /** Memory for a plane of a batch. */
  allocate(layout: PlaneLayout, rows: number): Plane;
  /**
   * Writes the rows of a batch.
   *
   * @param epoch number of the epoch
   * @param draws the rows
   * @param planes planes of as many rows
   */
  fill(epoch: number, draws: readonly RowDraw[], planes: readonly Plane[]): Promise<void>;
  /** Frees what it holds; what is under way fails. */
  close(): Promise<void>;
}

/** Batches of any kind. */
export interface Batches<B> {
  readonly length: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  epoch(epoch: number, fromStep?: number): AsyncIterable<B>;
  close(): Promise<void>;
}

interface Filled<B> {
  readonly batch: B;
  readonly slot: readonly Plane[];
}

/**
 * Batches from a source of rows: order, bounded read-ahead into reused memory, resume, orderly end.
 *
 * @param dataset number of samples and bands
 * @param options what the batches are to be
 * @param kind what they are made of
 * @param rows where the rows come from
 * @throws LulcError `invalid-argument`, `shape-mismatch`
 */
export function batchSource<B>(
  dataset: { readonly length: number; readonly info: { readonly bands: readonly string[] } },
  options: BatchOptions & { readonly sampling?: SamplingOptions },
  kind: BatchKind<B>,
  rows: RowSource,
): Batches<B> {
  const { length } = dataset;
  const bands = dataset.info.bands.length;
  checkBatchOptions(options, length, bands);
  const { batchSize, prefetch = 2, dropRemainder = false, sampling } = options;
  if (sampling !== undefined) checkSampling(sampling);
  const epochs = epochRows(length, options);
  const { length: ownLength, steps } = epochs;
  if (steps === 0 && dropRemainder) {
    throw new LulcError('invalid-argument', `${ownLength} samples make no full batch of ${batchSize}`, {
      hint: 'Lower batchSize or keep the remainder.',
    });
  }
  const free: (readonly Plane[])[] = [];
  let opening: ReturnType<RowSource['open']> | undefined;
  let closed = false;

  const open = (): void => {
    if (closed) throw new LulcError('aborted', 'the loader is closed');
  };
  const opened = (index: number): ReturnType<RowSource['open']> => {
    opening ??= rows.open(index, kind).catch((error: unknown) => {
      // whoever asks next may have more luck, e.g. with another sample
      opening = undefined;
      throw error;
    });
    return opening;
  };

  async function* epochFrom(epoch: number, fromStep: number): AsyncGenerator<B, void, undefined> {
    open();
    if (fromStep >= steps) return;
    const drawsOf = epochs.of(epoch);
    const { size, program } = await opened(drawsOf(fromStep)[0].index);
    const layouts = planesOf(program, bands);
    const start = (step: number): Promise<Filled<B>> => {
      const draws = drawsOf(step);
      const indices = draws.map(({ index }) => index);
      const slot = free.pop() ?? layouts.map((layout) => rows.allocate(layout, batchSize));
      const planes = rowsOf(slot, batchSize, 0, indices.length);
      const batch = kind.batch({ epoch, indices, size, planes });
      const filled = rows.fill(epoch, draws, planes).then(() => ({ batch, slot }));
      // a failure is reported when its turn comes; until then it must not count as unhandled
      filled.catch(() => {});
      return filled;
    };
    const ahead: Promise<Filled<B>>[] = [];
    let next = fromStep;
    let held: readonly Plane[] | undefined;
    try {
      for (let step = fromStep; step < steps; step++) {
        while (next < steps && ahead.length <= prefetch) ahead.push(start(next++));
        const ready = await ahead[0];
        ahead.shift();
        held = ready.slot;
        yield ready.batch;
        open();
        free.push(held);
        held = undefined;
      }
    } finally {
      if (held !== undefined) free.push(held);
      for (const outcome of await Promise.allSettled(ahead)) {
        if (outcome.status === 'fulfilled') free.push(outcome.value.slot);
      }
    }
  }

  return {
    length: ownLength,
    batchSize,
    stepsPerEpoch: steps,
    epoch: (epoch, fromStep = 0) => {
      if (!Number.isInteger(epoch) || epoch < 0 || !Number.isInteger(fromStep) || fromStep < 0) {
        throw new LulcError('invalid-argument', 'epoch and step are whole numbers from 0', {
          where: { epoch, fromStep },
        });
      }
      return { [Symbol.asyncIterator]: () => epochFrom(epoch, fromStep) };
    },
    close: async () => {
      if (closed) return;
      closed = true;
      free.length = 0;
      await rows.close();
    },
  };
}
