import { trainLayout } from '../config/train.js';
import type { CommandContext } from '../program/io.js';
import type { RunReport } from '../run/report.js';
import type { RunFolder } from '../run/runFolder.js';
import { trainRun } from '../run/trainRun.js';
import { evaluationText } from '../tables/scores.js';
import { interrupted, openRun, type RunFlags } from './openRun.js';

/** `lulc train`. */
export async function train(context: CommandContext, flags: RunFlags): Promise<number | undefined> {
  const run = await openRun(context, trainLayout, flags);
  const { folder } = run;
  const outcome = await trainRun(run);
  if (outcome.status === 'interrupted') return interrupted(context, 'train', folder.path, outcome.training.steps);
  context.result({ folder: folder.path, ...outcome.report }, () => trainingText(outcome.report, folder));
  return undefined;
}

/** What a finished run says on the terminal. */
export function trainingText({ evaluation, training, engine, model, simulated }: RunReport, folder: RunFolder): string {
  const { best, trainSeconds, imagesPerSecond, epochs, stopped } = training;
  return [
    ...(evaluation === undefined ? [] : [evaluationText(evaluation)]),
    '',
    `${model.name}, ${model.parameters.trainable.toLocaleString('en')} trainable parameters, ${epochs} epochs${stopped === 'early' ? ' (stopped early)' : ''}${best === undefined ? '' : `, best ${best.metric} ${best.value.toFixed(4)} in epoch ${best.epoch + 1}`}`,
    `trained in ${trainSeconds.toFixed(1)} s, ${imagesPerSecond.toFixed(1)} images/s, on ${engine.name} (${engine.device}, ${engine.version})${simulated ? ', SIMULATED data' : ''}`,
    `model:  ${folder.file('model')}, ${folder.file('safetensors')}`,
    `report: ${folder.file('html')}`,
  ].join('\n');
}
