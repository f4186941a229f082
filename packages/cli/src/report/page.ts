import { stringify } from 'yaml';
import type { RunReport } from '../run/report.js';
import { lossChart, renderChart } from './charts.js';
import { html, type Markup, trusted } from './markup.js';
import { style } from './style.js';

/** What reports of all kinds of runs have in common. */
export interface CommonReport
  extends Pick<
    RunReport,
    'simulated' | 'command' | 'date' | 'libraryVersion' | 'engine' | 'machine' | 'model' | 'training' | 'seconds'
  > {
  /** On what. */
  readonly data: Pick<RunReport['data'], 'name' | 'skipped' | 'scaling' | 'licence' | 'citation'>;
  /** Every setting. */
  readonly config: { readonly seed: number };
}

/** A name and what there is to say. */
export type Fact = readonly [name: string, value: string | Markup];

/** A number and what it is. */
export type Tile = readonly [value: string, name: string];

/** What a page shows between its head and the facts of the run. */
export interface PageContent {
  /** What the run did, as a title. */
  readonly title: string;
  /** The same in a sentence or two. */
  readonly lead: string;
  /** What the images that were generated say nothing about. */
  readonly simulatedMeans: string;
  /** The numbers at the top, before those of the training. */
  readonly tiles: readonly Tile[];
  /** Sections. */
  readonly sections: readonly (Markup | undefined | false)[];
  /** How many images were trained on. */
  readonly trainedOn: number;
}

/**
 * A run as one static page. The page needs nothing else: no script, and nothing is fetched.
 *
 * @param report the run
 * @param content what is particular to its kind
 * @returns a whole HTML document
 */
export function pageOf(report: CommonReport, content: PageContent): string {
  const { simulated, training } = report;
  const title = `${content.title}${simulated ? ' (simulated data)' : ''}`;
  const tiles: readonly Tile[] = [
    ...content.tiles,
    [duration(training.trainSeconds), `training time, ${training.epochs} epochs`],
    [training.imagesPerSecond.toFixed(training.imagesPerSecond < 100 ? 1 : 0), 'training images per second'],
  ];
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
<p class="lead">${content.lead}</p>
${simulated && banner(content.simulatedMeans)}
<div class="tiles">${tiles.map(([value, name]) => html`<div class="tile"><b>${value}</b><span>${name}</span></div>`)}</div>
${content.sections}
${cardSection(report, content.trainedOn)}
${runSection(report)}
<footer>Written by lulc ${report.libraryVersion} on ${report.date}.</footer>
</main>
</body>
</html>
`;
  return page.markup;
}

function banner(means: string): Markup {
  return html`<div class="banner" role="note"><strong>SIMULATED DATA</strong>
The images were generated, not observed. They exercise the whole way from files to a report; ${means}.</div>`;
}

/**
 * The learning curves: loss and what else there is.
 *
 * @param report the run
 * @param others further charts
 */
export async function curvesSection({ training }: CommonReport, others: readonly Markup[]): Promise<Markup> {
  return html`<section>
<h2>Learning curves</h2>
<div class="charts">
${figure(await renderChart(lossChart(training.history)), lossWords(training))}
${others}
</div>
</section>`;
}

function cardSection({ model, data, simulated }: CommonReport, trainedOn: number): Markup {
  const { card } = model;
  const classes: readonly Fact[] = card.classes.length === 0 ? [] : [['classes', card.classes.join('; ')]];
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
  ...classes,
  ['scaling', scalingWords(data.scaling, card)],
  [
    'trained on',
    `${data.name}${simulated ? ' — SIMULATED' : ''}, ${trainedOn} images${data.skipped > 0 ? `; ${data.skipped} unreadable samples were left out` : ''}`,
  ],
  ...(card.pretraining ?? []).map(
    ({ dataset, simulated: made, epochs, command }): Fact => [
      'before that',
      `${dataset}${made ? ' — SIMULATED' : ''}, ${epochs} epochs${command === undefined ? '' : `: ${command}`}`,
    ],
  ),
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

function runSection(report: CommonReport): Markup {
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

function factsTable(facts: readonly Fact[]): Markup {
  return html`<table class="facts"><tbody>${facts.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>`;
}

/**
 * A chart with the words that stand for it.
 *
 * @param svg the chart
 * @param words what it shows, for those who do not see it
 * @param heading title over it
 */
export function figure(svg: string, words: string, heading?: string): Markup {
  return html`<figure role="img" aria-label="${words}">${heading !== undefined && html`<h3>${heading}</h3>`}${trusted(svg)}</figure>`;
}

/** Whether there was a validation part. */
export function hasValidation({ history }: CommonReport['training']): boolean {
  return history.some(({ metrics }) => Object.keys(metrics).length > 0);
}

/** The loss in words. */
export function lossWords({ history }: CommonReport['training']): string {
  const [first, last] = [history[0], history[history.length - 1]];
  if (first === undefined) return 'Line chart of the loss: no epoch was finished.';
  return `Line chart of the loss over ${history.length} epochs: training loss from ${first.trainLoss.toFixed(3)} to ${last.trainLoss.toFixed(3)}.`;
}

/** The validation scores in words. */
export function scoreWords({ best, history }: CommonReport['training']): string {
  const end =
    best === undefined ? '' : ` The best ${best.metric} is ${best.value.toFixed(3)} in epoch ${best.epoch + 1}.`;
  return `Line chart of the validation scores over ${history.length} epochs.${end}`;
}

/** A whole number with separators. */
export function thousands(value: number): string {
  return value.toLocaleString('en');
}

/** A share in per cent, one decimal. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 90
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
