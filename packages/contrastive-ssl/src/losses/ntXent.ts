import { knownOption, LulcError, requireAbove, requireCount } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { unitRows } from './unitRows.js';

/** What an anchor is compared with: everything else in the pool, or everything but its own positive. */
export type Denominator = 'all' | 'negatives';

/** Options of {@link ntXent}. */
export interface NtXentOptions {
  /** Divisor of the cosine similarities, > 0; default 0.5. */
  readonly temperature?: number;
  /**
   * `'all'` (default): positive and negatives, the normalised cross-entropy of SimCLR, at least 0. `'negatives'`: negatives
   * only plus 1e-8, as GLCNet's published code has it ("decoupled"), which may be below 0. The scales of the two differ.
   */
  readonly denominator?: Denominator;
  /** `[N]`: 1 for a pair that counts, 0 for one that is neither anchor nor negative. Default: all count. */
  readonly valid?: tf.Tensor1D;
  /**
   * `[2N, axes, 2]`: an interval (from, to) along each axis for every row of the pool, all of view 1 before all of view 2.
   * Rows whose intervals meet on every axis are not negatives of each other. With the axes image number, x and y these
   * are the patches of ground that the rows show. Default: every other pair is negative.
   */
  readonly footprints?: tf.Tensor3D;
  /**
   * Rows of the pool that are compared with all others at a time, from 1; value and gradient do not depend on it. Default:
   * as many as make 2²² similarities.
   */
  readonly chunk?: number;
}

/** Similarities held at a time when nothing else is asked for: 16 MiB. */
const similaritiesAtATime = 2 ** 22;
/** What the published code adds to a sum of negatives; here one more logit, so that nothing overflows. */
const logOfSmallTerm = Math.log(1e-8);
/** A logit that counts for nothing. */
const nothing = -1e9;

/**
 * Normalised temperature-scaled cross-entropy of pairs (Chen et al. 2020, arXiv:2002.05709, with the denominator of
 * Yeh et al. 2021, arXiv:2110.06848, as an option): all `2N` rows are scaled to length 1 and compared with each other, and
 * the loss is the mean over rows of `−log(e^{s⁺/τ} / Σ e^{s/τ})`.
 *
 * Memory: the pool is taken in chunks of rows, and the gradient is made in the same pass, so that about
 * `6 · chunk · 2N + 6 · 2N · D` numbers live at a time instead of several `(2N)²` until the backward pass. For a pool of
 * 2,048 by 2,048 similarities that is one chunk, 96 MiB in all at most; ten times as many rows take the same for their
 * similarities. The size of the images plays no part: only the rows given here do.
 *
 * @param zi embeddings of view 1, `[N, D]`
 * @param zj embeddings of view 2 of the same things, `[N, D]`
 * @param options see {@link NtXentOptions}
 * @returns scalar, differentiable in `zi` and `zj`
 * @throws LulcError `shape-mismatch` when shapes differ, `invalid-argument` or `unknown-name` for an option
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import { useEngine } from '@lulc/core';
 * import { ntXent } from '@lulc/contrastive-ssl';
 *
 * await useEngine('cpu');
 * const same = tf.ones([4, 8]) as tf.Tensor2D;
 * console.log(ntXent(same, same).dataSync()[0].toFixed(4), Math.log(7).toFixed(4)); // 1.9459 1.9459
 * console.log(ntXent(same, same, { denominator: 'negatives' }).dataSync()[0].toFixed(4), Math.log(6).toFixed(4)); // 1.7918 1.7918
 * ```
 */
