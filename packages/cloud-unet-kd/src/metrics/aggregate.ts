import { type CloudCounts, type CloudScores, cloudScoreNames, cloudScores, hypernetSmoothing } from './scores.js';

/**
 * What a score counts in a mean where it is 0/0: a chip without cloud in truth and prediction has no Jaccard, say.
 *
 * | rule | such a score counts | as in |
 * |---|---|---|
 * | `skip` | not at all | nnU-Net (NaN and nan-mean) |
 * | `zero` | 0 | |
 * | `one` | 1 | |
 * | `smoothed` | 1, and 1e-7 is added to every numerator and denominator | hypernet |
 */
export type EmptyRule = 'skip' | 'zero' | 'one' | 'smoothed';

/** Names of the rules. */
export const emptyRules = ['skip', 'zero', 'one', 'smoothed'] as const satisfies readonly EmptyRule[];

/** Means of scores over chips or groups, with the rule for scores that are 0/0. */
export interface MeanCloudScores extends CloudScores {
  /** What 0/0 counted. */
  readonly empty: EmptyRule;
  /** Chips or groups with at least one pixel that counts. */
  readonly units: number;
  /** How many of them had no Jaccard: no cloud, neither true nor predicted. */
  readonly emptyUnits: number;
}

/** The means of the scores of several counts; those without a pixel are left out. */
export function meanScores(units: readonly CloudCounts[], empty: EmptyRule): MeanCloudScores {
  const judged = units.filter(({ tp, fp, fn, tn }) => tp + fp + fn + tn > 0);
  const scores = judged.map((counts) => cloudScores(counts, empty === 'smoothed' ? hypernetSmoothing : 0));
  const means = Object.fromEntries(
    cloudScoreNames.map((name) => [name, mean(scores.flatMap((score) => byRule(score[name], empty)))]),
  ) as unknown as CloudScores;
  return {
    empty,
    units: judged.length,
    emptyUnits: judged.filter(({ tp, fp, fn }) => tp + fp + fn === 0).length,
    ...means,
  };
}

function byRule(value: number | null, empty: EmptyRule): readonly number[] {
  if (value !== null) return [value];
  return empty === 'skip' ? [] : [empty === 'zero' ? 0 : 1];
}

/** The mean; null of nothing. */
export const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
