import { splitIndices, splitOfFold, unetForPlan } from '@lulc/cloud-unet-kd';
import { LulcError } from '@lulc/core';
import { subset } from '@lulc/sentinel2-data';
import type { CommandContext } from '../../program/io.js';
import type { PlannedClouds } from '../../run/clouds/cloudPlan.js';
import { cloudTraining } from '../../run/clouds/cloudTraining.js';
import { type CloudsRunFlags, type PreparedClouds, preparedClouds } from '../../run/clouds/preparedClouds.js';
import { writeCloudsPage } from '../../run/clouds/writeCloudsPage.js';
import { type FoldReport, foldsText } from '../../tables/clouds.js';
import { interrupted } from '../openRun.js';

/** Flags of `lulc clouds train`. */
export interface CloudsTrainFlags extends CloudsRunFlags {
  /** Folds by number, or `all`. */
  readonly fold: readonly string[] | undefined;
}

/** `lulc clouds train`: one fold after the other. */
export async function cloudsTrain(context: CommandContext, flags: CloudsTrainFlags): Promise<number | undefined> {
  const started = performance.now();
  const asked = flags.fold?.map(foldOf);
  const foldsOf = ({ splits }: PlannedClouds) => asked ?? splits.map((_, fold) => fold);
  const prepared = await preparedClouds(context, flags, foldsOf);
  const { folder, planned } = prepared;
  const reports: FoldReport[] = [];
  for (const fold of foldsOf(planned)) {
    const outcome = await trainFold(prepared, fold, flags.resume, context);
    if (outcome.status === 'interrupted') {
      const command = flags.fold === undefined ? 'clouds train' : `clouds train --fold ${flags.fold.join()}`;
      return interrupted(context, command, folder.path, outcome.training.steps);
    }
    reports.push({ fold, report: outcome.report });
  }
  await writeCloudsPage(prepared, started, context);
  context.result({ folder: folder.path, folds: reports }, () => foldsText(reports));
  return undefined;
}

function foldOf(name: string): number | 'all' {
  if (name === 'all') return 'all';
  if (/^\d{1,6}$/.test(name)) return Number(name);
  throw new LulcError('invalid-argument', `no fold '${name}'`, {
    where: { option: 'fold' },
    hint: 'A number from 0, or all.',
  });
}

function trainFold(
  { config, folder, engine, cases, planned }: PreparedClouds,
  fold: number | 'all',
  resumes: boolean,
  context: CommandContext,
) {
  const { plan, splits } = planned;
  const { ids, groups, dataset } = cases;
  const split = splitOfFold({
    fold,
    splits,
    cases: ids.map((id, i) => ({ id, group: groups[i] })),
    rule: config.folds.by === 'groups' ? 'grouped' : 'nnunet',
  });
  const { train, val } = splitIndices(ids, split);
  const seed = config.seed + (fold === 'all' ? 0 : fold);
  return cloudTraining({
    config,
    engine,
    context,
    title: `fold ${fold}`,
    folder: folder.part(fold),
    resumes,
    plan,
    network: () => unetForPlan(plan, { seed }),
    train: subset(dataset, train),
    validation: fold === 'all' ? undefined : subset(dataset, val),
    seed,
  });
}
