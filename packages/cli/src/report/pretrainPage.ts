import type { PretrainReport } from '../run/denseReports.js';
import { metricChart, renderChart } from './charts.js';
import { html, type Markup } from './markup.js';
import { curvesSection, figure, pageOf, type Tile, thousands } from './page.js';
import type { ViewExample } from './viewExamples.js';

/**
 * A run of pre-training as one static page: its loss, how the embeddings lay, some images with their views, the model card
 * and how to repeat the run.
 *
 * @param report the run
 * @param examples images with views
 * @returns a whole HTML document
 */
export async function pretrainPage(report: PretrainReport, examples: readonly ViewExample[]): Promise<string> {
  const { simulated, training, data, model, engine, config } = report;
  const last = training.history.at(-1);
  const loss: readonly Tile[] = last === undefined ? [] : [[last.trainLoss.toFixed(4), 'training loss at the end']];
  return pageOf(report, {
    title: `${model.name} pre-trained on ${data.name} by ${config.method.name}`,
    lead: `Pre-training without labels on ${data.images} images of ${data.bands.length} bands. ${thousands(model.parameters.trainable)} trainable parameters, trained on the ${engine.name} engine.`,
    simulatedMeans: 'what the network learned says nothing\nabout real satellite images',
    tiles: [...loss, [thousands(data.images), 'images']],
    sections: [
      await curvesSection(report, []),
      report.health.length > 0 && (await healthSection(report)),
      examples.length > 0 && viewsSection(examples, simulated),
    ],
    trainedOn: data.images,
  });
}

/** What is measured of embeddings, with what it means. */
const healthNames = {
  meanCosine: 'Cosine similarity of different images, mean',
  embeddingStd: 'Spread of unit embeddings',
  effectiveRank: 'Effective number of dimensions',
  uniformity: 'Uniformity: lower is more even',
  alignment: 'Distance of two views: lower is nearer',
} as const;

async function healthSection({ health, collapsed, training }: PretrainReport): Promise<Markup> {
  const last = health[health.length - 1];
  const measured = Object.entries(healthNames).filter(([key]) => key in last.metrics);
  const charts = await Promise.all(
    measured.map(async ([key, name]) => {
      const words = `Line chart. ${name}: ${health[0].metrics[key].toFixed(3)} in epoch ${health[0].epoch + 1}, ${last.metrics[key].toFixed(3)} in epoch ${last.epoch + 1}.`;
      return figure(await renderChart(metricChart(training.history, key)), words, name);
    }),
  );
  return html`<section>
<h2>How the embeddings lie</h2>
<p class="${collapsed ? 'wrong' : 'exact'}">${collapsed ? `✗ They seem to have collapsed: ${last.collapse}.` : '✓ They have not collapsed.'}</p>
<div class="charts">${charts}</div>
</section>`;
}

function viewsSection(examples: readonly ViewExample[], simulated: boolean): Markup {
  return html`<section>
<h2>Images${simulated && ' (simulated)'} and their views</h2>
<p class="lead">Left the image, beside it what the method saw of it once. Each colour is stretched between the 2nd and 98th percentile of all
images shown.</p>
<div class="patches">${examples.map(
    ({ id, image, views }) => html`<figure class="patch">
<div class="row"><img src="${image}" alt="Image ${id}">${views.map((view, i) => html`<img src="${view}" alt="View ${i + 1} of image ${id}">`)}</div>
<figcaption><div class="id">${id}</div></figcaption>
</figure>`,
  )}</div>
</section>`;
}
