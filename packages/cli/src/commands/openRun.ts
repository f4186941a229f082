import { LulcError, useEngine } from '@lulc/core';
import type { z } from 'zod';
import type { engineChoices } from '../config/basics.js';
import type { ConfigLayout } from '../config/layout.js';
import { loadLayout, type Override } from '../config/load.js';
import { exitCodes } from '../program/exitCodes.js';
import type { CommandContext } from '../program/io.js';
import type { OpenedRun } from '../run/openedRun.js';
import { defaultRunFolder, holdsRun, type RunFolder, runFolder } from '../run/runFolder.js';

/** Flags of commands that fill a run folder. */
export interface RunFlags {
  readonly config: string | undefined;
  readonly overrides: readonly Override[];
  readonly resume: boolean;
  readonly overwrite: boolean;
}

/**
 * Reads the configuration and takes an engine.
 *
 * @param layout the kind of configuration
 */
export async function openRun<Schema extends RunSchema>(
  context: CommandContext,
  layout: ConfigLayout<Schema>,
  flags: RunFlags,
): Promise<OpenedRun<z.output<Schema>>> {
  const { config, folder } = await resolveRun(context, layout, flags);
  const engine = await useEngine(config.engine);
  context.log(`engine: ${engine.name} on ${engine.device} (${engine.version}): ${engine.why}`);
  return {
    config,
    folder,
    engine,
    context,
    existing: flags.resume ? 'resume' : flags.overwrite ? 'overwrite' : 'refuse',
  };
}

/** Tells how to go on, and gives the exit status. */
export function interrupted(context: CommandContext, command: string, folder: string, steps: number): number {
  const resume = `lulc ${command} --resume --out ${folder}`;
  context.log(`stopped after ${steps} steps; a checkpoint is in ${folder}. Go on with: ${resume}`);
  context.result({ status: 'interrupted', folder, steps, resume }, () => '');
  return exitCodes.interrupted;
}

/** Configuration and folder of a run; a run that is resumed needs nothing but its folder. */
async function resolveRun<Schema extends RunSchema>(
  { env }: CommandContext,
  layout: ConfigLayout<Schema>,
  { config: file, overrides, resume }: RunFlags,
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
type RunSchema = z.ZodType<{ readonly output?: string | undefined; readonly engine: EngineChoice }>;

type EngineChoice = (typeof engineChoices)[number];
