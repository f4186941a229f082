import type { EvaluationReport } from '@lulc/core';
import type { SegmentationReport } from '@lulc/core/segmentation';
import { scoreText } from './scores.js';
import { textTable } from './textTable.js';

/** A score as it is printed, or a dash where it would be 0/0. */
export const scoreOrDash = (value: number | null): string => (value === null ? '–' : scoreText(value));

/**
 * The per-class table and the averages of a segmentation, for the terminal.
 *
 * @param evaluation scores of a part
 */
export function segmentationText(evaluation: EvaluationReport<SegmentationReport>): string {
  const { dataset, split, simulated, metrics, loss, seconds, imagesPerSecond } = evaluation;
  const { overallAccuracy, kappa, meanIou, meanF1 } = metrics;
  return [
    `${dataset}, part ${split}, ${metrics.images} images${simulated ? ' — SIMULATED data: these scores say nothing about real imagery' : ''}`,
    textTable(
      ['class', 'precision', 'recall', 'F1', 'IoU', 'pixels'],
      metrics.perClass.map(({ name, precision, recall, f1, iou, support }) => [
        name,
        ...[precision, recall, f1, iou].map(scoreOrDash),
        String(support),
      ]),
    ),
    `OA ${scoreText(overallAccuracy)}  kappa ${scoreText(kappa)}  mIoU ${scoreText(meanIou)}  mean F1 ${scoreText(meanF1)}`,
    `loss ${loss.toFixed(4)}; ${seconds.toFixed(1)} s, ${imagesPerSecond.toFixed(1)} images/s`,
  ].join('\n');
}
