import { readFile } from 'node:fs/promises';
import type { Colour } from '@lulc/core/segmentation';
import type { CommandContext } from '../../program/io.js';
import { cloudExamples } from '../../report/cloudExamples.js';
import { cloudsPage } from '../../report/cloudsPage.js';
import type { DistillationRow, FoldReport } from '../../tables/clouds.js';
import { reportFacts } from '../report.js';
import { writeText } from '../runFolder.js';
import { openCloudNetworks, openForNetworks } from './cloudNetworks.js';
import { isThere } from './cloudsFolder.js';
import type { CloudTrainingReport } from './cloudTraining.js';
import type { PreparedClouds } from './preparedClouds.js';
import { networkJudge } from './scoreClouds.js';

/** Chips that are shown. */
const shownChips = 6;

/** Colours of clear and cloud. */
const palette: readonly Colour[] = [
  [43, 92, 138],
  [242, 242, 242],
];

/** What was made, for the page. */
export interface MadeClouds {
  /** Students by what they are called, the taught one first. */
  readonly students: readonly (readonly [name: string, report: CloudTrainingReport])[];
  /** Teacher and students side by side. */
  readonly rows: readonly DistillationRow[];
  /** Who is asked about test chips: a name and the place of the networks. */
  readonly shown: readonly (readonly [name: string, place: string])[];
  /** When the command began, by `performance.now()`. */
  readonly started: number;
}

/** Every fold that is finished, now or before. */
async function finishedFolds({ folder, planned }: PreparedClouds): Promise<readonly FoldReport[]> {
  const found: FoldReport[] = [];
  for (const fold of [...planned.splits.keys(), 'all'] as const) {
    const file = folder.part(fold).file('report');
    if (!(await isThere(file))) continue;
    found.push({ fold, report: JSON.parse(await readFile(file, 'utf8')) as CloudTrainingReport });
  }
  return found;
}

/** Writes the `report.html` of a folder of clouds. Without anything finished there is none. */
export async function writeCloudsPage(
  prepared: PreparedClouds,
  made: MadeClouds,
  context: CommandContext,
): Promise<void> {
  const { config, engine, cases, planned, folder } = prepared;
  const { students, rows, started } = made;
  const folds = await finishedFolds(prepared);
  const main = students[0]?.[1] ?? folds[0]?.report;
  if (main === undefined) return;
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
    folds,
    students,
    rows,
    examples: await examplesOf(prepared, made, context),
    palette,
    trainedOn: main.data.train,
  });
  await writeText(folder.file('html'), page);
}

async function examplesOf(
  { config: { data, inference, seed } }: PreparedClouds,
  { shown }: MadeClouds,
  context: CommandContext,
) {
  const { test } = data.splits;
  if (test === null || shown.length === 0) return [];
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
