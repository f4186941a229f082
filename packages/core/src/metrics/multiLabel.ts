import { LulcError } from '../errors/lulcError.js';
import { averagePrecision } from './averagePrecision.js';
import { checkBatch } from './batchCheck.js';
import { growingArray } from './growingArray.js';
import type { ClassCounts, MultiLabelReport, ZeroSupportRule } from './report.js';
import { macroMean, scoreFields, scoresFromCounts, sumCounts } from './scores.js';
import type { StreamingMetrics } from './streaming.js';

/** Options of {@link multiLabelMetrics}. */
export interface MultiLabelOptions {
  /** Class names in index order. */
  readonly classes: readonly string[];
  /** Scores at or above it are positive; finite; default 0.5. */
  readonly threshold?: number;
  /** What a class without support does to macro means; default `'as-zero'`. */
  readonly zeroSupport?: ZeroSupportRule;
}

/**
 * Streaming multi-label metrics: counts per class in integers, average precision from all scores (kept as float32, five
 * bytes a decision), sums and means in doubles. Definitions: the multi-label land-cover benchmark, section "Metrics".
 *
 * @param options class names, threshold, zero-support rule
 * @returns an accumulator
 * @throws LulcError `invalid-argument` for an empty class list or a threshold that is not finite
 * @example
 * ```ts
 * import { multiLabelMetrics } from '@lulc/core';
 *
 * const metrics = multiLabelMetrics({ classes: ['Forest', 'Water'] });
 * metrics.update([0.9, 0.2, 0.4, 0.8], [1, 0, 1, 1]);
 * console.log(metrics.report().micro.f1);
 * ```
 */
export function multiLabelMetrics(options: MultiLabelOptions): StreamingMetrics<MultiLabelReport> {
  const { classes, threshold = 0.5, zeroSupport = 'as-zero' } = options;
  if (classes.length === 0) throw new LulcError('invalid-argument', 'metrics need at least one class');
  if (!Number.isFinite(threshold)) throw new LulcError('invalid-argument', `the threshold is ${threshold}`);
  const tallies = classes.map(() => ({ tp: 0, fp: 0, fn: 0, tn: 0 }));
  const keptScores = growingArray(Float32Array);
  const keptLabels = growingArray(Uint8Array);
  let samples = 0;

  const column = <T extends Float32Array | Uint8Array>(values: T, c: number, Kind: { new (length: number): T }): T => {
    const one = new Kind(samples);
    for (let row = 0; row < samples; row++) one[row] = values[row * classes.length + c];
    return one;
  };

  return {
    update: (scores, labels) => {
      samples += checkBatch(scores, labels, classes.length);
      for (let i = 0; i < scores.length; i++) {
        const tally = tallies[i % classes.length];
        const positive = scores[i] >= threshold;
        if (labels[i] === 1) tally[positive ? 'tp' : 'fn']++;
        else tally[positive ? 'fp' : 'tn']++;
      }
      keptScores.push(scores);
      keptLabels.push(labels);
    },
    report: () => {
      const scores = keptScores.view();
      const labels = keptLabels.view();
      const perClass = classes.map((name, c) => {
        const counts: ClassCounts = { ...tallies[c] };
        return {
          name,
          support: counts.tp + counts.fn,
          ...counts,
          ...scoresFromCounts(counts),
          averagePrecision: averagePrecision(column(scores, c, Float32Array), column(labels, c, Uint8Array)),
        };
      });
      return {
        task: 'multi-label',
        samples,
        threshold,
        zeroSupport,
        micro: { ...scoresFromCounts(sumCounts(tallies)), averagePrecision: averagePrecision(scores, labels) },
        macro: macroMean(perClass, [...scoreFields, 'averagePrecision'], zeroSupport),
        perClass,
      };
    },
  };
}
