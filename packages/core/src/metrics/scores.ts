import type { ClassCounts, Scores, ZeroSupportRule } from './report.js';

/** 0/0 is 0, as the benchmark's reference counts it. */
export const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/**
 * Precision, recall, Jaccard, F1 and F2 from outcome counts.
 *
 * @param counts outcomes of one class, or summed over classes
 * @returns scores in 0 … 1; 0/0 is 0
 */
export function scoresFromCounts({ tp, fp, fn }: Omit<ClassCounts, 'tn'>): Scores {
  return {
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    jaccard: ratio(tp, tp + fp + fn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    f2: ratio(5 * tp, 5 * tp + fp + 4 * fn),
  };
}

/** Sums outcomes over classes. */
export function sumCounts(counts: readonly ClassCounts[]): ClassCounts {
  const total = (key: keyof ClassCounts): number => counts.reduce((sum, row) => sum + row[key], 0);
  return { tp: total('tp'), fp: total('fp'), fn: total('fn'), tn: total('tn') };
}

/**
 * Mean over classes of each of the named fields.
 *
 * @param rows per-class values with their support
 * @param fields what to average
 * @param rule what a class without support does
 */
export function macroMean<Field extends string>(
  rows: readonly (Readonly<Record<Field, number>> & { readonly support: number })[],
  fields: readonly Field[],
  rule: ZeroSupportRule,
): Record<Field, number> {
  const counted = rule === 'exclude' ? rows.filter((row) => row.support > 0) : rows;
  const mean = (field: Field): number =>
    ratio(
      counted.reduce((sum, row) => sum + row[field], 0),
      counted.length,
    );
  return Object.fromEntries(fields.map((field) => [field, mean(field)])) as Record<Field, number>;
}

/** The fields of {@link Scores}, for averaging. */
export const scoreFields = ['precision', 'recall', 'jaccard', 'f1', 'f2'] as const satisfies readonly (keyof Scores)[];
