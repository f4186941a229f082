import { ignoreLabel } from '../../data/segmentation.js';
import { LulcError } from '../../errors/lulcError.js';
import { agreement } from '../../metrics/confusion.js';
import { ratio } from '../../metrics/scores.js';
import type { SegmentationClassReport, SegmentationReport } from './report.js';

/** Options of {@link segmentationMetrics}. */
export interface SegmentationMetricsOptions {
  /** Class names in index order, 1 to 255. */
  readonly classes: readonly string[];
}

/** Everything that {@link SegmentationMetrics} counted: plain data, to be sent from workers and stored. */
export interface SegmentationCounts {
  /** `[classes, classes]`, row-major: pixels by true class (row) and predicted class (column). */
  readonly confusion: readonly number[];
  /** Images seen. */
  readonly images: number;
  /** Pixels that were ignored. */
  readonly ignored: number;
  /** Images with at least one pixel that counts. */
  readonly judgedImages: number;
  /** Sum of the IoU of each class over the judged images; 0 where a class is absent. */
  readonly iouSums: readonly number[];
  /** Updates with at least one pixel that counts. */
  readonly updates: number;
  /** Sum of their shares of right pixels. */
  readonly accuracySum: number;
}

/** Metrics of a segmentation that are fed batch by batch and are exact over everything they were fed. */
export interface SegmentationMetrics {
  /**
   * Adds a batch. Nothing of it is counted when it is refused.
   *
   * @param predicted class index of each pixel
   * @param masks true class index of each pixel, or 255: not counted
   * @param images images of equal size in the batch, one after the other; default 1
   * @returns how many pixels were counted
   * @throws LulcError `shape-mismatch` for lengths that differ or are no multiple of `images`, `invalid-argument` for a
   *   value that is no class
   */
  update(predicted: ArrayLike<number>, masks: ArrayLike<number>, images?: number): number;
  /**
   * Adds what another instance counted.
   *
   * @param counts from `counts()`
   * @throws LulcError `shape-mismatch` when it has another number of classes
   */
  merge(counts: SegmentationCounts): void;
  /** Everything counted so far. */
  counts(): SegmentationCounts;
  /** The metrics of everything fed so far. */
  report(): SegmentationReport;
}

/**
 * Streaming metrics of a segmentation from the confusion matrix of its pixels, pooled over the whole set, and beside them
 * those of GLCNet's released evaluation. Counts are exact up to 2^53 pixels.
 *
 * @param options class names
 * @throws LulcError `invalid-argument` unless there are 1 to 255 classes
 * @example
 * ```ts
 * import { ignoreLabel, segmentationMetrics } from '@lulc/core/segmentation';
 *
 * const metrics = segmentationMetrics({ classes: ['Forest', 'Water'] });
 * metrics.update([0, 0, 1, 1], [0, 1, 1, ignoreLabel]);
 * console.log(metrics.report().meanIou); // 0.5
 * ```
 */
export function segmentationMetrics({ classes }: SegmentationMetricsOptions): SegmentationMetrics {
  const k = classes.length;
  if (k < 1 || k > ignoreLabel) {
    throw new LulcError('invalid-argument', `segmentation metrics need 1 to ${ignoreLabel} classes, got ${k}`);
  }
  const confusion = new Float64Array(k * k);
  const iouSums = new Float64Array(k);
  const totals = { images: 0, ignored: 0, judgedImages: 0, updates: 0, accuracySum: 0 };
  const totalNames = Object.keys(totals) as (keyof typeof totals)[];

  return {
    update: (predicted, masks, images = 1) => {
      const counted = countImages(predicted, masks, images, k);
      let pixels = 0;
      let right = 0;
      for (const one of counted) {
        const seen = sumOf(one);
        if (seen === 0) continue;
        addInto(confusion, one);
        addInto(iouSums, imageIou(one, k));
        totals.judgedImages++;
        pixels += seen;
        right += diagonalSum(one, k);
      }
      totals.images += images;
      totals.ignored += masks.length - pixels;
      if (pixels > 0) {
        totals.updates++;
        totals.accuracySum += right / pixels;
      }
      return pixels;
    },
    merge: (counts) => {
      if (counts.confusion.length !== k * k || counts.iouSums.length !== k) {
        throw new LulcError('shape-mismatch', `the counts are of ${counts.iouSums.length} classes, not of ${k}`);
      }
      addInto(confusion, counts.confusion);
      addInto(iouSums, counts.iouSums);
      for (const name of totalNames) totals[name] += counts[name];
    },
    counts: () => ({ ...totals, confusion: [...confusion], iouSums: [...iouSums] }),
    report: () => report(classes, { ...totals, confusion: [...confusion], iouSums: [...iouSums] }),
  };
}

