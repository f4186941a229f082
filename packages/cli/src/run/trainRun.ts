import {
  type BatchSource,
  type EvaluationReport,
  evaluate,
  metricScalars,
  saveModel,
  type TrainingListener,
  train,
} from '@lulc/core';
import type { FileDataset } from '@lulc/sentinel2-data/node';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.js';
import { modelFamilies } from '../models/families.js';
import { countParameters } from '../models/parameters.js';
import type { CommandContext } from '../program/io.js';
import { progressLine } from '../program/progress.js';
import { explainExamples } from '../report/examples.js';
import { htmlReport } from '../report/htmlReport.js';
import { cardMetrics, finishCard } from './finishCard.js';
import { loaderOf } from './loaders.js';
import { runObservers } from './observers.js';
import type { OpenedRun, RunOutcome } from './openedRun.js';
import { evenly, openPart, resolveScaling, trainingShare } from './parts.js';
import { pretrainedModel } from './pretrained.js';
import { provenance, type RunReport, reportFacts } from './report.js';
import { holdsRun, jsonText, refuseExistingRun, startRun, writeConfig, writeText } from './runFolder.js';

/** What a training run is told. */
export interface TrainRunOptions extends OpenedRun<Config> {
  /** Further listeners. */
  readonly listeners?: readonly TrainingListener[];
}

/**
 * Trains, evaluates and reports as a configuration says: fills a run folder with the resolved configuration, logs,
 * checkpoints, the best model and reports.
 *
 * @throws LulcError whatever data, model and training throw; `incompatible` when the folder holds another run
 */
export async function trainRun(options: TrainRunOptions): Promise<RunOutcome<RunReport>> {
  const { config, folder, existing, engine, context } = options;
  const started = performance.now();
  const command = context.commandLine;
  const { data, training, seed } = config;
  if (existing === 'refuse') await refuseExistingRun(folder);
  const { splits, limit } = data;
  const trainPart = evenly(trainingShare(await openPart(data, splits.train), data), limit.train);
  const validationPart =
    splits.validation === null ? undefined : await openPart(data, splits.validation, limit.validation);
  const testPart = splits.test === null ? undefined : await openPart(data, splits.test, limit.test);
  const parts = [trainPart, validationPart, testPart].filter((part) => part !== undefined);
  describeParts(context, parts);

  const measuring = progressLine(context, 'measuring band statistics');
  const scaling = await resolveScaling(data, trainPart, measuring.update).finally(measuring.stop);
  const { family, ...familyOptions } = config.model;
  const { name, licence, citation, bands, classes, task, simulated } = trainPart.info;
  const facts = { bands, classes, task, seed };
  const model =
    config.transfer == null
      ? await modelFamilies[family].build(familyOptions, facts)
      : await pretrainedModel(config.transfer, facts, context.log);
  const sources: BatchSource[] = [];
  try {
    const parameters = countParameters(model);
    context.log(`model: ${model.name}, ${parameters.trainable.toLocaleString('en')} trainable parameters`);

    const resumes = existing === 'resume' && (await holdsRun(folder));
    if (!resumes) await startRun(folder);
    // With the measured numbers in it, the file repeats the run without measuring again.
    const measured = { ...data, scaling: structuredClone(scaling) as MutableScaling };
    await writeConfig(folder, { ...usedSettings(config), data: measured });

    const source = (part: FileDataset, isTraining: boolean): BatchSource => {
      const loader = loaderOf(part, isTraining, config, model, scaling);
      sources.push(loader);
      return loader;
    };
    const observers = runObservers(folder, context);
    const { checkpoints, clip, ema, monitor, earlyStopping, loss, batchSize, ...loop } = training;
    const result = await train({
      ...loop,
      model,
      train: source(trainPart, true),
      ...(validationPart === undefined ? {} : { validation: source(validationPart, false) }),
      ...(clip === undefined ? {} : { clip }),
      ...(ema === undefined ? {} : { ema }),
      ...(monitor === undefined ? {} : { monitor }),
      ...(earlyStopping === undefined ? {} : { earlyStopping }),
      ...(loss === undefined ? {} : { loss }),
      seed,
      checkpoints: { ...checkpoints, store: observers.store, resume: resumes ? 'auto' : 'never' },
      signal: context.signal,
      listeners: [...observers.listeners, ...(options.listeners ?? [])],
    });
    if (result.stopped === 'aborted') return { status: 'interrupted', training: result };

    const evaluation =
      testPart === undefined ? undefined : await score(model, source(testPart, false), config, context);
    const card = finishCard(model, {
      scaling,
      training: provenance(trainPart.info, { engine, command }, result, seed),
      metrics: cardMetrics(result, evaluation && { ...metricScalars(evaluation.metrics), loss: evaluation.loss }),
    });
    await saveModel(model, folder.file('model'));
    await saveModel(model, folder.file('safetensors'));

    const report: RunReport = {
      ...reportFacts({ simulated, engine, command, started }),
      data: {
        name,
        task,
        bands,
        classes,
        samples: {
          train: trainPart.length,
          validation: validationPart?.length ?? 0,
          test: testPart?.length ?? 0,
        },
        skipped: parts.reduce((sum, part) => sum + part.report.skipped.length, 0),
        scaling: scaling.name,
        licence,
        citation,
      },
      model: { name: model.name, parameters, card },
      training: result,
      ...(evaluation === undefined ? {} : { evaluation }),
      config: usedSettings(config),
    };
    await writeText(folder.file('report'), jsonText(report));
    const examples =
      testPart === undefined
        ? []
        : await explainExamples({ model, part: testPart, config, scaling, count: config.report.examples });
    await writeText(folder.file('html'), await htmlReport(report, examples));
    return { status: 'finished', report };
  } finally {
    await Promise.all(sources.map((source) => source.close()));
    model.dispose();
  }
}

/** The settings without the network that a pre-trained one takes the place of. */
function usedSettings({ model, ...settings }: Config): RunReport['config'] {
  return settings.transfer == null ? { ...settings, model } : settings;
}

/** Numbers as the configuration holds them. */
type MutableScaling = Exclude<Config['data']['scaling'], string>;

/** Says what the run works on. */
function describeParts(context: CommandContext, parts: readonly FileDataset[]): void {
  const [{ info }] = parts;
  if (info.simulated) context.log('SIMULATED data: what comes out of this run says nothing about real imagery');
  context.log(
    `data: ${info.name}, ${info.task}, ${info.classes.length} classes, ${info.bands.length} bands (${info.bands.join(', ')})`,
  );
  for (const part of parts) {
    const { skipped } = part.report;
    context.log(
      `  ${part.info.split}: ${part.length} images${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`,
    );
    for (const { id, message } of skipped.slice(0, 5)) context.log(`    ${id}: ${message}`);
  }
}

/** Scores a model with progress. */
export async function score(
  model: LayersModel,
  source: BatchSource,
  { training }: Pick<Config, 'training'>,
  context: CommandContext,
): Promise<EvaluationReport> {
  const progress = progressLine(context, `evaluating ${source.info.split}`);
  return evaluate(model, source, {
    threshold: training.threshold,
    zeroSupport: training.zeroSupport,
    ...(training.loss === undefined ? {} : { loss: training.loss }),
    signal: context.signal,
    onProgress: progress.update,
  }).finally(progress.stop);
}
