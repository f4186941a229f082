import { LulcError, useEngine } from '@lulc/core';
import type { CommandContext } from '../../program/io.js';
import { openCases } from '../../run/clouds/cloudCases.js';
import { makePlan } from '../../run/clouds/cloudPlan.js';
import { isThere } from '../../run/clouds/cloudsFolder.js';
import { type CloudsFlags, cloudsConfig, keepConfig } from '../../run/clouds/openClouds.js';
import { planText } from '../../tables/plan.js';

/** `lulc clouds plan`. */
export async function cloudsPlan(
  context: CommandContext,
  flags: CloudsFlags & { readonly overwrite: boolean },
): Promise<undefined> {
  const { config, folder } = await cloudsConfig(context, flags);
  if (!flags.overwrite && (await isThere(folder.file('plans')))) {
    throw new LulcError('incompatible', 'the folder holds a plan already', {
      where: { folder: folder.path },
      hint: '--overwrite plans anew, --out takes another folder.',
    });
  }
  await useEngine(config.engine);
  const cases = await openCases(config.data, context);
  const { plan, splits } = await makePlan(config, cases, folder, context);
  await keepConfig(folder, config);
  context.result({ folder: folder.path, plan, splits }, () =>
    [planText(plan), `${splits.length} folds; all of it is in ${folder.path}`].join('\n'),
  );
  return undefined;
}
