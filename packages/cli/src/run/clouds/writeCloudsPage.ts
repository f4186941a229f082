import { readFile } from 'node:fs/promises';
import type { Colour } from '@lulc/core/segmentation';
import type { CommandContext } from '../../program/io.js';
import { cloudExamples } from '../../report/cloudExamples.js';
import { cloudsPage } from '../../report/cloudsPage.js';
import type { DistillationRow } from '../../tables/clouds.js';
import { reportFacts } from '../report.js';
import { writeText } from '../runFolder.js';
import { openCloudNetworks, openForNetworks } from './cloudNetworks.js';
import { type CloudsPart, isThere, studentNames } from './cloudsFolder.js';
import type { CloudTrainingReport } from './cloudTraining.js';
import type { PreparedClouds } from './preparedClouds.js';
import { type CloudEvaluation, networkJudge } from './scoreClouds.js';

/** Chips that are shown. */
const shownChips = 6;

/** Colours of clear and cloud. */
const palette: readonly Colour[] = [
  [43, 92, 138],
  [242, 242, 242],
];

/** What `distillation.json` and `evaluation.json` have in common. */
interface DatedRecord {
  /** When it was made, ISO 8601. */
  readonly date: string;
}

/** The content of `distillation.json`. */
export interface DistillationRecord extends DatedRecord {
  /** The folder. */
  readonly folder: string;
  /** True when the pixels were generated, not observed. */
  readonly simulated: boolean;
  /** Teacher and students side by side. */
  readonly rows: readonly DistillationRow[];
}

/** The content of `evaluation.json`. */
export interface EvaluationRecord extends DatedRecord {
  /** What was scored last. */
  readonly evaluations: readonly CloudEvaluation[];
}

/** What a JSON file holds, when it is there. */
async function readRecord<Content>(file: string): Promise<Content | undefined> {
  return (await isThere(file)) ? (JSON.parse(await readFile(file, 'utf8')) as Content) : undefined;
}

/**
 * Writes the `report.html` of a folder of clouds: everything that is finished there, by this command or an earlier one. Scores of
 * networks that have been trained anew since are left out. Without anything finished there is no page.
 *
 * @param prepared the folder
 * @param started when the command began, by `performance.now()`
 * @param context environment
 */
export async function writeCloudsPage(
  prepared: PreparedClouds,
  started: number,
  context: CommandContext,
): Promise<void> {
  const { config, engine, cases, planned, folder } = prepared;
  const reportOf = async <Part extends CloudsPart>(part: Part) => {
    const report = await readRecord<CloudTrainingReport>(folder.part(part).file('report'));
    return report === undefined ? [] : [[part, report] as const];
  };
  const folds = (await Promise.all([...planned.splits.keys(), 'all' as const].map(reportOf))).flat();
  const students = (await Promise.all(studentNames.map(reportOf))).flat();
  const finished = [...students, ...folds].map(([, report]) => report);
  const [main] = finished;
  if (main === undefined) return;
  const current = async <Content extends DatedRecord>(file: 'distillation' | 'evaluation') => {
    const record = await readRecord<Content>(folder.file(file));
    return record !== undefined && finished.every(({ date }) => date <= record.date) ? record : undefined;
  };
  const shown = [
    ...(folds.length === 0 ? [] : [['teacher', folder.path] as const]),
    ...students.map(([name]) => [name, folder.part(name).path] as const),
  ];
  const { name, licence, citation, simulated } = cases.dataset.info;
  const scaling = [...new Set(planned.plan.normalization.map(({ scheme }) => scheme))].join(', ');
  const page = await cloudsPage({
    report: {
      ...reportFacts({ simulated, engine, command: context.commandLine, started }),
      data: { name, licence, citation, scaling, skipped: cases.skipped },
      model: main.model,
      training: main.training,
      config,
    },
    plan: planned.plan,
    folds: folds.map(([fold, report]) => ({ fold, report })),
    students,
    rows: (await current<DistillationRecord>('distillation'))?.rows ?? [],
    evaluations: (await current<EvaluationRecord>('evaluation'))?.evaluations ?? [],
    examples: students.length === 0 ? [] : await examplesOf(prepared, shown, context),
    palette,
    trainedOn: main.data.train,
  });
  await writeText(folder.file('html'), page);
}

async function examplesOf(
  { config: { data, inference, seed } }: PreparedClouds,
  shown: readonly (readonly [name: string, place: string])[],
  context: CommandContext,
) {
  const { test } = data.splits;
  if (test === null) return [];
  const opened = [];
  try {
    for (const [name, place] of shown) opened.push({ name, networks: await openCloudNetworks(place, context) });
    return await cloudExamples({
      part: await openForNetworks(opened[0].networks.card, data, test),
      judges: opened.map(({ name, networks }) => ({ name, judge: networkJudge(networks, inference, context.signal) })),
      threshold: inference.threshold,
      palette,
      count: shownChips,
      seed,
    });
  } finally {
    for (const { networks } of opened) networks.dispose();
  }
}
