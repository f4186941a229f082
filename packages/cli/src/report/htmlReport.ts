import type { EvaluationReport, MetricReport } from '@lulc/core';
import { stringify } from 'yaml';
import type { RunReport } from '../run/report.js';
import { scoreText } from '../tables/scores.js';
import { confusionChart, lossChart, perClassChart, renderChart, scoreChart } from './charts.js';
import type { Example } from './examples.js';
import { html, type Markup, trusted } from './markup.js';
import { style } from './style.js';

/**
 * A training run as one static page: scores per class, learning curves, example images with Grad-CAM, the model card and
 * how to repeat the run. The page needs nothing else: no script, and nothing is fetched.
 *
 * @param report the run
 * @param examples test images with predictions
 * @returns a whole HTML document
 */
export async function htmlReport(report: RunReport, examples: readonly Example[]): Promise<string> {
  const { simulated, evaluation, training, data, model } = report;
  const title = `${model.name} on ${data.name}${simulated ? ' (simulated data)' : ''}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="lead">${leadOf(report)}</p>
${simulated && banner()}
${tiles(report)}
${evaluation !== undefined && (await scoresSection(evaluation))}
<section>
<h2>Learning curves</h2>
<div class="charts">
${figure(await renderChart(lossChart(training.history)), lossWords(report))}
${hasValidation(report) && figure(await renderChart(scoreChart(training.history, scoresOver[data.task])), scoreWords(report))}
</div>
</section>
${examples.length > 0 && examplesSection(examples, simulated)}
${cardSection(report)}
${runSection(report)}
<footer>Written by lulc ${report.libraryVersion} on ${report.date}.</footer>
</main>
</body>
</html>
`;
  return page.markup;
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

function banner(): Markup {
  return html`<div class="banner" role="note"><strong>SIMULATED DATA</strong>
The images were generated, not observed. They exercise the whole way from files to a report; the scores below say nothing
about how well the model does on real satellite images.</div>`;
}

function leadOf({ data, model, engine }: RunReport): string {
  const { train, validation, test } = data.samples;
  return `${data.task} classification into ${data.classes.length} classes from ${data.bands.length} bands; ${train} training, ${validation} validation and ${test} test images. ${thousands(model.parameters.trainable)} trainable parameters, trained on the ${engine.name} engine.`;
}

function tiles({ evaluation, training, data }: RunReport): Markup {
  const scores: readonly (readonly [string, string])[] = evaluation === undefined ? [] : headline(evaluation.metrics);
  const all: readonly (readonly [string, string])[] = [
    ...scores,
    [duration(training.trainSeconds), `training time, ${training.epochs} epochs`],
    [training.imagesPerSecond.toFixed(training.imagesPerSecond < 100 ? 1 : 0), 'training images per second'],
    [thousands(data.samples.test), 'test images'],
  ];
  return html`<div class="tiles">${all.map(([value, name]) => html`<div class="tile"><b>${value}</b><span>${name}</span></div>`)}</div>`;
}

function headline(metrics: MetricReport): readonly (readonly [string, string])[] {
  return metrics.task === 'single-label'
    ? [
        [`${(100 * metrics.accuracy).toFixed(1)} %`, 'test accuracy'],
        [scoreText(metrics.macro.f1), 'test macro F1'],
      ]
    : [
        [scoreText(metrics.macro.f1), 'test macro F1'],
        [scoreText(metrics.micro.f1), 'test micro F1'],
        [scoreText(metrics.macro.averagePrecision), 'test macro average precision'],
      ];
}

async function scoresSection({ metrics, dataset, split, simulated }: EvaluationReport): Promise<Markup> {
  const chart = await renderChart(perClassChart(metrics));
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

function cardSection({ model, data, simulated }: RunReport): Markup {
  const { card } = model;
  return html`<section>
<h2>Model card</h2>
${factsTable([
  ['family', card.family],
  [
    'configuration',
    Object.entries(card.configuration)
      .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
      .join(', '),
  ],
  ['parameters', `${thousands(model.parameters.trainable)} trainable, ${thousands(model.parameters.total)} in all`],
  ['input', `${card.inputSize?.join(' × ')} pixels, bands ${card.bands.join(', ')}`],
  ['classes', card.classes.join('; ')],
  ['scaling', scalingWords(data.scaling, card)],
  [
    'trained on',
    `${data.name}${simulated ? ' — SIMULATED' : ''}, ${data.samples.train} images${data.skipped > 0 ? `; ${data.skipped} unreadable samples were left out` : ''}`,
  ],
  ['licence of the data', data.licence],
  ['citation of the data', data.citation],
])}
</section>`;
}

function scalingWords(name: string, { scaling, bands }: RunReport['model']['card']): string {
  if (scaling === undefined) return name;
  const shown = bands.map(
    (band, i) => `${band} (x − ${scaling.mean[i].toPrecision(5)}) / ${scaling.std[i].toPrecision(5)}`,
  );
  return `${name}: ${shown.join(', ')}`;
}

function runSection(report: RunReport): Markup {
  const { engine, machine, training, seconds, command, config, libraryVersion } = report;
  const { best } = training;
  const tried = engine.tried.map(
    ({ name, device, reason, command: add }) =>
      `${name} on ${device}: ${reason}${add === undefined ? '' : ` (add it: ${add})`}`,
  );
  return html`<section>
<h2>How it was made</h2>
${factsTable([
  ['command', html`<code>${command}</code>`],
  ['engine', `${engine.name} on ${engine.device} (${engine.version}): ${engine.why}`],
  ...(tried.length === 0 ? [] : [['faster engines that are missing', tried.join('; ')] as const]),
  ['machine', `${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}`],
  [
    'training',
    `${training.epochs} epochs, ${training.steps} steps, ${duration(training.trainSeconds)}, ${training.imagesPerSecond.toFixed(1)} images/s${training.stopped === 'early' ? ', stopped early' : ''}`,
  ],
  ['best epoch', best === undefined ? 'not monitored' : `${best.epoch + 1}, ${best.metric} ${best.value.toFixed(4)}`],
  ['whole run', `${duration(seconds)}, with reading, validation and evaluation`],
  ['seed', String(config.seed)],
  ['versions', `lulc ${libraryVersion}`],
])}
<details><summary>Every setting</summary><pre>${stringify(JSON.parse(JSON.stringify(config)))}</pre></details>
</section>`;
}

function factsTable(facts: readonly (readonly [name: string, value: string | Markup])[]): Markup {
  return html`<table class="facts"><tbody>${facts.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>`;
}

function figure(svg: string, words: string, heading?: string): Markup {
  return html`<figure role="img" aria-label="${words}">${heading !== undefined && html`<h3>${heading}</h3>`}${trusted(svg)}</figure>`;
}

function hasValidation({ training }: RunReport): boolean {
  return training.history.some(({ metrics }) => Object.keys(metrics).length > 0);
}

function lossWords({ training: { history } }: RunReport): string {
  const [first, last] = [history[0], history[history.length - 1]];
  if (first === undefined) return 'Line chart of the loss: no epoch was finished.';
  return `Line chart of the loss over ${history.length} epochs: training loss from ${first.trainLoss.toFixed(3)} to ${last.trainLoss.toFixed(3)}.`;
}

function scoreWords({ training: { best, history } }: RunReport): string {
  const end =
    best === undefined ? '' : ` The best ${best.metric} is ${best.value.toFixed(3)} in epoch ${best.epoch + 1}.`;
  return `Line chart of the validation scores over ${history.length} epochs.${end}`;
}

function thousands(value: number): string {
  return value.toLocaleString('en');
}

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 90
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