export function ntXent(zi: tf.Tensor2D, zj: tf.Tensor2D, options: NtXentOptions = {}): tf.Scalar {
  const { temperature = 0.5, denominator = 'all', valid, footprints } = options;
  requireAbove(0, { temperature });
  knownOption('denominator', denominator, ['all', 'negatives']);
  const rows = checkedRows(zi, zj, valid, footprints);
  const chunk = options.chunk ?? Math.max(1, Math.floor(similaritiesAtATime / rows));
  requireCount({ chunk });
  return tf.tidy(() => {
    const pool = unitRows(tf.concat([zi, zj]));
    const op = tf.customGrad((...args) => {
      const [z, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
      const [value, gradient] = lossAndGradient({ z, temperature, denominator, valid, footprints, chunk });
      save([gradient]);
      return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(saved[0], dy) };
    });
    return op(pool) as tf.Scalar;
  });
}

interface Pool extends Required<Pick<NtXentOptions, 'temperature' | 'denominator' | 'chunk'>> {
  readonly z: tf.Tensor2D;
  readonly valid: tf.Tensor1D | undefined;
  readonly footprints: tf.Tensor3D | undefined;
}

/**
 * With s = z zᵀ / τ, p the softmax of each row over what it is compared with, w the weight of a row, and z⁺ its partner:
 * loss = Σ w (log Σ e^s − s⁺) and its gradient (p̂ z + p̂ᵀ z − 2 w z⁺) / τ, where p̂ = w p.
 */
function lossAndGradient(pool: Pool): [value: tf.Scalar, gradient: tf.Tensor2D] {
  const { z, temperature, chunk } = pool;
  const rows = z.shape[0];
  const partners = tf.concat([tf.slice(z, [rows / 2, 0]), tf.slice(z, [0, 0], [rows / 2, -1])]);
  const weights = rowWeights(rows, pool.valid);
  const positive = tf.sum(tf.mul(tf.sum(tf.mul(z, partners), 1, true), weights));
  let sums: Sums | undefined;
  const fromRows: tf.Tensor2D[] = [];
  for (let from = 0; from < rows; from += chunk) {
    const part = tf.tidy(() => chunkSums(pool, weights, from, Math.min(chunk, rows - from)));
    fromRows.push(part.fromRows);
    sums = sums === undefined ? part : addSums(sums, part);
  }
  const { logSums, fromColumns } = sums as Sums;
  const gradient = tf.sub(tf.add(tf.concat(fromRows), fromColumns), tf.mul(tf.mul(partners, weights), 2));
  return [tf.sub(logSums, tf.div(positive, temperature)) as tf.Scalar, tf.div(gradient, temperature) as tf.Tensor2D];
}

/** Weight of each row `[2N, 1]`: equal for those that count, in all 1. */
function rowWeights(rows: number, valid: tf.Tensor1D | undefined): tf.Tensor2D {
  if (valid === undefined) return tf.fill([rows, 1], 1 / rows);
  const both = tf.reshape(tf.concat([valid, valid]), [rows, 1]) as tf.Tensor2D;
  return tf.div(both, tf.maximum(tf.sum(both), 1));
}

type Sums = {
  /** `Σ w log Σ e^s`. */
  readonly logSums: tf.Tensor;
  /** `p̂ᵀ z`, `[2N, D]`. */
  readonly fromColumns: tf.Tensor;
};

function addSums(sums: Sums, part: Sums): Sums {
  const next = tf.tidy(() => ({
    logSums: tf.add(sums.logSums, part.logSums),
    fromColumns: tf.add(sums.fromColumns, part.fromColumns),
  }));
  tf.dispose([sums.logSums, sums.fromColumns, part.logSums, part.fromColumns]);
  return next;
}

