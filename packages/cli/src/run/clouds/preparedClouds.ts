import { isDeepStrictEqual } from 'node:util';
import { type Engine, LulcError, useEngine } from '@lulc/core';
import { type CloudsConfig, cloudsLayout } from '../../config/clouds.js';
import { loadLayout } from '../../config/load.js';
import type { CommandContext } from '../../program/io.js';
import { planText } from '../../tables/plan.js';
import { holdsRun } from '../runFolder.js';
import { type CloudCases, openCases } from './cloudCases.js';
import { makePlan, type PlannedClouds, readPlan } from './cloudPlan.js';
import { type CloudsFolder, type CloudsPart, isThere } from './cloudsFolder.js';
import { requireSameSettings } from './keptSettings.js';
import { type CloudsFlags, cloudsConfig, keepConfig } from './openClouds.js';

/** Flags of commands that train. */
export interface CloudsRunFlags extends CloudsFlags {
  readonly resume: boolean;
  readonly overwrite: boolean;
}

/** A folder with a plan, ready for training. */
export interface PreparedClouds {
  readonly config: CloudsConfig;
  readonly folder: CloudsFolder;
  readonly engine: Engine;
  readonly cases: CloudCases;
  readonly planned: PlannedClouds;
}

/**
 * Opens the data and the plan of a folder; without one it is planned.
 *
 * @param context environment
 * @param flags file and settings, and what becomes of what is there
 * @param partsOf what is to be made, once it is planned
 * @throws LulcError whatever configuration, data and planning throw; `incompatible` when something of what is to be made is
 *   there, and is not to be gone on with, or was begun by other settings
 */
export async function preparedClouds(
  context: CommandContext,
  flags: CloudsRunFlags,
  partsOf: (planned: PlannedClouds) => readonly CloudsPart[],
): Promise<PreparedClouds> {
  const { config: asked, folder } = await cloudsConfig(context, flags);
  const engine = await useEngine(asked.engine);
  context.log(`engine: ${engine.name} on ${engine.device} (${engine.version}): ${engine.why}`);
  const cases = await openCases(asked.data, context);
  const read = await readPlan(folder, cases);
  const planned = read ?? (await makePlan(asked, cases, folder, context));
  const config = read === undefined ? asked : await withKeptPlan(asked, folder, context);
  // before the settings are kept: what is refused leaves nothing behind
  for (const part of flags.overwrite ? [] : partsOf(planned)) {
    await (flags.resume ? requireSameSettings(folder, part, config, context) : requireNothing(folder, part));
  }
  await keepConfig(folder, config);
  if (read === undefined) context.log(planText(planned.plan));
  return { config, folder, engine, cases, planned };
}

/** The settings, with those that the plan of a folder was made by. */
async function withKeptPlan(
  asked: CloudsConfig,
  folder: CloudsFolder,
  { env, log }: CommandContext,
): Promise<CloudsConfig> {
  const file = folder.file('config');
  if (!(await isThere(file))) return asked;
  const { plan, folds } = await loadLayout(cloudsLayout, { file, env });
  if (isDeepStrictEqual([plan, folds], [asked.plan, asked.folds])) return asked;
  log('warning: the plan was made by other settings (plan, folds), and holds; lulc clouds plan --overwrite plans anew');
  return { ...asked, plan, folds };
}

/** Refuses to replace what was made, unless told what to do with it. */
async function requireNothing(folder: CloudsFolder, part: CloudsPart): Promise<void> {
  const run = folder.part(part);
  if (!(await holdsRun(run))) return;
  throw new LulcError('incompatible', 'the folder holds what is to be made already', {
    where: { folder: run.path },
    hint: '--resume keeps what is finished and goes on with the rest, --overwrite starts anew, --out takes another folder.',
  });
}
