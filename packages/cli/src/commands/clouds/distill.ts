import { rm } from 'node:fs/promises';
import {
  cacheTeacherMaps,
  countUnet,
  distillationObjective,
  networkOptions,
  outOfFold,
  withSoftTargets,
} from '@lulc/cloud-unet-kd';
import { fileTeacherMaps } from '@lulc/cloud-unet-kd/node';
import { isLulcError, LulcError } from '@lulc/core';
import type { SegmentationDataset } from '@lulc/core/segmentation';
import { concatenateDatasets } from '@lulc/sentinel2-data';
import type { CommandContext } from '../../program/io.js';
import { progressLine } from '../../program/progress.js';
import { openUnlabelledChips } from '../../run/clouds/cloudCases.js';
import { type CloudNetworks, openCloudNetworks, openForNetworks } from '../../run/clouds/cloudNetworks.js';
import { foldModels, studentNames } from '../../run/clouds/cloudsFolder.js';
import { type CloudTrainingReport, cloudTraining } from '../../run/clouds/cloudTraining.js';
import { type CloudsRunFlags, type PreparedClouds, preparedClouds } from '../../run/clouds/preparedClouds.js';
import { type CloudEvaluation, networkJudge, scoreClouds } from '../../run/clouds/scoreClouds.js';
import { type PlannedStudent, plannedStudent } from '../../run/clouds/student.js';
import { type DistillationRecord, writeCloudsPage } from '../../run/clouds/writeCloudsPage.js';
import type { RunOutcome } from '../../run/openedRun.js';
import { jsonText, writeText } from '../../run/runFolder.js';
import { type DistillationRow, rowsText } from '../../tables/clouds.js';
import { interrupted } from '../openRun.js';

type Student = (typeof studentNames)[number];

/** `lulc clouds distill`: the student with the teacher, and alone. */
export async function cloudsDistill(context: CommandContext, flags: CloudsRunFlags): Promise<number | undefined> {
  const started = performance.now();
  const prepared = await preparedClouds(context, flags, () => studentNames);
  const { folder, planned } = prepared;
  await requireFolds(prepared);
  const student = plannedStudent(planned.plan, prepared.config.student);
  const data = await taughtData(prepared, flags, context);
  for (const name of studentNames) {
    const outcome = await trainStudent(prepared, name, student, data[name], flags.resume, context);
    if (outcome.status === 'interrupted')
      return interrupted(context, 'clouds distill', folder.path, outcome.training.steps);
  }
  const rows = await scoredRows(prepared, student, context);
  const { simulated } = prepared.cases.dataset.info;
  const result: DistillationRecord = { date: new Date().toISOString(), folder: folder.path, simulated, rows };
  await writeText(folder.file('distillation'), jsonText(result));
  await writeCloudsPage(prepared, started, context);
  context.result(result, () => rowsText(rows, simulated));
  return undefined;
}

async function requireFolds({ folder, planned, config }: PreparedClouds): Promise<void> {
  const { splits } = planned;
  const found = (await foldModels(folder, splits.length)).length;
  const isEnough = config.distillation.teacher === 'ensemble' ? found > 0 : found === splits.length;
  if (isEnough) return;
  throw new LulcError('missing-file', `${found} of ${splits.length} folds of the teacher are trained`, {
    where: { folder: folder.path },
    hint: 'Run lulc clouds train --resume first; or, with fewer folds, set distillation.teacher to ensemble.',
  });
}

/** Asks the teacher about every image, and gives what each student sees. */
async function taughtData(
  { config, folder, cases, planned }: PreparedClouds,
  { overwrite }: CloudsRunFlags,
  context: CommandContext,
): Promise<Readonly<Record<Student, SegmentationDataset>>> {
  const { data, distillation } = config;
  const more = await openUnlabelledChips(data, cases.dataset.info.classes);
  const everything = more === undefined ? cases.dataset : concatenateDatasets([cases.dataset, more]);
  const networks = await openCloudNetworks(folder.path, context);
  const progress = progressLine(context, 'asking the teacher');
  try {
    const ask = async () => {
      const store = fileTeacherMaps(folder.file('maps'));
      await cacheTeacherMaps({
        dataset: everything,
        networks: networks.models,
        normalization: networks.normalization,
        ...(distillation.teacher === 'out-of-fold' ? { foldOf: outOfFold(planned.splits) } : {}),
        mirror: distillation.mirror ? ['vertical', 'horizontal'] : [],
        overlap: config.inference.overlap,
        store,
        signal: context.signal,
        onProgress: progress.update,
      });
      return store;
    };
    const maps = await ask().catch(async (error: unknown) => {
      // maps of a teacher that is trained anew are of no use to anybody
      if (!overwrite || !isLulcError(error, 'incompatible')) throw error;
      await rm(folder.file('maps'), { recursive: true });
      return ask();
    });
    // without a teacher, images without labels say nothing
    return { student: withSoftTargets(everything, maps), 'student-alone': cases.dataset };
  } finally {
    progress.stop();
    networks.dispose();
  }
}

async function trainStudent(
  { config, engine, folder }: PreparedClouds,
  name: Student,
  { plan, overrides, build }: PlannedStudent,
  train: SegmentationDataset,
  resumes: boolean,
  context: CommandContext,
): Promise<RunOutcome<CloudTrainingReport>> {
  const part = folder.part(name);
  const taught = 'a teacher is listened to';
  const { alpha, temperature, distance } = config.distillation;
  const value = distillationObjective({ alpha, distance, ...(distance === 'kl' ? { temperature } : {}) });
  return cloudTraining({
    config,
    engine,
    context,
    title: name === 'student' ? 'student, taught' : 'the same student, alone',
    folder: part,
    resumes,
    plan,
    network: () => build(config.seed),
    train,
    validation: undefined,
    overrides: [...overrides, ...(name === 'student' ? ([{ field: 'loss', value, reason: taught }] as const) : [])],
    seed: config.seed,
  });
}

/** Teacher, taught student and student alone on the test part. */
async function scoredRows(
  { config, folder, planned }: PreparedClouds,
  student: PlannedStudent,
  context: CommandContext,
): Promise<readonly DistillationRow[]> {
  const { data, inference } = config;
  const { test } = data.splits;
  const rows: DistillationRow[] = [];
  let one = Number.NaN;
  for (const name of ['teacher', ...studentNames] as const) {
    const networks = await openCloudNetworks(name === 'teacher' ? folder.path : folder.part(name).path, context);
    try {
      const parameters = networks.parameters / networks.models.length;
      if (name === 'teacher') one = parameters;
      const options = name === 'teacher' ? networkOptions(planned.plan) : networkOptions(student.plan, student.style);
      rows.push({
        name,
        networks: networks.models.length,
        parameters,
        ratio: one / parameters,
        multiplyAdds: countUnet(options).multiplyAdds,
        ...(test === null ? {} : { evaluation: await evaluated(name, networks) }),
      });
    } finally {
      networks.dispose();
    }
  }
  return rows;

  async function evaluated(name: string, networks: CloudNetworks): Promise<CloudEvaluation> {
    const part = await openForNetworks(networks.card, data, test as string);
    const scoring = { threshold: inference.threshold, ring: 0 };
    return scoreClouds(name, part, networkJudge(networks, inference, context.signal), scoring, context);
  }
}
