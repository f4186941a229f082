/** One class of a segmentation report. A value that would be 0/0 is null. */
export interface SegmentationClassReport {
  /** Class name. */
  readonly name: string;
  /** Pixels of the class in the masks. */
  readonly support: number;
  /** Pixels predicted as the class. */
  readonly predicted: number;
  /** TP / (TP + FP); null where the class is never predicted. */
  readonly precision: number | null;
  /** TP / (TP + FN); null where the class is in no mask. */
  readonly recall: number | null;
  /** 2PR / (P + R), 0 where both are 0; null where one of them is. */
  readonly f1: number | null;
  /** TP / (TP + FP + FN); null where the class is neither in a mask nor predicted. */
  readonly iou: number | null;
}

/**
 * The numbers of GLCNet's released evaluation (G-RSIM, 2022), for comparison with what was computed by it. They differ
 * from the usual definitions: absent classes count as 0, IoU is averaged over images, "accuracy" of a class is its precision.
 */
export interface ReferenceSegmentationScores {
  /** IoU by class of each image, averaged over the images; 0 where a class is absent from mask and prediction. */
  readonly iouImageMean: readonly number[];
  /** Mean of `iouImageMean` over all classes. */
  readonly meanIou: number;
  /** By class: TP / (predicted + 1e-8), which is the precision. */
  readonly classAccuracy: readonly number[];
  /** Mean of `classAccuracy` over all classes. */
  readonly meanAccuracy: number;
  /** By class: TP / (support + 1e-8). */
  readonly recall: readonly number[];
  /** Mean over the updates (batches) of their share of right pixels: a smaller last batch weighs as much as another. */
  readonly quickOverallAccuracy: number;
}

/** Metrics of a segmentation over a whole set, exact. Plain data, fit for JSON. */
export interface SegmentationReport {
  /** Kind of report. */
  readonly task: 'segmentation';
  /** Images seen. */
  readonly images: number;
  /** Pixels counted. */
  readonly pixels: number;
  /** Pixels not counted, because their mask says so. */
  readonly ignored: number;
  /** Share of pixels whose class is right; 0 without pixels. */
  readonly overallAccuracy: number;
  /** Cohen's kappa over all pixels: agreement beyond chance; 0 where chance alone agrees. */
  readonly kappa: number;
  /** Mean recall of the classes that are in a mask; 0 without any. */
  readonly meanAccuracy: number;
  /** Mean IoU of the classes that are in a mask or predicted; 0 without any. */
  readonly meanIou: number;
  /** Mean F1 of the classes that are in a mask or predicted, where an undefined F1 counts as 0; 0 without any. */
  readonly meanF1: number;
  /**
   * Mean F1 (Dice) of the classes but the first, which is a background, that are in a mask or predicted; 0 without any.
   * nnU-Net's pseudo-Dice, by which it chooses the best epoch.
   */
  readonly foregroundF1: number;
  /** `confusion[true][predicted]`, pixels. */
  readonly confusion: readonly (readonly number[])[];
  /** One row per class, in class order. */
  readonly perClass: readonly SegmentationClassReport[];
  /** As GLCNet's released evaluation computes them. */
  readonly reference: ReferenceSegmentationScores;
}

/** Names of the averages in a {@link SegmentationReport}, for logs and monitors. */
export const segmentationScalarNames = [
  'meanIou',
  'overallAccuracy',
  'kappa',
  'meanAccuracy',
  'meanF1',
  'foregroundF1',
] as const;

/** Name of an average in a {@link SegmentationReport}. */
export type SegmentationScalarName = (typeof segmentationScalarNames)[number];

/**
 * The averages of a report as flat named numbers, for logs, histories and monitors.
 *
 * @param report a segmentation report
 * @returns `meanIou`, `overallAccuracy`, `kappa`, `meanAccuracy`, `meanF1` and `foregroundF1`
 */
export function segmentationScalars(report: SegmentationReport): Record<SegmentationScalarName, number> {
  return Object.fromEntries(segmentationScalarNames.map((name) => [name, report[name]])) as Record<
    SegmentationScalarName,
    number
  >;
}
