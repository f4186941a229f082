import type { EvaluationReport, MetricReport } from '@lulc/core';
import { textTable } from './textTable.js';

/** A score as it is printed: three decimals. */
export function scoreText(value: number): string {
  return value.toFixed(3);
}

/**
 * The per-class table and the averages of an evaluation, for the terminal.
 *
 * @param evaluation scores of a part
 */
export function evaluationText(evaluation: EvaluationReport): string {
  const { dataset, split, simulated, metrics, loss, seconds, imagesPerSecond } = evaluation;
  return [
    `${dataset}, part ${split}, ${metrics.samples} images${simulated ? ' — SIMULATED data: these scores say nothing about real imagery' : ''}`,
    perClassTable(metrics),
    summaryLines(metrics).join('\n'),
    `loss ${loss.toFixed(4)}; ${seconds.toFixed(1)} s, ${imagesPerSecond.toFixed(1)} images/s`,
  ].join('\n');
}

/** One row per class: precision, recall, F1, F2, Jaccard, average precision where there is one, support. */
export function perClassTable(metrics: MetricReport): string {
  const head = ['class', 'precision', 'recall', 'F1', 'F2', 'Jaccard'];
  const cells = (row: MetricReport['perClass'][number]) => [
    row.name,
    ...[row.precision, row.recall, row.f1, row.f2, row.jaccard].map(scoreText),
  ];
  if (metrics.task === 'single-label') {
    return textTable(
      [...head, 'support'],
      metrics.perClass.map((row) => [...cells(row), String(row.support)]),
    );
  }
  return textTable(
    [...head, 'AP', 'support'],
    metrics.perClass.map((row) => [...cells(row), scoreText(row.averagePrecision), String(row.support)]),
  );
}

/** The averages, one line each. */
export function summaryLines(metrics: MetricReport): readonly string[] {
  const { macro } = metrics;
  const averages = (name: string, scores: MetricReport['macro'], precision?: number) =>
    `${name.padEnd(5)}  precision ${scoreText(scores.precision)}  recall ${scoreText(scores.recall)}  F1 ${scoreText(scores.f1)}  F2 ${scoreText(scores.f2)}  Jaccard ${scoreText(scores.jaccard)}${precision === undefined ? '' : `  AP ${scoreText(precision)}`}`;
  return metrics.task === 'single-label'
    ? [`accuracy ${scoreText(metrics.accuracy)}  kappa ${scoreText(metrics.kappa)}`, averages('macro', macro)]
    : [
        averages('micro', metrics.micro, metrics.micro.averagePrecision),
        averages('macro', macro, metrics.macro.averagePrecision),
      ];
}
