import { writeFile } from 'node:fs/promises';
import { isLulcError, LulcError, useEngine } from '@lulc/core';
import { createModel, listModels, type ModelInfo, modelInfo } from '@lulc/model-zoo';
import type { MeasuredNetwork } from '../bench/problems.js';
import { speedOf } from '../bench/results.js';
import { compiledSubject, inferenceSubject, type Subject, trainingSubject } from '../bench/subjects.js';
import { timedSteps } from '../bench/timing.js';
import type { CommandContext } from '../program/io.js';
import { progressLine } from '../program/progress.js';
import { version } from '../program/version.js';
import { machineFacts } from '../run/report.js';
import { textTable } from '../tables/textTable.js';

/** Flags of `lulc models bench`. */
export interface ModelsBenchFlags {
  readonly all?: boolean;
  readonly batch: number;
  readonly engine?: string;
  /** With what the others are compared, whether asked for or not. */
  readonly reference: string;
  readonly out?: string;
}

/** How fast one model is, in images per second. */
export interface ModelSpeed {
  readonly name: string;
  readonly inference: number;
  readonly training: number;
}

/** What `lulc models bench --out` writes. */
export interface SpeedReport {
  readonly version: string;
  readonly machine: ReturnType<typeof machineFacts>;
  readonly engine: string;
  /** Images per step. */
  readonly batch: number;
  /** The model that the others are compared with. */
  readonly reference: string;
  readonly models: readonly ModelSpeed[];
}

/** Steps before measuring: engines that record a step replay it from the fifth on. */
const warmSteps = 4;
/** Measured steps: at least so many, and until so much time has passed. */
const leastSteps = 2;
const leastMs = 400;

/** `lulc models bench [names]`: images per second of models of the zoo, each at its own input size, next to one. */
export async function modelsBench(
  context: CommandContext,
  names: readonly string[],
  { all = false, batch, engine: wanted = 'auto', reference: asked, out }: ModelsBenchFlags,
): Promise<undefined> {
  if (all === names.length > 0) {
    throw new LulcError('invalid-argument', all ? '--all leaves nothing to name' : 'no model is named', {
      hint: 'Name models of `lulc models list`, or give --all.',
    });
  }
  const reference = modelInfo(asked).name;
  const infos = all
    ? listModels()
    : [...new Set([reference, ...names].map((name) => modelInfo(name).name))].map(modelInfo);
  const engine = await useEngine(wanted as Parameters<typeof useEngine>[0]);
  const progress = progressLine(context, 'models');
  const models: ModelSpeed[] = [];
  try {
    for (const [done, info] of infos.entries()) {
      if (context.signal.aborted) throw new LulcError('aborted', 'the measurement was ended early');
      progress.update(done, infos.length);
      models.push(await speedOfModel(info, batch));
    }
  } finally {
    progress.stop();
  }
  const report: SpeedReport = { version, machine: machineFacts(), engine: engine.name, batch, reference, models };
  if (out !== undefined) await writeFile(out, `${JSON.stringify(report, null, 2)}\n`);
  context.result(report, () => speedText(report));
  return undefined;
}

type Making = (network: MeasuredNetwork, size: number, batch: number) => Subject;

/** The best way of doing a piece of work first; engines that cannot record do it the next way. */
const predicting: readonly Making[] = [compiledSubject, inferenceSubject];
const learning: readonly Making[] = [(...args) => trainingSubject(...args, 'auto'), trainingSubject];

async function speedOfModel({ name, inputSize }: ModelInfo, batch: number): Promise<ModelSpeed> {
  const measured = async ([best, ...others]: readonly Making[]): Promise<number> => {
    const model = await createModel(name, { seed: 1 });
    let subject: Subject;
    try {
      subject = best(
        { labels: 'scenes', bands: model.inputs[0].shape[3] as number, classes: 19, build: () => model },
        inputSize,
        batch,
      );
    } catch (error) {
      if (!isLulcError(error, 'unavailable') || others.length === 0) throw error;
      return measured(others);
    }
    try {
      return await imagesPerSecond(subject, batch);
    } finally {
      await subject.dispose();
    }
  };
  return { name, inference: await measured(predicting), training: await measured(learning) };
}

/** From the median step. */
async function imagesPerSecond(subject: Subject, batch: number): Promise<number> {
  await timedSteps(subject, warmSteps);
  const steps: number[] = [];
  for (let spent = 0; steps.length < leastSteps || spent < leastMs; spent += steps[steps.length - 1]) {
    steps.push(...(await timedSteps(subject, 1)));
  }
  return speedOf([steps], batch).imagesPerSecond;
}

function speedText({ machine, engine, batch, reference, models }: SpeedReport): string {
  const measured = models.find(({ name }) => name === reference);
  const times = (value: number, of: number | undefined): string =>
    of === undefined ? '' : `${(value / of).toFixed(2)} ×`;
  return [
    textTable(
      ['model', 'predicted images/s', `next to ${reference}`, 'trained images/s', `next to ${reference}`],
      models.map(({ name, inference, training }) => [
        name,
        inference.toFixed(1),
        times(inference, measured?.inference),
        training.toFixed(1),
        times(training, measured?.training),
      ]),
    ),
    `Engine ${engine}, batches of ${batch}, ${machine.cores} cores, ${machine.cpu}.`,
  ].join('\n');
}
