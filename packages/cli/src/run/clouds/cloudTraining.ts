import { readFile } from 'node:fs/promises';
import { type CloudReport, type Plan, planLoading, type RecipeOverride, trainUnet } from '@lulc/cloud-unet-kd';
import { LulcError, saveModel, scalingOfNormalization, type TrainResult } from '@lulc/core';
import { ensemblePredictor, type SegmentationDataset, type SegmentationSource } from '@lulc/core/segmentation';
import { createSegmentationLoader } from '@lulc/sentinel2-data/node';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { CloudsConfig } from '../../config/clouds.js';
import { countParameters } from '../../models/parameters.js';
import { cardMetrics, finishCard } from '../finishCard.js';
import { runObservers } from '../observers.js';
import type { OpenedRun, RunOutcome } from '../openedRun.js';
import { provenance, type RunReport, reportFacts } from '../report.js';
import { holdsRun, jsonText, type RunFolder, startRun, writeConfig, writeText } from '../runFolder.js';
import { isThere } from './cloudsFolder.js';
import { differences, differencesText } from './keptSettings.js';
import { type CloudEvaluation, networkJudge, scoreClouds } from './scoreClouds.js';

/** Everything about one finished training: its `report.json`. */
export interface CloudTrainingReport extends Omit<RunReport, 'data' | 'evaluation' | 'config'> {
  /** Identities of the samples. */
  readonly data: {
    /** Name of the dataset. */
    readonly name: string;
    /** Samples trained on. */
    readonly train: number;
    /** Samples validated with, each as a whole; 0: none. */
    readonly validation: number;
  };
  /** What was planned. */
  readonly plan: Plan;
  /** Scores of the validation images, each predicted as a whole; absent without them. */
  readonly evaluation?: CloudReport;
}

/** What trains a network of a folder. */
export interface CloudTraining extends Pick<OpenedRun<CloudsConfig>, 'config' | 'engine' | 'context'> {
  /** What is trained, in words. */
  readonly title: string;
  /** Where it goes. */
  readonly folder: RunFolder;
  /** Whether a finished training is kept, and a begun one gone on with. */
  readonly resumes: boolean;
  /** What is trained, how long. */
  readonly plan: Plan;
  /** Makes the network with random weights. */
  readonly network: () => LayersModel;
  /** Samples to train on. */
  readonly train: SegmentationDataset;
  /** Samples to validate with. */
  readonly validation: SegmentationDataset | undefined;
  /** Parts of nnU-Net's recipe that are others. */
  readonly overrides?: readonly RecipeOverride[];
  /** Seed of weights, order and changes. */
  readonly seed: number;
}

/**
 * Trains one network, scores it and saves it. A folder whose report is written is done: with `resumes` its report is read.
 *
 * @throws LulcError whatever data and training throw; `incompatible` when what is done is of another plan
 */
export async function cloudTraining(options: CloudTraining): Promise<RunOutcome<CloudTrainingReport>> {
  const { config, context, folder, plan, train, validation, seed } = options;
  const started = performance.now();
  if (options.resumes && (await isThere(folder.file('report')))) {
    context.log(`${options.title}: finished before`);
    return { status: 'finished', report: await finishedBefore(folder, plan) };
  }
  context.log(options.title);
  const resumes = options.resumes && (await holdsRun(folder));
  if (!resumes) await startRun(folder);
  await writeConfig(folder, config);
  const sources: SegmentationSource[] = [];
  const source = (dataset: SegmentationDataset, part: 'train' | 'validation'): SegmentationSource => {
    const { workers, cacheBytes } = config.data;
    const loader = createSegmentationLoader(dataset, {
      ...planLoading(plan, { part, seed }),
      ...(workers === undefined ? {} : { workers }),
      ...(cacheBytes === undefined ? {} : { cacheBytes }),
    });
    sources.push(loader);
    return loader;
  };
  const model = options.network();
  try {
    const observers = runObservers(folder, context);
    const { result } = await trainUnet({
      plan,
      model,
      train: source(train, 'train'),
      ...(validation === undefined ? {} : { validation: source(validation, 'validation') }),
      ...(options.overrides === undefined ? {} : { overrides: options.overrides }),
      seed,
      checkpoints: { ...config.checkpoints, store: observers.store, resume: resumes ? 'auto' : 'never' },
      signal: context.signal,
      listeners: observers.listeners,
    });
    if (result.stopped === 'aborted') return { status: 'interrupted', training: result };
    const report = await finished(options, model, result, started);
    await saveModel(model, folder.file('model'));
    await saveModel(model, folder.file('safetensors'));
    await writeText(folder.file('report'), jsonText(report));
    return { status: 'finished', report };
  } finally {
    await Promise.all(sources.map((one) => one.close()));
    model.dispose();
  }
}

async function finishedBefore(folder: RunFolder, plan: Plan): Promise<CloudTrainingReport> {
  const report = JSON.parse(await readFile(folder.file('report'), 'utf8')) as CloudTrainingReport;
  // reasons may be put otherwise
  const values = ({ changes: _, ...planned }: Plan): unknown => JSON.parse(JSON.stringify(planned));
  const found = differences(values(report.plan), values(plan));
  if (found.length === 0) return report;
  throw new LulcError('incompatible', `what is finished was trained by another plan: ${differencesText(found)}`, {
    where: { folder: folder.path },
    hint: '--overwrite trains anew, --out takes another folder.',
  });
}

/** Scores the network, writes its card, and says everything. */
async function finished(
  { config, engine, context, plan, train, validation, seed }: CloudTraining,
  model: LayersModel,
  result: TrainResult,
  started: number,
): Promise<CloudTrainingReport> {
  const { info } = train;
  const command = context.commandLine;
  const { normalization } = plan;
  const scaling = scalingOfNormalization(normalization, info.name);
  const card = finishCard(model, {
    ...(scaling === undefined ? { normalization } : { scaling }),
    training: provenance(info, { engine, command }, result, seed),
    metrics: cardMetrics(result, undefined),
  });
  const { inference } = config;
  const parameters = countParameters(model);
  const evaluation = validation && (await scoredValidation(model, validation));
  return {
    ...reportFacts({ simulated: info.simulated, engine, command, started }),
    data: { name: info.name, train: train.length, validation: validation?.length ?? 0 },
    model: { name: model.name, parameters, card },
    training: result,
    plan,
    ...(evaluation === undefined ? {} : { evaluation: evaluation.report }),
  };

  async function scoredValidation(network: LayersModel, part: SegmentationDataset): Promise<CloudEvaluation> {
    const predictor = ensemblePredictor([network]);
    const judge = networkJudge({ predictor, normalization, card }, inference, context.signal);
    const scoring = { threshold: inference.threshold, ring: 0 };
    return scoreClouds('validation', part, judge, scoring, context).finally(predictor.dispose);
  }
}
