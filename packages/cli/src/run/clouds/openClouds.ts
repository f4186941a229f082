import { LulcError } from '@lulc/core';
import { type CloudsConfig, cloudsLayout } from '../../config/clouds.js';
import { loadLayout, type Override } from '../../config/load.js';
import type { CommandContext } from '../../program/io.js';
import { defaultRunFolder, writeConfig } from '../runFolder.js';
import { type CloudsFolder, cloudsFolder, isThere } from './cloudsFolder.js';

/** Flags of all commands of `lulc clouds` with a configuration. */
export interface CloudsFlags {
  readonly config: string | undefined;
  readonly overrides: readonly Override[];
}

/**
 * The configuration of a command: a file, else what the run folder keeps, with flags on top.
 *
 * @param context environment
 * @param flags file and settings
 * @param model what a command works on; when it is a run folder, that is the one unless flags say otherwise
 * @throws LulcError `invalid-argument` when neither is there nor flags say where the data are
 */
export async function cloudsConfig(
  { env }: Pick<CommandContext, 'env'>,
  { config: file, overrides }: CloudsFlags,
  model?: string,
): Promise<{ config: CloudsConfig; folder: CloudsFolder }> {
  const output = overrides.find(({ path }) => path === 'output')?.value;
  const run = typeof output === 'string' ? output : model;
  const kept = run === undefined ? undefined : cloudsFolder(run).file('config');
  const from = file ?? (kept !== undefined && (await isThere(kept)) ? kept : undefined);
  if (from === undefined && !overrides.some(({ path }) => path === 'data.path')) {
    throw new LulcError('invalid-argument', 'clouds need a configuration', {
      hint: 'Give --config <file>, the --out folder of an earlier command, or at least --data <folder>.',
    });
  }
  const config = await loadLayout(cloudsLayout, { file: from, overrides, env });
  return { config, folder: cloudsFolder(config.output ?? defaultRunFolder(file)) };
}

/** Keeps the configuration with the plan, so that later commands need nothing but the folder. */
export async function keepConfig(folder: CloudsFolder, config: CloudsConfig): Promise<void> {
  await writeConfig({ path: folder.path, file: () => folder.file('config') }, config);
}
