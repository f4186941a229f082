import { readFile } from 'node:fs/promises';
import {
  crossValidation,
  type Fingerprint,
  fingerprint,
  fingerprintFromJson,
  fingerprintToJson,
  type Plan,
  type PlanOverride,
  type PlanValues,
  planFor,
  plansFromJson,
  plansToJson,
  reducePlan,
  type Split,
  splitsFromJson,
  splitsToJson,
} from '@lulc/cloud-unet-kd';
import type { CloudsConfig } from '../../config/clouds.js';
import type { CommandContext } from '../../program/io.js';
import { progressLine } from '../../program/progress.js';
import { writeText } from '../runFolder.js';
import type { CloudCases } from './cloudCases.js';
import { type CloudsFolder, isThere } from './cloudsFolder.js';
import { trainingSpeed } from './trainingSpeed.js';

/** What is decided before a teacher is trained. */
export interface PlannedClouds {
  /** How it is trained. */
  readonly plan: Plan;
  /** Of the dataset. */
  readonly fingerprint: Fingerprint;
  /** Cases of each fold. */
  readonly splits: readonly Split[];
}

/**
 * Looks at the data, plans, and writes the three files as nnU-Net has them. Files of splits that are there stay: cases may be
 * parted by hand.
 *
 * @throws LulcError whatever reading, the fingerprint and the rules throw
 */
export async function makePlan(
  config: CloudsConfig,
  { dataset, ids, groups }: CloudCases,
  folder: CloudsFolder,
  context: CommandContext,
): Promise<PlannedClouds> {
  const looking = progressLine(context, 'looking at every image');
  const found = await fingerprint(dataset, { onProgress: looking.update, signal: context.signal }).finally(
    looking.stop,
  );
  const { version, memoryGb, normalization, minutes, reason } = config.plan;
  const planned = planFor({
    fingerprint: found,
    version,
    memoryGb,
    normalization,
    overrides: overridesOf(config.plan, reason),
  });
  const plan =
    minutes === undefined
      ? planned
      : reducePlan(planned, {
          minutes,
          gmacPerSecond: config.plan.gmacsPerSecond ?? (await measured(context)),
        });
  const splits = (await isThere(folder.file('splits')))
    ? splitsFromJson(await readFile(folder.file('splits'), 'utf8'), ids)
    : crossValidation({
        cases: ids.map((id, i) => ({ id, group: groups[i] })),
        folds: config.folds.count,
        rule: config.folds.by === 'groups' ? 'grouped' : 'nnunet',
      });
  await writeText(folder.file('fingerprint'), fingerprintToJson(found));
  await writeText(folder.file('plans'), plansToJson(plan, { fingerprint: found }));
  await writeText(folder.file('splits'), splitsToJson(splits));
  return { plan, fingerprint: found, splits };
}

/**
 * Reads what {@link makePlan} wrote, or nnU-Net itself.
 *
 * @param folder of the run
 * @param cases that there are
 * @returns `undefined` when there is no plan
 * @throws LulcError `corrupt-file`; `incompatible` when the files are of other cases
 */
export async function readPlan(folder: CloudsFolder, { dataset, ids }: CloudCases): Promise<PlannedClouds | undefined> {
  if (!(await isThere(folder.file('plans')))) return undefined;
  const { name, bands, classes } = dataset.info;
  const names = { dataset: name, bands, classes };
  const read = (file: 'fingerprint' | 'plans' | 'splits') => readFile(folder.file(file), 'utf8');
  return {
    plan: plansFromJson(await read('plans'), names),
    fingerprint: fingerprintFromJson(await read('fingerprint'), names),
    splits: splitsFromJson(await read('splits'), ids),
  };
}

const overruled = [
  'patchSize',
  'batchSize',
  'widths',
  'epochs',
  'iterations',
  'validationIterations',
  'learningRate',
  'foregroundShare',
  'deepSupervision',
] as const satisfies readonly (keyof PlanValues)[];

/**
 * The values of a configuration that are to hold instead of planned ones.
 *
 * @param values those that are given
 * @param reason kept with the plan
 */
export function overridesOf(
  values: { readonly [Field in (typeof overruled)[number]]?: PlanValues[Field] | undefined },
  reason: string,
): PlanOverride[] {
  return overruled.flatMap((field) =>
    values[field] === undefined ? [] : [{ field, value: values[field], reason } as PlanOverride],
  );
}

/** Of what `minutes` is enough for is told, too: it differs from machine to machine. */
async function measured({ log, signal }: CommandContext): Promise<number> {
  const speed = Number((await trainingSpeed({ signal })).toPrecision(3));
  log(`speed of training: ${speed} · 10⁹ multiply-adds per second`);
  return speed;
}
