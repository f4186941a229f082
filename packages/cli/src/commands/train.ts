import { LulcError, useEngine } from '@lulc/core';
import type { z } from 'zod';
import type { ConfigLayout } from '../config/layout.js';
import { loadLayout, type Override } from '../config/load.js';
import { trainLayout } from '../config/train.js';
import { exitCodes } from '../program/exitCodes.js';
import type { CommandContext } from '../program/io.js';
import type { RunReport } from '../run/report.js';
import { defaultRunFolder, holdsRun, type RunFolder, runFolder } from '../run/runFolder.js';
import { trainRun } from '../run/trainRun.js';
import { evaluationText } from '../tables/scores.js';

/** Flags of `lulc train`. */
export interface TrainFlags {
  readonly config: string | undefined;
  readonly overrides: readonly Override[];
  readonly resume: boolean;
  readonly overwrite: boolean;
}

/** `lulc train`. */
export async function train(context: CommandContext, flags: TrainFlags): Promise<number | undefined> {
  const { config, folder } = await resolveRun(context, trainLayout, flags);
  const engine = await useEngine(config.engine);
  context.log(`engine: ${engine.name} on ${engine.device} (${engine.version}): ${engine.why}`);
  const outcome = await trainRun({
    config,
    folder,
    existing: flags.resume ? 'resume' : flags.overwrite ? 'overwrite' : 'refuse',
    engine,
    context,
  });
  if (outcome.status === 'interrupted') return interrupted(context, 'train', folder, outcome.training.steps);
  context.result({ folder: folder.path, ...outcome.report }, () => trainingText(outcome.report, folder));
  return undefined;
}

/** Tells how to go on, and gives the exit status. */
export function interrupted(context: CommandContext, command: string, folder: RunFolder, steps: number): number {
  const resume = `lulc ${command} --resume --out ${folder.path}`;
  context.log(`stopped after ${steps} steps; a checkpoint is in ${folder.file('checkpoints')}. Go on with: ${resume}`);
  context.result({ status: 'interrupted', folder: folder.path, steps, resume }, () => '');
  return exitCodes.interrupted;
}

/** Configuration and folder of a run; a run that is resumed needs nothing but its folder. */
export async function resolveRun<Schema extends RunSchema>(
  { env }: CommandContext,
  layout: ConfigLayout<Schema>,
  { config: file, overrides, resume }: TrainFlags,
): Promise<{ config: z.output<Schema>; folder: RunFolder }> {
  const output = overrides.find(({ path }) => path === 'output')?.value;
  const kept = typeof output === 'string' ? runFolder(output) : undefined;
  const own = resume && file === undefined && kept !== undefined && (await holdsRun(kept));
  if (file === undefined && !own && !overrides.some(({ path }) => path === 'data.path')) {
    throw new LulcError('invalid-argument', `${layout.name} needs a configuration`, {
      hint: 'Give --config <file>, or at least --data <folder>.',
    });
  }
  const config = await loadLayout(layout, { file: own ? kept.file('config') : file, overrides, env });
  return { config, folder: runFolder(config.output ?? defaultRunFolder(file)) };
}

/** The schema of any configuration that fills a run folder. */
type RunSchema = z.ZodType<{ readonly output?: string | undefined }>;

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
