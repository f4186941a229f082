import type { CloudTrainingReport } from '../run/clouds/cloudTraining.js';
import type { CloudEvaluation } from '../run/clouds/scoreClouds.js';
import { scoreText } from './scores.js';
import { scoreOrDash } from './segmentation.js';
import { textTable } from './textTable.js';

/** Ways to find clouds: what their rows say. */
export const evaluationColumns = (evaluations: readonly CloudEvaluation[]): readonly string[] => [
  'micro, all pixels together',
  'Jaccard',
  'F1',
  'precision',
  'recall',
  'accuracy',
  ...evaluations
    .slice(0, 1)
    .flatMap(({ report: { inner } }) => (inner ? [`Jaccard without ${inner.ring} px at borders`] : [])),
  'mean per scene',
  'cover error',
  'Mpx/s',
];

/** Ways to find clouds side by side. */
export function evaluationCells(evaluations: readonly CloudEvaluation[]): readonly (readonly string[])[] {
  return evaluations.map(({ name, report: { micro, macroByGroup, cover, inner }, megapixelsPerSecond }) => [
    name,
    ...[micro.jaccard, micro.dice, micro.precision, micro.recall, micro.overallAccuracy].map(scoreOrDash),
    ...(inner === undefined ? [] : [scoreOrDash(inner.micro.jaccard)]),
    scoreOrDash(macroByGroup.skip.jaccard),
    scoreOrDash(cover.meanAbsoluteError),
    megapixelsPerSecond.toFixed(2),
  ]);
}

/** What some of the columns of evaluations mean. */
export const evaluationWords = ([{ report }]: readonly CloudEvaluation[]): string =>
  `mean per scene: Jaccard of each scene's pixels, averaged over the scenes with cloud in truth or mask; cover error: mean |predicted − true cover| per image, threshold ${scoreText(report.threshold)}`;

/**
 * Ways to find clouds side by side, for the terminal.
 *
 * @param evaluations of the same part
 */
export function cloudsText(evaluations: readonly CloudEvaluation[]): string {
  const [{ dataset, split, simulated, report }] = evaluations;
  const { chips, pixels, ignored } = report;
  return [
    `${dataset}, part ${split}, ${chips} images, ${pixels.toLocaleString('en')} pixels (${ignored.toLocaleString('en')} not counted)${simulated ? ' — SIMULATED data: these scores say nothing about real imagery' : ''}`,
    textTable(evaluationColumns(evaluations), evaluationCells(evaluations)),
    evaluationWords(evaluations),
  ].join('\n');
}

/** A trained fold of a teacher. */
export interface FoldReport {
  /** By number, or all samples. */
  readonly fold: number | 'all';
  /** How it went. */
  readonly report: CloudTrainingReport;
}

/** Folds: what their rows say. */
export const foldColumns = ['fold', 'images', 'Jaccard', 'F1', 'pseudo-Dice (moving)', 'images/s', 'minutes'];

/** Folds side by side. */
export function foldRows(folds: readonly FoldReport[]): readonly (readonly string[])[] {
  return folds.map(({ fold, report: { data, evaluation, training, seconds } }) => [
    String(fold),
    `${data.train} + ${data.validation}`,
    scoreOrDash(evaluation?.micro.jaccard ?? null),
    scoreOrDash(evaluation?.micro.dice ?? null),
    scoreOrDash(training.best?.value ?? null),
    training.imagesPerSecond.toFixed(1),
    (seconds / 60).toFixed(1),
  ]);
}

/**
 * Folds side by side, for the terminal.
 *
 * @param folds finished ones
 */
export function foldsText(folds: readonly FoldReport[]): string {
  const simulated = folds.some(({ report }) => report.simulated);
  return [
    textTable(foldColumns, foldRows(folds)),
    `Jaccard and F1: of all pixels of the validation images together${simulated ? '; SIMULATED data: these scores say nothing about real imagery' : ''}`,
  ].join('\n');
}

/** A row of the comparison of distillation. */
export interface DistillationRow {
  /** Who. */
  readonly name: 'teacher' | 'student' | 'student-alone';
  /** Networks that make the masks together. */
  readonly networks: number;
  /** Weights of one of them. */
  readonly parameters: number;
  /** How many times fewer weights than one network of the teacher. */
  readonly ratio: number;
  /** Multiply-adds of one of them per patch. */
  readonly multiplyAdds: number;
  /** Scores on the test part; absent without one. */
  readonly evaluation?: CloudEvaluation;
}

/** Teacher and students: what their rows say. */
export const distillationColumns = ['', 'parameters', 'times smaller', 'GMAC per patch', 'Jaccard', 'F1', 'Mpx/s'];

/** Teacher and students side by side. */
export function distillationCells(rows: readonly DistillationRow[]): readonly (readonly string[])[] {
  return rows.map(({ name, networks, parameters, ratio, multiplyAdds, evaluation }) => [
    networks > 1 ? `${name} (${networks} folds)` : name,
    networks > 1 ? `${networks} × ${parameters.toLocaleString('en')}` : parameters.toLocaleString('en'),
    ratio.toFixed(1),
    (multiplyAdds / 1e9).toPrecision(3),
    scoreOrDash(evaluation?.report.micro.jaccard ?? null),
    scoreOrDash(evaluation?.report.micro.dice ?? null),
    evaluation?.megapixelsPerSecond.toFixed(2) ?? '–',
  ]);
}

/**
 * Teacher, taught student and student alone side by side, for the terminal.
 *
 * @param rows of one distillation
 * @param simulated whether the pixels were generated, not observed
 */
export function rowsText(rows: readonly DistillationRow[], simulated: boolean): string {
  return [
    textTable(distillationColumns, distillationCells(rows)),
    `Jaccard and F1: of all pixels of the test part together${simulated ? '; SIMULATED data: these scores say nothing about real imagery' : ''}`,
  ].join('\n');
}
