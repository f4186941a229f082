import { pretrainLayout } from '../config/pretrain.js';
import type { CommandContext } from '../program/io.js';
import type { PretrainReport } from '../run/denseReports.js';
import { pretrainRun } from '../run/pretrainRun.js';
import type { RunFolder } from '../run/runFolder.js';
import { interrupted, openRun, type RunFlags } from './openRun.js';

/** `lulc pretrain`. */
export async function pretrain(context: CommandContext, flags: RunFlags): Promise<number | undefined> {
  const run = await openRun(context, pretrainLayout, flags);
  const { folder } = run;
  const outcome = await pretrainRun(run);
  if (outcome.status === 'interrupted') return interrupted(context, 'pretrain', folder.path, outcome.training.steps);
  context.result({ folder: folder.path, ...outcome.report }, () => pretrainText(outcome.report, folder));
  return undefined;
}

function pretrainText({ config, training, engine, model, data }: PretrainReport, folder: RunFolder): string {
  const { trainSeconds, imagesPerSecond, epochs, history } = training;
  return [
    `${config.method.name} on ${data.images} images of ${data.name}, ${epochs} epochs, loss ${history.at(-1)?.trainLoss.toFixed(4)}`,
    `${model.name}, ${model.parameters.trainable.toLocaleString('en')} trainable parameters`,
    `trained in ${trainSeconds.toFixed(1)} s, ${imagesPerSecond.toFixed(1)} images/s, on ${engine.name} (${engine.device}, ${engine.version})`,
    `model: ${folder.file('model')}; fine-tune it with: lulc finetune --transfer.from ${folder.file('model')}`,
    `report: ${folder.file('html')}`,
  ].join('\n');
}
