import type { MetricReport } from './report.js';

/**
 * The averages of a report as flat named numbers, for logs, histories and monitors: `microF1`, `macroJaccard`,
 * `microAveragePrecision` … (multi-label) or `accuracy`, `kappa`, `macroF1` … (single-label).
 *
 * @param report a metric report
 * @returns one number per name
 */
export function metricScalars(report: MetricReport): Record<string, number> {
  const prefixed = (prefix: string, scores: object): [string, number][] =>
    Object.entries(scores).map(([key, value]) => [prefix + key[0].toUpperCase() + key.slice(1), value as number]);
  return Object.fromEntries(
    report.task === 'multi-label'
      ? [...prefixed('micro', report.micro), ...prefixed('macro', report.macro)]
      : [['accuracy', report.accuracy], ['kappa', report.kappa], ...prefixed('macro', report.macro)],
  );
}
