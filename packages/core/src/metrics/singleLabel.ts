import { LulcError } from '../errors/lulcError.js';
import { checkBatch } from './batchCheck.js';
import { agreement } from './confusion.js';
import type { SingleLabelReport, ZeroSupportRule } from './report.js';
import { macroMean, scoreFields, scoresFromCounts } from './scores.js';
import type { StreamingMetrics } from './streaming.js';

/** Options of {@link singleLabelMetrics}. */
export interface SingleLabelOptions {
  /** Class names in index order. */
  readonly classes: readonly string[];
  /** What a class without support does to macro means; default `'as-zero'`. */
  readonly zeroSupport?: ZeroSupportRule;
}

/**
 * Streaming single-label metrics from the confusion matrix. The predicted class is the first of the highest scores.
 *
 * @param options class names, zero-support rule
 * @returns an accumulator; each row of labels must hold exactly one 1
 * @throws LulcError `invalid-argument` for an empty class list
 * @example
 * ```ts
 * import { singleLabelMetrics } from '@lulc/core';
 *
 * const metrics = singleLabelMetrics({ classes: ['Forest', 'Water', 'Urban'] });
 * metrics.update([0.7, 0.2, 0.1], [1, 0, 0]);
 * console.log(metrics.report().accuracy); // 1
 * ```
 */
export function singleLabelMetrics(options: SingleLabelOptions): StreamingMetrics<SingleLabelReport> {
  const { classes, zeroSupport = 'as-zero' } = options;
  const n = classes.length;
  if (n === 0) throw new LulcError('invalid-argument', 'metrics need at least one class');
  const confusion = classes.map(() => new Array<number>(n).fill(0));

  return {
    update: (scores, labels) => {
      const rows = checkBatch(scores, labels, n);
      const truths = Array.from({ length: rows }, (_, row) => trueClass(labels, row, n));
      truths.forEach((truth, row) => {
        confusion[truth][firstHighest(scores, row * n, n)]++;
      });
    },
    report: () => {
      const { total: samples, rowSums, columnSums, accuracy, kappa } = agreement(confusion);
      const perClass = classes.map((name, c) => {
        const tp = confusion[c][c];
        const counts = {
          tp,
          fp: columnSums[c] - tp,
          fn: rowSums[c] - tp,
          tn: samples - rowSums[c] - columnSums[c] + tp,
        };
        return { name, support: rowSums[c], ...counts, ...scoresFromCounts(counts) };
      });
      return {
        task: 'single-label',
        samples,
        zeroSupport,
        accuracy,
        kappa,
        confusion: confusion.map((row) => [...row]),
        macro: macroMean(perClass, scoreFields, zeroSupport),
        perClass,
      };
    },
  };
}

function trueClass(labels: ArrayLike<number>, row: number, classes: number): number {
  let found = -1;
  for (let c = 0; c < classes; c++) {
    if (labels[row * classes + c] !== 1) continue;
    if (found >= 0) throw notOneHot(row);
    found = c;
  }
  if (found < 0) throw notOneHot(row);
  return found;
}

const notOneHot = (row: number): LulcError =>
  new LulcError('invalid-argument', 'a single-label row must hold exactly one 1', { where: { row } });

function firstHighest(scores: ArrayLike<number>, from: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++) if (scores[from + c] > scores[from + best]) best = c;
  return best;
}
