import { isDeepStrictEqual } from 'node:util';
import { isLulcError, LulcError, useEngine } from '@lulc/core';
import { cloudsLayout } from '../../config/clouds.js';
import { loadLayout } from '../../config/load.js';
import type { CommandContext } from '../../program/io.js';
import { cloudBaselines } from '../../run/clouds/baselines.js';
import { openCases } from '../../run/clouds/cloudCases.js';
import { openCloudNetworks, openForNetworks } from '../../run/clouds/cloudNetworks.js';
import { readPlan } from '../../run/clouds/cloudPlan.js';
import { isThere } from '../../run/clouds/cloudsFolder.js';
import { type CloudsFlags, cloudsConfig } from '../../run/clouds/openClouds.js';
import type { PreparedClouds } from '../../run/clouds/preparedClouds.js';
import { type CloudEvaluation, type CloudJudge, networkJudge, scoreClouds } from '../../run/clouds/scoreClouds.js';
import { type EvaluationRecord, writeCloudsPage } from '../../run/clouds/writeCloudsPage.js';
import { openMasks } from '../../run/denseData.js';
import { jsonText, writeText } from '../../run/runFolder.js';
import { cloudsText } from '../../tables/clouds.js';

/** Flags of `lulc clouds evaluate`. */
export interface CloudsEvaluateFlags extends CloudsFlags {
  /** Models, each as `openCloudNetworks` takes it. */
  readonly model: readonly string[] | undefined;
  readonly split: string | undefined;
  readonly baselines: boolean;
  readonly ring: number;
  /** Reflectance per stored unit, for thresholds. */
  readonly reflectanceScale: number;
}

/** `lulc clouds evaluate`: any number of models, and thresholds, on a part of a dataset. */
export async function cloudsEvaluate(context: CommandContext, flags: CloudsEvaluateFlags): Promise<undefined> {
  const started = performance.now();
  const { config, folder } = await cloudsConfig(context, flags, flags.model?.[0]);
  const { data, inference } = config;
  const split = flags.split ?? data.splits.test;
  if (split === null) {
    throw new LulcError('invalid-argument', 'the configuration has no test part', { hint: 'Name one with --split.' });
  }
  const engine = await useEngine(config.engine);
  context.log(`engine: ${engine.name} on ${engine.device} (${engine.version}): ${engine.why}`);
  const scoring = { threshold: inference.threshold, ring: flags.ring };
  // what cannot be is told before time is spent
  const baselines = flags.baselines
    ? await cloudBaselines((await openCases(data, context)).dataset, flags.reflectanceScale)
    : [];
  const evaluations: CloudEvaluation[] = [];
  const parameters: Record<string, number> = {};
  for (const place of flags.model ?? [folder.path]) {
    const networks = await openCloudNetworks(place, context);
    try {
      const part = await openForNetworks(networks.card, data, split);
      parameters[place] = networks.parameters;
      const judge = networkJudge(networks, inference, context.signal);
      evaluations.push(await scoreClouds(place, part, judge, scoring, context));
    } finally {
      networks.dispose();
    }
  }
  for (const baseline of baselines) {
    const part = await openMasks(data, split);
    const judge: CloudJudge = async ({ image }) => ({ predicted: baseline.predict(image) });
    evaluations.push(await scoreClouds(baseline.name, part, judge, scoring, context));
  }
  const record: EvaluationRecord = { date: new Date().toISOString(), evaluations };
  await addToPage({ config, folder, engine }, record, started, context);
  const { name, device, version } = engine;
  context.result({ engine: { name, device, version }, parameters, evaluations }, () => cloudsText(evaluations));
  return undefined;
}

/** Keeps what was scored with the run whose data these are, and shows it on its page. */
async function addToPage(
  { config, folder, engine }: Pick<PreparedClouds, 'config' | 'folder' | 'engine'>,
  record: EvaluationRecord,
  started: number,
  context: CommandContext,
): Promise<void> {
  const file = folder.file('config');
  if (!(await isThere(file)) || !(await isThere(folder.file('plans')))) return;
  const { data } = await loadLayout(cloudsLayout, { file, env: context.env });
  if (!isDeepStrictEqual(data, config.data)) return;
  await writeText(folder.file('evaluation'), jsonText(record));
  try {
    const cases = await openCases(data, context);
    const planned = await readPlan(folder, cases);
    if (planned !== undefined) await writeCloudsPage({ config, folder, engine, cases, planned }, started, context);
  } catch (error) {
    // the scores are there; the training part may be elsewhere
    if (!isLulcError(error) || error.code === 'aborted') throw error;
    context.log(`${folder.file('html')} is left as it is: ${error.message}`);
  }
}
