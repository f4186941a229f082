import type { EvaluationReport, MetricReport } from '@lulc/core';
import type { RunReport } from '../run/report.js';
import { scoreText } from '../tables/scores.js';
import { confusionChart, perClassChart, renderChart, scoreChart } from './charts.js';
import type { Example } from './examples.js';
import { html, type Markup } from './markup.js';
import { curvesSection, figure, hasValidation, pageOf, percent, scoreWords, type Tile, thousands } from './page.js';

/**
 * A training run as one static page: scores per class, learning curves, example images with Grad-CAM, the model card and
 * how to repeat the run.
 *
 * @param report the run
 * @param examples test images with predictions
 * @returns a whole HTML document
 */
export async function htmlReport(report: RunReport, examples: readonly Example[]): Promise<string> {
  const { simulated, evaluation, training, data, model } = report;
  const scores = hasValidation(training)
    ? [figure(await renderChart(scoreChart(training.history, scoresOver[data.task])), scoreWords(training))]
    : [];
  return pageOf(report, {
    title: `${model.name} on ${data.name}`,
    lead: leadOf(report),
    simulatedMeans: 'the scores below say nothing\nabout how well the model does on real satellite images',
    tiles: [
      ...(evaluation === undefined ? [] : headline(evaluation.metrics)),
      [thousands(data.samples.test), 'test images'],
    ],
    sections: [
      evaluation && (await scoresSection(evaluation)),
      await curvesSection(report, scores),
      examples.length > 0 && examplesSection(examples, simulated),
    ],
    trainedOn: data.samples.train,
  });
}

/** Which validation scores are drawn for each task, with their names. */
const scoresOver = {
  'multi-label': [
    ['microF1', 'micro F1'],
    ['macroF1', 'macro F1'],
  ],
  'single-label': [
    ['accuracy', 'accuracy'],
    ['macroF1', 'macro F1'],
  ],
} as const;

function leadOf({ data, model, engine }: RunReport): string {
  const { train, validation, test } = data.samples;
  return `${data.task} classification into ${data.classes.length} classes from ${data.bands.length} bands; ${train} training, ${validation} validation and ${test} test images. ${thousands(model.parameters.trainable)} trainable parameters, trained on the ${engine.name} engine.`;
}

function headline(metrics: MetricReport): readonly Tile[] {
  return metrics.task === 'single-label'
    ? [
        [percent(metrics.accuracy), 'test accuracy'],
        [scoreText(metrics.macro.f1), 'test macro F1'],
      ]
    : [
        [scoreText(metrics.macro.f1), 'test macro F1'],
        [scoreText(metrics.micro.f1), 'test micro F1'],
        [scoreText(metrics.macro.averagePrecision), 'test macro average precision'],
      ];
}

async function scoresSection({ metrics, dataset, split, simulated }: EvaluationReport): Promise<Markup> {
  const chart = await renderChart(
    perClassChart(
      'F1',
      metrics.perClass.map(({ name, f1, support }) => ({ name, value: f1, note: String(support) })),
    ),
  );
  const words = `Bar chart of F1 per class: ${metrics.perClass.map(({ name, f1 }) => `${name} ${f1.toFixed(2)}`).join(', ')}.`;
  const confusion =
    metrics.task === 'single-label'
      ? figure(
          await renderChart(
            confusionChart(
              metrics.confusion,
              metrics.perClass.map(({ name }) => name),
            ),
          ),
          'Confusion matrix: rows are true classes, columns predicted ones, numbers are images. The same numbers are in report.json.',
          'Images by true class (rows) and predicted class (columns)',
        )
      : undefined;
  return html`<section>
<h2>Scores on the part “${split}” of ${dataset}${simulated && ' (simulated)'}</h2>
<div class="charts">
${figure(chart, words, 'F1 per class (number of images)')}
${confusion}
</div>
${scoresTable(metrics)}
</section>`;
}

function scoresTable(metrics: MetricReport): Markup {
  const averaged = metrics.task === 'multi-label';
  const scores = (row: MetricReport['macro']) =>
    [row.precision, row.recall, row.f1, row.f2, row.jaccard].map((value) => html`<td>${scoreText(value)}</td>`);
  const precision = (value: number) => averaged && html`<td>${scoreText(value)}</td>`;
  const rows =
    metrics.task === 'multi-label'
      ? metrics.perClass.map(
          (row) =>
            html`<tr><td>${row.name}</td>${scores(row)}${precision(row.averagePrecision)}<td>${row.support}</td></tr>`,
        )
      : metrics.perClass.map((row) => html`<tr><td>${row.name}</td>${scores(row)}<td>${row.support}</td></tr>`);
  return html`<table>
<thead><tr><th scope="col">class</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th><th scope="col">F2</th><th scope="col">Jaccard</th>${averaged && html`<th scope="col">average precision</th>`}<th scope="col">images</th></tr></thead>
<tbody>${rows}</tbody>
<tfoot><tr><td>macro mean</td>${scores(metrics.macro)}${metrics.task === 'multi-label' && precision(metrics.macro.averagePrecision)}<td>${metrics.samples}</td></tr>
${metrics.task === 'multi-label' && html`<tr><td>micro mean</td>${scores(metrics.micro)}${precision(metrics.micro.averagePrecision)}<td>${metrics.samples}</td></tr>`}</tfoot>
</table>
${metrics.task === 'single-label' && html`<p>Accuracy ${scoreText(metrics.accuracy)}, Cohen's kappa ${scoreText(metrics.kappa)}.</p>`}`;
}

function examplesSection(examples: readonly Example[], simulated: boolean): Markup {
  return html`<section>
<h2>Test images${simulated && ' (simulated)'} and where the model looks</h2>
<p class="lead">Left the image in true colours (each colour stretched between the 2nd and 98th percentile of all images shown), right the Grad-CAM of the
class the model is most sure of: bright is evidence for it. Chosen by class and seed, not by
success. ✓ all classes right, ≈ some, ✗ none.</p>
<div class="patches">${examples.map(exampleFigure)}</div>
</section>`;
}

const agreementSigns = { exact: '✓', partly: '≈', wrong: '✗' } as const;

function exampleFigure({ id, truth, predicted, agreement, explained, hasEvidence, image, overlay }: Example): Markup {
  const list = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join('; '));
  const said = list(predicted.map(({ name, probability }) => `${name} ${probability.toFixed(2)}`));
  return html`<figure class="patch">
<div class="pair"><img src="${image}" alt="True-colour image ${id}: ${list(truth)}"><img src="${overlay}" alt="The same image with the evidence for ${explained} highlighted"></div>
<figcaption><dl>
<dt>true</dt><dd>${list(truth)}</dd>
<dt>predicted</dt><dd class="${agreement}">${agreementSigns[agreement]} ${said}</dd>
<dt>evidence</dt><dd>${explained}${!hasEvidence && ': none found'}</dd>
</dl><div class="id">${id}</div></figcaption>
</figure>`;
}
