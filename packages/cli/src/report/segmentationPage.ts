import type { EvaluationReport } from '@lulc/core';
import type { Colour, SegmentationReport } from '@lulc/core/segmentation';
import type { FinetuneReport } from '../run/denseReports.js';
import { scoreText } from '../tables/scores.js';
import { scoreOrDash } from '../tables/segmentation.js';
import { confusionChart, perClassChart, renderChart, scoreChart } from './charts.js';
import type { ClassShare, MapExample } from './mapExamples.js';
import { html, type Markup } from './markup.js';
import { curvesSection, figure, hasValidation, pageOf, percent, scoreWords, type Tile, thousands } from './page.js';

/**
 * A segmentation run as one static page: scores per class, confusion, learning curves, test images beside their true and
 * predicted maps, the model card and how to repeat the run.
 *
 * @param report the run
 * @param examples test images with their maps
 * @param palette colours by class
 * @returns a whole HTML document
 */
export async function segmentationPage(
  report: FinetuneReport,
  examples: readonly MapExample[],
  palette: readonly Colour[],
): Promise<string> {
  const { simulated, evaluation, training, data, model } = report;
  const scores = hasValidation(training)
    ? [figure(await renderChart(scoreChart(training.history, scoresOver)), scoreWords(training))]
    : [];
  return pageOf(report, {
    title: `${model.name} maps ${data.name}`,
    lead: leadOf(report),
    simulatedMeans: 'the scores and maps below say nothing\nabout how well the model does on real satellite images',
    tiles: [
      ...(evaluation === undefined ? [] : headline(evaluation.metrics)),
      [thousands(data.samples.test), 'test images'],
    ],
    sections: [
      evaluation && (await scoresSection(evaluation)),
      await curvesSection(report, scores),
      examples.length > 0 && examplesSection(examples, data.classes, palette, simulated),
    ],
    trainedOn: data.samples.train,
  });
}

/** Which validation scores are drawn, with their names. */
const scoresOver = [
  ['meanIou', 'mIoU'],
  ['overallAccuracy', 'overall accuracy'],
] as const;

function leadOf({ data, model, engine, config }: FinetuneReport): string {
  const { train, validation, test } = data.samples;
  const share =
    data.labelled === undefined ? '' : ` (${percent(config.data.fraction)} of the labels, drawn by location)`;
  return `Segmentation into ${data.classes.length} classes from ${data.bands.length} bands; ${train} training${share}, ${validation} validation and ${test} test images. ${thousands(model.parameters.trainable)} trainable parameters, begun with ${config.transfer == null ? 'random' : 'pre-trained'} weights, trained on the ${engine.name} engine.`;
}

function headline({ overallAccuracy, kappa, meanIou }: SegmentationReport): readonly Tile[] {
  return [
    [percent(overallAccuracy), 'test overall accuracy'],
    [scoreText(kappa), "test Cohen's kappa"],
    [scoreText(meanIou), 'test mIoU'],
  ];
}

async function scoresSection(evaluation: EvaluationReport<SegmentationReport>): Promise<Markup> {
  const { metrics, dataset, split, simulated } = evaluation;
  const { perClass, confusion, ignored } = metrics;
  const bars = perClass.map(({ name, iou, support }) => ({ name, value: iou ?? 0, note: thousands(support) }));
  const words = `Bar chart of IoU per class: ${perClass.map(({ name, iou }) => `${name} ${scoreOrDash(iou)}`).join(', ')}.`;
  const matrix = confusionChart(
    confusion,
    perClass.map(({ name }) => name),
    'percent',
  );
  return html`<section>
<h2>Scores on the part “${split}” of ${dataset}${simulated && ' (simulated)'}</h2>
<div class="charts">
${figure(await renderChart(perClassChart('IoU', bars)), words, 'IoU per class (number of pixels)')}
${figure(
  await renderChart(matrix),
  'Confusion matrix: rows are true classes, columns predicted ones, numbers are shares of the row in per cent. The numbers of pixels are in report.json.',
  'Per cent of each true class (rows) predicted as each class (columns)',
)}
</div>
${scoresTable(metrics)}
<p>${thousands(metrics.pixels)} pixels of ${metrics.images} images counted${ignored > 0 && `, ${thousands(ignored)} without a label not`}.</p>
</section>`;
}

function scoresTable({ perClass, meanAccuracy, meanF1, meanIou, pixels }: SegmentationReport): Markup {
  return html`<table>
<thead><tr><th scope="col">class</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th><th scope="col">IoU</th><th scope="col">pixels</th></tr></thead>
<tbody>${perClass.map(
    ({ name, precision, recall, f1, iou, support }) =>
      html`<tr><td>${name}</td>${[precision, recall, f1, iou].map((value) => html`<td>${scoreOrDash(value)}</td>`)}<td>${thousands(support)}</td></tr>`,
  )}</tbody>
<tfoot><tr><td>mean of the classes present</td><td></td><td>${scoreText(meanAccuracy)}</td><td>${scoreText(meanF1)}</td><td>${scoreText(meanIou)}</td><td>${thousands(pixels)}</td></tr></tfoot>
</table>`;
}

function examplesSection(
  examples: readonly MapExample[],
  classes: readonly string[],
  palette: readonly Colour[],
  simulated: boolean,
): Markup {
  return html`<section>
<h2>Test images${simulated && ' (simulated)'} and their maps</h2>
<p class="lead">Left the image (each colour stretched between the 2nd and 98th percentile of all images shown), in the middle the
true map, empty where nothing is known, right the predicted one. Chosen by seed, not by success.</p>
<ul class="legend">${classes.map((name, c) => html`<li><span style="background:rgb(${palette[c].join(' ')})"></span>${name}</li>`)}</ul>
<div class="patches">${examples.map(exampleFigure)}</div>
</section>`;
}

function exampleFigure({ id, image, truth, predicted, right, trueShares, predictedShares }: MapExample): Markup {
  return html`<figure class="patch">
<div class="row"><img src="${image}" alt="Image ${id}"><img src="${truth}" alt="Its true map: ${sharesText(trueShares)}"><img src="${predicted}" alt="Its predicted map: ${sharesText(predictedShares)}"></div>
<figcaption>${right === undefined ? 'no pixel has a label' : `${percent(right)} of the pixels with a label are right`}<div class="id">${id}</div></figcaption>
</figure>`;
}

function sharesText(shares: readonly ClassShare[]): string {
  return shares.length === 0
    ? 'nothing is known'
    : shares.map(({ name, share }) => `${name} ${percent(share)}`).join(', ');
}
