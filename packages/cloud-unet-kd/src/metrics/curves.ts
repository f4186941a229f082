import { LulcError } from '@lulc/core';
import { type CloudCounts, cloudScores } from './scores.js';

/** Pixels by level of a score (probability, brightness …), apart for cloud and clear. */
export interface LevelHistogram {
  /** Lowest score of each level, ascending; a pixel of a level has at least that. */
  readonly levels: readonly number[];
  /** Cloudy pixels of each level. */
  readonly cloud: readonly number[];
  /** Clear pixels of each level. */
  readonly clear: readonly number[];
}

/** What a mask is like when everything from a threshold on is cloud. */
export interface CurvePoint {
  /** A pixel is cloud when its score is at least this. */
  readonly threshold: number;
  /** TP / (TP + FP); 1 where nothing is cloud, as in scikit-learn. */
  readonly precision: number;
  /** TP / (TP + FN). */
  readonly recall: number;
  /** FP / (FP + TN). */
  readonly falsePositiveRate: number;
  /** TP / (TP + FP + FN). */
  readonly jaccard: number;
}

/** Precision-recall and ROC curves over all pixels together. */
export interface CloudCurves {
  /** One point per level, thresholds descending. */
  readonly points: readonly CurvePoint[];
  /** Sum over points of the gain of recall times precision. */
  readonly averagePrecision: number;
  /** Area under the ROC curve, by trapezoids. */
  readonly rocArea: number;
  /** The point with the largest Jaccard over all pixels together: of several the highest threshold. */
  readonly best: CurvePoint;
}

/** Counts when everything from level `from` on is cloud, for `from` from the highest level to the lowest. */
export function countsFromTop({ cloud, clear }: LevelHistogram): readonly CloudCounts[] {
  const all = { cloud: sum(cloud), clear: sum(clear) };
  let [tp, fp] = [0, 0];
  return cloud
    .map((_, i) => cloud.length - 1 - i)
    .map((level) => {
      tp += cloud[level];
      fp += clear[level];
      return { tp, fp, fn: all.cloud - tp, tn: all.clear - fp };
    });
}

/**
 * The curves of a histogram: exact for scores that lie on its levels.
 *
 * @throws LulcError `incompatible` without a pixel of both classes
 */
export function curvesOf(histogram: LevelHistogram): CloudCurves {
  if (sum(histogram.cloud) === 0 || sum(histogram.clear) === 0) {
    throw new LulcError('incompatible', 'curves need pixels with and without cloud');
  }
  const points = countsFromTop(histogram).map((counts, i): CurvePoint => {
    const { jaccard, precision, recall, specificity } = cloudScores(counts);
    return {
      threshold: histogram.levels[histogram.levels.length - 1 - i],
      precision: precision ?? 1,
      recall: recall as number,
      falsePositiveRate: 1 - (specificity as number),
      jaccard: jaccard as number,
    };
  });
  let [averagePrecision, rocArea] = [0, 0];
  let previous = { recall: 0, falsePositiveRate: 0 };
  let best = points[0];
  for (const point of points) {
    averagePrecision += (point.recall - previous.recall) * point.precision;
    rocArea += ((point.falsePositiveRate - previous.falsePositiveRate) * (point.recall + previous.recall)) / 2;
    if (point.jaccard > best.jaccard) best = point;
    previous = point;
  }
  return { points, averagePrecision, rocArea, best };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
