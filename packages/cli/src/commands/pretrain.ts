import { useEngine } from '@lulc/core';
import { pretrainLayout } from '../config/pretrain.js';
import type { CommandContext } from '../program/io.js';
import { type PretrainReport, pretrainRun } from '../run/pretrainRun.js';
import type { RunFolder } from '../run/runFolder.js';
import { interrupted, resolveRun, type TrainFlags } from './train.js';

/** `lulc pretrain`. */
export async function pretrain(context: CommandContext, flags: TrainFlags): Promise<number | undefined> {
  const { config, folder } = await resolveRun(context, pretrainLayout, flags);
  const engine = await useEngine(config.engine);
  context.log(`engine: ${engine.name} on ${engine.device} (${engine.version}): ${engine.why}`);
  const existing = flags.resume ? 'resume' : flags.overwrite ? 'overwrite' : 'refuse';
  const outcome = await pretrainRun({ config, folder, existing, engine, context });
  if (outcome.status === 'interrupted') return interrupted(context, 'pretrain', folder, outcome.training.steps);
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
  ].join('\n');
}