/** What the rows from one on give: their part of the sums, and `p̂ z` for themselves. */
function chunkSums(pool: Pool, weights: tf.Tensor2D, from: number, count: number): Sums & { fromRows: tf.Tensor2D } {
  const { z, temperature, denominator } = pool;
  const anchors = tf.slice(z, [from, 0], [count, -1]);
  const weight = tf.slice(weights, [from, 0], [count, 1]);
  const similarities = tf.matMul(tf.mul(anchors, 1 / temperature), z, false, true);
  const logits = tf.where(isLeftOut(pool, from, count), nothing, similarities);
  const largest = tf.max(logits, 1, true);
  const shift = denominator === 'negatives' ? tf.maximum(largest, logOfSmallTerm) : largest;
  const powers = tf.exp(tf.sub(logits, shift));
  const ofOthers = tf.sum(powers, 1, true);
  const sum = denominator === 'negatives' ? tf.add(ofOthers, tf.exp(tf.sub(logOfSmallTerm, shift))) : ofOthers;
  const shares = tf.mul(powers, tf.div(weight, sum)) as tf.Tensor2D;
  return {
    logSums: tf.sum(tf.mul(weight, tf.add(tf.log(sum), shift))),
    fromRows: tf.matMul(shares, z),
    fromColumns: tf.matMul(shares, anchors, true),
  };
}

/** What a row is not compared with, `[count, 2N]`: itself, pairs that do not count, ground it shows, too. */
function isLeftOut({ z, denominator, valid, footprints }: Pool, from: number, count: number): tf.Tensor {
  const size = z.shape[0];
  const columns = tf.reshape(tf.range(0, size, 1, 'int32'), [1, size]);
  const rows = tf.reshape(tf.range(from, from + count, 1, 'int32'), [count, 1]);
  const isPartner = tf.equal(columns, tf.mod(tf.add(rows, tf.scalar(size / 2, 'int32')), tf.scalar(size, 'int32')));
  let out: tf.Tensor = tf.equal(columns, rows);
  if (denominator === 'negatives') out = tf.logicalOr(out, isPartner);
  if (valid !== undefined) {
    const isInvalid = tf.equal(tf.reshape(tf.concat([valid, valid]), [1, size]), 0);
    out = tf.logicalOr(out, tf.tile(isInvalid, [count, 1]));
  }
  if (footprints !== undefined) {
    out = tf.logicalOr(out, tf.logicalAnd(meet(footprints, from, count), tf.logicalNot(isPartner)));
  }
  return out;
}

/** Whether footprints meet, `[count, 2N]`: on every axis each begins before the other ends. */
function meet(footprints: tf.Tensor3D, from: number, count: number): tf.Tensor {
  const [size, axes] = footprints.shape;
  const bound = (axis: number, side: 0 | 1): tf.Tensor => tf.slice(footprints, [0, axis, side], [size, 1, 1]);
  const onAxis = Array.from({ length: axes }, (_, axis) => {
    const [begin, end] = [bound(axis, 0), bound(axis, 1)].map((values) => tf.reshape(values, [size]));
    const [ownBegin, ownEnd] = [begin, end].map((values) => tf.reshape(tf.slice(values, from, count), [count, 1]));
    return tf.logicalAnd(tf.less(begin, ownEnd), tf.less(ownBegin, end));
  });
  return onAxis.reduce((all, next) => tf.logicalAnd(all, next));
}

function checkedRows(
  zi: tf.Tensor2D,
  zj: tf.Tensor2D,
  valid: tf.Tensor1D | undefined,
  footprints: tf.Tensor3D | undefined,
): number {
  if (zi.rank !== 2 || !tf.util.arraysEqual(zi.shape, zj.shape)) {
    throw new LulcError('shape-mismatch', `the two views' embeddings are [${zi.shape}] and [${zj.shape}]`, {
      hint: 'Both must be [pairs, dimensions].',
    });
  }
  const [pairs] = zi.shape;
  if (valid !== undefined && !tf.util.arraysEqual(valid.shape, [pairs])) {
    throw new LulcError('shape-mismatch', `'valid' is [${valid.shape}] for ${pairs} pairs`);
  }
  if (footprints !== undefined) {
    const [rows, axes, sides] = footprints.shape;
    if (footprints.rank !== 3 || rows !== 2 * pairs || axes < 1 || sides !== 2) {
      throw new LulcError('shape-mismatch', `'footprints' is [${footprints.shape}] for ${pairs} pairs`, {
        hint: 'It must be [2 · pairs, axes, 2].',
      });
    }
  }
  return 2 * pairs;
}
