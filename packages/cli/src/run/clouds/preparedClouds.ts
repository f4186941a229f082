import { type Engine, LulcError, useEngine } from '@lulc/core';
import type { CloudsConfig } from '../../config/clouds.js';
import type { CommandContext } from '../../program/io.js';
import { planText } from '../../tables/plan.js';
import { type CloudCases, openCases } from './cloudCases.js';
import { makePlan, type PlannedClouds, readPlan } from './cloudPlan.js';
import type { CloudsFolder } from './cloudsFolder.js';
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
  const { config, folder } = await cloudsConfig(context, flags);
  const engine = await useEngine(config.engine);
  context.log(`engine: ${engine.name} on ${engine.device} (${engine.version}): ${engine.why}`);
  const cases = await openCases(config.data);
  const { info } = cases.dataset;
  if (info.simulated) context.log('SIMULATED data: what comes out of this run says nothing about real imagery');
  const read = await readPlan(folder, cases);
  const planned = read ?? (await makePlan(config, cases, folder, context));
  await keepConfig(folder, config);
  if (read === undefined) context.log(planText(planned.plan));
  return { config, folder, engine, cases, planned };
}

/** Refuses to replace what a command has made, unless told what to do with it. */
export function refuseExisting(place: string): LulcError {
  return new LulcError('incompatible', 'the folder holds what is to be made already', {
    where: { folder: place },
    hint: '--resume keeps what is finished and goes on with the rest, --overwrite starts anew, --out takes another folder.',
  });
}
