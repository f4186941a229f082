import { LulcError, type NamedVariable, random, requireCount } from '@lulc/core';
import type { Rank, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { assignUntaped } from './withoutGradient.js';

/** Embeddings of earlier batches, newest first. */
export interface EmbeddingQueue {
  /** `[size, dimensions]`: rows of length 1; part of checkpoints. */
  readonly entry: NamedVariable;
  /** The embeddings at this moment, without gradient. */
  rows(): Tensor2D;
  /**
   * Puts rows in front and forgets as many of the oldest.
   *
   * @param rows `[n, dimensions]` of length 1
   */
  push(rows: Tensor2D): void;
  /** Frees it. */
  dispose(): void;
}

/** Size of an {@link embeddingQueue}, and what it begins with. */
export interface QueueOptions {
  /** Name of the variable. */
  readonly name: string;
  /** Rows it holds; a multiple of the batch. */
  readonly size: number;
  /** Length of a row. */
  readonly dimensions: number;
  /** Rows that come in at a time. */
  readonly batchSize: number;
  /** Seed of the first rows. */
  readonly seed: number;
}

/**
 * A queue of embeddings (MoCo, He et al. 2020, arXiv:1911.05722) that starts with random directions. The loss rises at
 * first, as real embeddings, which are harder negatives, take their place.
 *
 * @param options see {@link QueueOptions}
 * @throws LulcError `invalid-argument` when the size is no multiple of the batch
 */
export function embeddingQueue({ name, size, dimensions, batchSize, seed }: QueueOptions): EmbeddingQueue {
  requireCount({ queue: size });
  if (size % batchSize !== 0) {
    throw new LulcError('invalid-argument', `a queue of ${size} is no multiple of the batch size ${batchSize}`, {
      where: { option: 'queue' },
      hint: `Use ${Math.max(1, Math.round(size / batchSize)) * batchSize}.`,
    });
  }
  const draws = random(seed, 0);
  const first = Array.from({ length: size }, () => unit(Array.from({ length: dimensions }, () => draws.normal())));
  const variable = tf.tidy(() => tf.variable(tf.tensor2d(first), false)) as Variable<Rank.R2>;
  return {
    entry: { name, variable },
    rows: () => variable,
    push: (rows) => {
      assignUntaped(() => {
        const kept = tf.slice(variable, [0, 0], [size - rows.shape[0], dimensions]);
        variable.assign(tf.concat([rows, kept]) as Tensor2D);
      });
    },
    dispose: () => variable.dispose(),
  };
}

function unit(row: readonly number[]): number[] {
  const length = Math.hypot(...row);
  return row.map((value) => value / length);
}
