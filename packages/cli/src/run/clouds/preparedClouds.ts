import { isDeepStrictEqual } from 'node:util';
import { type Engine, LulcError, useEngine } from '@lulc/core';
import { type CloudsConfig, cloudsLayout } from '../../config/clouds.js';
import { loadLayout } from '../../config/load.js';
import type { CommandContext } from '../../program/io.js';
import { planText } from '../../tables/plan.js';
import { holdsRun, type RunFolder } from '../runFolder.js';
import { type CloudCases, openCases } from './cloudCases.js';
import { makePlan, type PlannedClouds, readPlan } from './cloudPlan.js';
import { type CloudsFolder, isThere } from './cloudsFolder.js';
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
 * @throws LulcError whatever configuration, data and planning throw
 */
export async function preparedClouds(context: CommandContext, flags: CloudsFlags): Promise<PreparedClouds> {
  const { config: asked, folder } = await cloudsConfig(context, flags);
  const engine = await useEngine(asked.engine);
  context.log(`engine: ${engine.name} on ${engine.device} (${engine.version}): ${engine.why}`);
  const cases = await openCases(asked.data, context);
  const read = await readPlan(folder, cases);
  const planned = read ?? (await makePlan(asked, cases, folder, context));
  const config = read === undefined ? asked : await withKeptPlan(asked, folder, context);
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

/**
 * Refuses to replace what a command has made, unless told what to do with it.
 *
 * @throws LulcError `incompatible`
 */
export async function refuseExisting(
  parts: readonly RunFolder[],
  { resume, overwrite }: Pick<CloudsRunFlags, 'resume' | 'overwrite'>,
): Promise<void> {
  if (resume || overwrite) return;
  for (const part of parts) {
    if (!(await holdsRun(part))) continue;
    throw new LulcError('incompatible', 'the folder holds what is to be made already', {
      where: { folder: part.path },
      hint: '--resume keeps what is finished and goes on with the rest, --overwrite starts anew, --out takes another folder.',
    });
  }
}
