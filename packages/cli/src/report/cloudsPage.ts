import type { Plan } from '@lulc/cloud-unet-kd';
import type { Colour } from '@lulc/core/segmentation';
import type { CloudTrainingReport } from '../run/clouds/cloudTraining.js';
import type { CloudEvaluation } from '../run/clouds/scoreClouds.js';
import {
  type DistillationRow,
  distillationCells,
  distillationColumns,
  evaluationCells,
  evaluationColumns,
  evaluationWords,
  type FoldReport,
  foldColumns,
  foldRows,
} from '../tables/clouds.js';
import { changeText, planRows, planTitle } from '../tables/plan.js';
import { scoreOrDash } from '../tables/segmentation.js';
import { lossChart, precisionRecallChart, renderChart, scoreChart } from './charts.js';
import type { CloudExample } from './cloudExamples.js';
import { html, type Markup } from './markup.js';
import {
  type CommonReport,
  figure,
  hasValidation,
  lossWords,
  pageOf,
  percent,
  scoreWords,
  type Tile,
  thousands,
} from './page.js';

/** What a page about clouds shows. */
export interface CloudsPage {
  /** Facts of the run; model, training and card are those of the student, or of the first fold. */
  readonly report: CommonReport;
  /** How the teacher was planned. */
  readonly plan: Plan;
  /** Finished folds of the teacher. */
  readonly folds: readonly FoldReport[];
  /** Finished students by what they are called. */
  readonly students: readonly (readonly [name: string, report: CloudTrainingReport])[];
  /** Teacher and students side by side; none before distillation. */
  readonly rows: readonly DistillationRow[];
  /** What was scored beside that, of one part of a dataset. */
  readonly evaluations: readonly CloudEvaluation[];
  /** Test chips with masks. */
  readonly examples: readonly CloudExample[];
  /** Colours of clear and cloud. */
  readonly palette: readonly Colour[];
  /** How many images the model was trained on. */
  readonly trainedOn: number;
}

/**
 * A folder of `lulc clouds` as one static page: the plan with what was overruled, folds, learning curves, teacher and students
 * side by side, test chips with masks, the model card and how to repeat the run.
 *
 * @param page what it shows
 * @returns a whole HTML document
 */
export async function cloudsPage(page: CloudsPage): Promise<string> {
  const { report, plan, folds, students, rows, evaluations, examples, palette, trainedOn } = page;
  const { data, engine, simulated } = report;
  const taught = rows.length > 0;
  return pageOf(report, {
    title: `Clouds of ${data.name}${taught ? ', taught to a small network' : ''}`,
    lead: `Cloud masks from ${plan.bands.length} bands: ${folds.length} ${folds.length === 1 ? 'network' : 'networks'} planned by nnU-Net's rules${taught ? ', a student that learned from them, and the same one alone' : ''}. ${plan.cases} labelled images, trained on the ${engine.name} engine.`,
    simulatedMeans: 'the scores and masks below say nothing\nabout how well the networks do on real satellite images',
    tiles: taught ? rows.map(rowTile) : folds.map(foldTile),
    sections: [
      taught && (await rowsSection(rows)),
      evaluations.length > 0 && evaluationsSection(evaluations),
      planSection(plan),
      folds.length > 0 && foldsSection(folds),
      await curvesSection([
        ...folds.map(({ fold, report: { training } }) => [`fold ${fold}`, training] as const),
        ...students.map(([name, { training }]) => [name, training] as const),
      ]),
      examples.length > 0 && examplesSection(examples, palette, simulated),
    ],
    trainedOn,
  });
}

const rowTile = ({ name, evaluation }: DistillationRow): Tile => [
  scoreOrDash(evaluation?.report.micro.jaccard ?? null),
  `test Jaccard, ${name}`,
];

const foldTile = ({ fold, report: { evaluation } }: FoldReport): Tile => [
  scoreOrDash(evaluation?.micro.jaccard ?? null),
  `validation Jaccard, fold ${fold}`,
];

function table(columns: readonly string[], rows: readonly (readonly string[])[]): Markup {
  return html`<table>
<thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
</table>`;
}

