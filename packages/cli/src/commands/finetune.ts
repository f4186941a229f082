import { finetuneLayout } from '../config/finetune.js';
import type { CommandContext } from '../program/io.js';
import type { FinetuneReport } from '../run/denseReports.js';
import { finetuneRun } from '../run/finetuneRun.js';
import type { RunFolder } from '../run/runFolder.js';
import { segmentationText } from '../tables/segmentation.js';
import { interrupted, openRun, type RunFlags } from './openRun.js';

/** `lulc finetune`. */
export async function finetune(context: CommandContext, flags: RunFlags): Promise<number | undefined> {
  const run = await openRun(context, finetuneLayout, flags);
  const { folder } = run;
  const outcome = await finetuneRun(run);
  if (outcome.status === 'interrupted') return interrupted(context, 'finetune', folder.path, outcome.training.steps);
  context.result({ folder: folder.path, ...outcome.report }, () => finetuneText(outcome.report, folder));
  return undefined;
}

function finetuneText({ evaluation, training, engine, model, simulated }: FinetuneReport, folder: RunFolder): string {
  const { best, trainSeconds, imagesPerSecond, epochs } = training;
  const chosen = best === undefined ? '' : `, best ${best.metric} ${best.value.toFixed(4)} in epoch ${best.epoch + 1}`;
  return [
    ...(evaluation === undefined ? [] : [segmentationText(evaluation)]),
    '',
    `${model.name}, ${model.parameters.trainable.toLocaleString('en')} trainable parameters, ${epochs} epochs${chosen}`,
    `trained in ${trainSeconds.toFixed(1)} s, ${imagesPerSecond.toFixed(1)} images/s, on ${engine.name} (${engine.device}, ${engine.version})${simulated ? ', SIMULATED data' : ''}`,
    `model:  ${folder.file('model')}, ${folder.file('safetensors')}`,
    `report: ${folder.file('html')}`,
  ].join('\n');
}