/** One confusion matrix per image. */
function countImages(
  predicted: ArrayLike<number>,
  masks: ArrayLike<number>,
  images: number,
  k: number,
): readonly Float64Array[] {
  const size = masks.length / images;
  if (predicted.length !== masks.length || !Number.isInteger(images) || images < 1 || !Number.isInteger(size)) {
    throw new LulcError(
      'shape-mismatch',
      `${predicted.length} predictions and ${masks.length} mask values for ${images} images`,
      { hint: 'Both must be [images, height, width], row-major.' },
    );
  }
  return Array.from({ length: images }, (_, image) => {
    const matrix = new Float64Array(k * k);
    for (let i = image * size; i < (image + 1) * size; i++) {
      const truth = masks[i];
      if (truth === ignoreLabel) continue;
      const guess = predicted[i];
      if (!(truth < k && guess < k)) throw noClass(truth < k ? 'prediction' : 'mask', truth < k ? guess : truth, k, i);
      matrix[truth * k + guess]++;
    }
    return matrix;
  });
}

const noClass = (what: string, value: number, k: number, pixel: number): LulcError =>
  new LulcError('invalid-argument', `a ${what} holds ${value}; there are ${k} classes`, {
    where: { pixel },
    hint: `Masks hold class indices from 0, or ${ignoreLabel} where nothing counts.`,
  });

function addInto(sum: Float64Array, values: ArrayLike<number>): void {
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
}

const sumOf = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

const diagonalSum = (matrix: Float64Array, k: number): number => {
  let sum = 0;
  for (let c = 0; c < k; c++) sum += matrix[c * k + c];
  return sum;
};

/** IoU by class of one image; 0 where a class is absent. */
function imageIou(matrix: Float64Array, k: number): number[] {
  return Array.from({ length: k }, (_, c) => {
    let either = -matrix[c * k + c];
    for (let other = 0; other < k; other++) either += matrix[c * k + other] + matrix[other * k + c];
    return ratio(matrix[c * k + c], either);
  });
}

/** What the released evaluation adds to denominators. */
const referenceEpsilon = 1e-8;

function report(classes: readonly string[], counts: SegmentationCounts): SegmentationReport {
  const k = classes.length;
  const confusion = classes.map((_, c) => counts.confusion.slice(c * k, (c + 1) * k));
  const { total, rowSums, columnSums, accuracy, kappa } = agreement(confusion);
  const perClass = classes.map((name, c) => classReport(name, confusion[c][c], rowSums[c], columnSums[c]));
  const present = perClass.filter(({ iou }) => iou !== null);
  const inMasks = perClass.filter(({ recall }) => recall !== null);
  const iouImageMean = counts.iouSums.map((sum) => ratio(sum, counts.judgedImages));
  const classAccuracy = confusion.map((row, c) => row[c] / (columnSums[c] + referenceEpsilon));
  return {
    task: 'segmentation',
    images: counts.images,
    pixels: total,
    ignored: counts.ignored,
    overallAccuracy: accuracy,
    kappa,
    meanAccuracy: mean(inMasks.map(({ recall }) => recall ?? 0)),
    meanIou: mean(present.map(({ iou }) => iou ?? 0)),
    meanF1: mean(present.map(({ f1 }) => f1 ?? 0)),
    foregroundF1: mean(
      perClass
        .slice(1)
        .filter(({ iou }) => iou !== null)
        .map(({ f1 }) => f1 ?? 0),
    ),
    confusion,
    perClass,
    reference: {
      iouImageMean,
      meanIou: mean(iouImageMean),
      classAccuracy,
      meanAccuracy: mean(classAccuracy),
      recall: confusion.map((row, c) => row[c] / (rowSums[c] + referenceEpsilon)),
      quickOverallAccuracy: ratio(counts.accuracySum, counts.updates),
    },
  };
}

function classReport(name: string, tp: number, support: number, predicted: number): SegmentationClassReport {
  const precision = defined(tp, predicted);
  const recall = defined(tp, support);
  return {
    name,
    support,
    predicted,
    precision,
    recall,
    f1: precision === null || recall === null ? null : ratio(2 * tp, support + predicted),
    iou: defined(tp, support + predicted - tp),
  };
}

const defined = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

const mean = (values: readonly number[]): number =>
  ratio(
    values.reduce((a, b) => a + b, 0),
    values.length,
  );
