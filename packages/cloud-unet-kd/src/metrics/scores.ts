/** Pixels by truth and prediction; cloud is the positive class. */
export interface CloudCounts {
  /** Cloud that was found. */
  readonly tp: number;
  /** Clear that was taken for cloud. */
  readonly fp: number;
  /** Cloud that was missed. */
  readonly fn: number;
  /** Clear that was left clear. */
  readonly tn: number;
}

/** Scores of a cloud mask. A value that would be 0/0 is null. */
export interface CloudScores {
  /** TP / (TP + FP + FN), intersection over union of cloud. */
  readonly jaccard: number | null;
  /** 2TP / (2TP + FP + FN), the F1 score. */
  readonly dice: number | null;
  /** TP / (TP + FP). */
  readonly precision: number | null;
  /** TP / (TP + FN). */
  readonly recall: number | null;
  /** TN / (TN + FP). */
  readonly specificity: number | null;
  /** (TP + TN) / all. */
  readonly overallAccuracy: number | null;
  /** (recall + specificity) / 2. */
  readonly balancedAccuracy: number | null;
  /** Mutual information of truth and prediction over the mean of their entropies, 0 … 1; null where both hold one class only. */
  readonly normalizedMutualInformation: number | null;
  /** Rand index of the pairs of pixels corrected for chance, at most 1; null where both hold one class only. */
  readonly adjustedRand: number | null;
}

/** Names of the scores. */
export const cloudScoreNames = [
  'jaccard',
  'dice',
  'precision',
  'recall',
  'specificity',
  'overallAccuracy',
  'balancedAccuracy',
  'normalizedMutualInformation',
  'adjustedRand',
] as const satisfies readonly (keyof CloudScores)[];

/** What hypernet adds to every numerator and denominator. */
export const hypernetSmoothing = 1e-7;

/**
 * Scores from counts (spec 9).
 *
 * @param counts of one chip, or summed over several
 * @param smoothing added to numerator and denominator of Jaccard, precision, recall and specificity; Dice is 2J / (1 + J)
 *   then. Default 0
 * @example
 * ```ts
 * import { cloudScores } from '@lulc/cloud-unet-kd';
 *
 * console.log(cloudScores({ tp: 6, fp: 2, fn: 2, tn: 10 }).jaccard); // 0.6
 * console.log(cloudScores({ tp: 0, fp: 0, fn: 0, tn: 9 }).jaccard); // null
 * ```
 */
export function cloudScores(counts: CloudCounts, smoothing = 0): CloudScores {
  const { tp, fp, fn, tn } = counts;
  const share = (part: number, whole: number): number | null =>
    whole + smoothing === 0 ? null : (part + smoothing) / (whole + smoothing);
  const [recall, specificity] = [share(tp, tp + fn), share(tn, tn + fp)];
  return {
    jaccard: share(tp, tp + fp + fn),
    dice: 2 * tp + fp + fn + smoothing === 0 ? null : (2 * (tp + smoothing)) / (2 * tp + fp + fn + 2 * smoothing),
    precision: share(tp, tp + fp),
    recall,
    specificity,
    overallAccuracy: share(tp + tn, tp + fp + fn + tn),
    balancedAccuracy: recall === null || specificity === null ? null : (recall + specificity) / 2,
    normalizedMutualInformation: mutualInformation(counts),
    adjustedRand: adjustedRand(counts),
  };
}

/** The sum of several counts. */
export function addCounts(all: readonly CloudCounts[]): CloudCounts {
  const sum = { tp: 0, fp: 0, fn: 0, tn: 0 };
  for (const { tp, fp, fn, tn } of all) {
    sum.tp += tp;
    sum.fp += fp;
    sum.fn += fn;
    sum.tn += tn;
  }
  return sum;
}

function mutualInformation({ tp, fp, fn, tn }: CloudCounts): number | null {
  const n = tp + fp + fn + tn;
  const entropy = (parts: readonly number[]): number =>
    parts.reduce((sum, part) => sum - (part === 0 ? 0 : (part / n) * Math.log(part / n)), 0);
  const [truth, predicted] = [entropy([tp + fn, fp + tn]), entropy([tp + fp, fn + tn])];
  if (n === 0 || truth + predicted === 0) return null;
  // Rounding may leave a hair below 0 where truth and prediction are independent.
  return Math.max(0, (2 * (truth + predicted - entropy([tp, fp, fn, tn]))) / (truth + predicted));
}

function adjustedRand({ tp, fp, fn, tn }: CloudCounts): number | null {
  const pairs = (counts: readonly number[]): number => counts.reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
  const [truth, predicted] = [pairs([tp + fn, fp + tn]), pairs([tp + fp, fn + tn])];
  const expected = (truth * predicted) / pairs([tp + fp + fn + tn]);
  const most = (truth + predicted) / 2;
  // One pixel has no pairs, which makes this NaN.
  return most - expected > 0 ? (pairs([tp, fp, fn, tn]) - expected) / (most - expected) : null;
}