async function rowsSection(rows: readonly DistillationRow[]): Promise<Markup> {
  const scored = rows.flatMap(({ name, evaluation }) => {
    const curves = evaluation?.report.curves;
    return curves === undefined ? [] : [{ name, ...curves }];
  });
  const [evaluation] = rows.flatMap((row) => row.evaluation ?? []);
  const words = `Precision over recall. Average precision: ${scored.map(({ name, averagePrecision }) => `${name} ${averagePrecision.toFixed(3)}`).join(', ')}.`;
  return html`<section>
<h2>Teacher and students${evaluation !== undefined && ` on the part “${evaluation.split}” of ${evaluation.dataset}${evaluation.simulated ? ' (simulated)' : ''}`}</h2>
${table(distillationColumns, distillationCells(rows))}
${
  evaluation !== undefined &&
  html`<p>Jaccard and F1: of all pixels of ${evaluation.report.chips} images together, ${thousands(evaluation.report.pixels)} that count; probabilities from ${evaluation.report.threshold} on are cloud.</p>`
}
${scored.length > 0 && html`<div class="charts">${figure(await renderChart(precisionRecallChart(scored)), words, 'Precision over recall')}</div>`}
</section>`;
}

function evaluationsSection(evaluations: readonly CloudEvaluation[]): Markup {
  const [{ dataset, split, simulated, report }] = evaluations;
  return html`<section>
<h2>Evaluated on the part “${split}” of ${dataset}${simulated && ' (simulated)'}</h2>
${table(evaluationColumns(evaluations), evaluationCells(evaluations))}
<p>${thousands(report.pixels)} pixels of ${report.chips} images. ${evaluationWords(evaluations)}</p>
</section>`;
}

function planSection(plan: Plan): Markup {
  return html`<section>
<h2>The plan of the teacher</h2>
<p class="${plan.changes.length > 0 ? 'partly' : 'exact'}">${planTitle(plan)}</p>
<table class="facts"><tbody>${planRows(plan).map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>
${plan.changes.length > 0 && html`<ul>${plan.changes.map((change) => html`<li>${changeText(change)}</li>`)}</ul>`}
</section>`;
}

function foldsSection(folds: readonly FoldReport[]): Markup {
  return html`<section>
<h2>Folds of the teacher</h2>
${table(foldColumns, foldRows(folds))}
<p>Images: trained on and validated with. Jaccard and F1: of all pixels of the validation images together.</p>
</section>`;
}

async function curvesSection(
  trainings: readonly (readonly [name: string, training: CommonReport['training']])[],
): Promise<Markup> {
  const charts = trainings.map(async ([name, training]) => [
    figure(await renderChart(lossChart(training.history)), lossWords(training), `${name}: loss`),
    ...(hasValidation(training)
      ? [
          figure(
            await renderChart(scoreChart(training.history, scoresOver)),
            scoreWords(training),
            `${name}: score of each epoch`,
          ),
        ]
      : []),
  ]);
  return html`<section>
<h2>Learning curves</h2>
<div class="charts">${await Promise.all(charts)}</div>
</section>`;
}

/** Which validation scores are drawn, with their names. */
const scoresOver = [['foregroundF1', 'pseudo-Dice']] as const;

function examplesSection(examples: readonly CloudExample[], palette: readonly Colour[], simulated: boolean): Markup {
  const names = examples[0].masks.map(({ name }) => name);
  return html`<section>
<h2>Test images${simulated && ' (simulated)'} and their masks</h2>
<p class="lead">From left to right: the image (each colour stretched between the 2nd and 98th percentile of all images shown), ${names.join(', ')}.
Masks are empty where nothing is known. Chosen by seed, not by success.</p>
<ul class="legend">${['clear', 'cloud'].map((name, c) => html`<li><span style="background:rgb(${palette[c].join(' ')})"></span>${name}</li>`)}</ul>
<div class="patches wide">${examples.map(exampleFigure)}</div>
</section>`;
}

function exampleFigure({ id, image, masks }: CloudExample): Markup {
  const said = masks.flatMap(({ name, right }) => (right === undefined ? [] : [`${name} ${percent(right)}`]));
  return html`<figure class="patch">
<div class="row"><img src="${image}" alt="Image ${id}">${masks.map(({ name, picture }) => html`<img src="${picture}" alt="Mask of image ${id}: ${name}">`)}</div>
<figcaption>${said.length === 0 ? 'no pixel has a label' : `pixels with a label that are right: ${said.join(', ')}`}<div class="id">${id}</div></figcaption>
</figure>`;
}
