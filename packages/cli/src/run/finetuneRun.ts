import {
  type EvaluationReport,
  freeze,
  LulcError,
  loadModel,
  type ModelCard,
  readCard,
  type ScalingStatistics,
  saveModel,
  transferWeights,
} from '@lulc/core';
import {
  evaluateSegmenter,
  type SegmentationReport,
  type SegmentationSource,
  segmentationScalars,
  trainSegmenter,
} from '@lulc/core/segmentation';
import { dihedralRecipe, fineTuningRecipe, identityRecipe, type ViewRecipe } from '@lulc/core/views';
import { createFromCard, createSegmenter } from '@lulc/model-zoo';
import { createSegmentationLoader, type SegmentationFileDataset } from '@lulc/sentinel2-data/node';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { FinetuneConfig } from '../config/denseSchemas.js';
import { countParameters } from '../models/parameters.js';
import type { CommandContext } from '../program/io.js';
import { progressLine } from '../program/progress.js';
import { classColours } from '../report/classColours.js';
import { mapExamples } from '../report/mapExamples.js';
import { segmentationPage } from '../report/segmentationPage.js';
import { openMasks, repeated, shareByLocation } from './denseData.js';
import type { FinetuneReport } from './denseReports.js';
import { cardMetrics, finishCard } from './finishCard.js';
import { loopSettings } from './loopSettings.js';
import { networkOptions } from './networkOptions.js';
import { runObservers } from './observers.js';
import type { OpenedRun, RunOutcome } from './openedRun.js';
import { resolveScaling } from './parts.js';
import { provenance, reportFacts } from './report.js';
import { holdsRun, jsonText, refuseExistingRun, startRun, writeConfig, writeText } from './runFolder.js';

/**
 * Trains a segmentation network, from random or pre-trained weights, evaluates it and reports as a configuration says.
 *
 * @throws LulcError whatever data, model and training throw; `incompatible` when the folder holds another run, or the
 *   pre-trained model and the data contradict each other
 */
export async function finetuneRun(options: OpenedRun<FinetuneConfig>): Promise<RunOutcome<FinetuneReport>> {
  const { config, folder, existing, engine, context } = options;
  const started = performance.now();
  const command = context.commandLine;
  const { data, training, seed } = config;
  if (existing === 'refuse') await refuseExistingRun(folder);
  const { splits } = data;
  const whole = await openMasks(data, splits.train);
  const labelled = shareByLocation(whole, data);
  const validationPart = splits.validation === null ? undefined : await openMasks(data, splits.validation);
  const testPart = splits.test === null ? undefined : await openMasks(data, splits.test);
  const parts = [labelled, validationPart, testPart].filter((part) => part !== undefined);
  const { info } = labelled;
  if (info.simulated) context.log('SIMULATED data: what comes out of this run says nothing about real imagery');
  context.log(`data: ${info.name}, segmentation into ${info.classes.length} classes, bands ${info.bands.join(', ')}`);
  context.log(`  ${info.split}: ${labelled.length} of ${whole.length} images with labels`);
  for (const part of parts.slice(1)) context.log(`  ${part.info.split}: ${part.length} images`);

  const pretrained = config.transfer == null ? undefined : await openPretrained(config.transfer.from, info.bands);
  const sources: SegmentationSource[] = [];
  let model: LayersModel | undefined;
  try {
    const measuring = progressLine(context, 'measuring band statistics');
    const scaling =
      pretrained?.card.scaling ?? (await resolveScaling(data, whole, measuring.update).finally(measuring.stop));
    model = await networkOf(config, info, pretrained, context);
    const parameters = countParameters(model);
    context.log(`model: ${model.name}, ${parameters.trainable.toLocaleString('en')} trainable parameters`);

    const resumes = existing === 'resume' && (await holdsRun(folder));
    if (!resumes) await startRun(folder);
    await writeConfig(folder, { ...settingsUsed(config), data: { ...data, scaling } });

    const source = (part: SegmentationFileDataset, isTraining: boolean): SegmentationSource => {
      const loader = loaderOf(part, isTraining, config, scaling);
      sources.push(loader);
      return loader;
    };
    const observers = runObservers(folder, context);
    const result = await trainSegmenter({
      ...loopSettings(training),
      model,
      loss: training.loss,
      train: source(repeated(labelled, training), true),
      ...(validationPart === undefined ? {} : { validation: source(validationPart, false) }),
      seed,
      checkpoints: { ...training.checkpoints, store: observers.store, resume: resumes ? 'auto' : 'never' },
      signal: context.signal,
      listeners: observers.listeners,
      fingerprint: { labelled: labelled.length, transfer: config.transfer ?? null },
    });
    if (result.stopped === 'aborted') return { status: 'interrupted', training: result };

    const evaluation = testPart && (await scoreMasks(model, source(testPart, false), training.loss, context));
    const card = finishCard(model, {
      scaling,
      training: provenance(info, { engine, command }, result, seed),
      metrics: cardMetrics(result, evaluation && { ...segmentationScalars(evaluation.metrics), loss: evaluation.loss }),
    });
    await saveModel(model, folder.file('model'));
    await saveModel(model, folder.file('safetensors'));
    const report: FinetuneReport = {
      ...reportFacts({ simulated: info.simulated, engine, command, started }),
      data: {
        name: info.name,
        bands: info.bands,
        classes: info.classes,
        samples: {
          train: labelled.length,
          validation: validationPart?.length ?? 0,
          test: testPart?.length ?? 0,
        },
        ...(data.fraction === 1
          ? {}
          : { labelled: Array.from({ length: labelled.length }, (_, i) => labelled.meta(i).id) }),
        skipped: parts.reduce((sum, part) => sum + part.report.skipped.length, 0),
        scaling: scaling.name,
        licence: info.licence,
        citation: info.citation,
      },
      model: { name: model.name, parameters, card },
      training: result,
      ...(evaluation === undefined ? {} : { evaluation }),
      config: settingsUsed(config),
    };
    await writeText(folder.file('report'), jsonText(report));
    const palette = classColours(info.classes.length);
    const examples =
      testPart === undefined
        ? []
        : await mapExamples({
            model,
            part: testPart,
            batches: (shown) => source(shown, false),
            palette,
            count: config.report.examples,
            seed,
          });
    await writeText(folder.file('html'), await segmentationPage(report, examples, palette));
    return { status: 'finished', report };
  } finally {
    await Promise.all(sources.map((source) => source.close()));
    pretrained?.model.dispose();
    model?.dispose();
  }
}

interface Pretrained {
  readonly model: LayersModel;
  readonly card: ModelCard;
}

async function openPretrained(from: string, bands: readonly string[]): Promise<Pretrained> {
  const model = await loadModel(from);
  const card = readCard(model);
  const contradiction =
    card === undefined
      ? 'the model has no card'
      : card.family !== 'segmenter'
        ? `a model of lulc pretrain or lulc finetune is needed, this one is of the family ${card.family}`
        : `${card.bands}` !== `${bands}`
          ? `the model was made for the bands ${card.bands.join(', ')}, the data have ${bands.join(', ')}`
          : undefined;
  if (card !== undefined && contradiction === undefined) return { model, card };
  model.dispose();
  throw new LulcError('incompatible', contradiction ?? 'the model has no card', {
    where: { model: from },
    hint: 'Read the bands that it knows (data.bands, data.storedBands), or pre-train on those of the data.',
  });
}

/** The network with new weights, or with those of a pre-trained one as far as it is to be taken over. */
async function networkOf(
  { network, transfer, seed }: FinetuneConfig,
  { bands, classes }: { readonly bands: readonly string[]; readonly classes: readonly string[] },
  pretrained: Pretrained | undefined,
  { log }: CommandContext,
): Promise<LayersModel> {
  if (transfer == null || pretrained === undefined) {
    return createSegmenter({ ...networkOptions(network), bands, classes, seed });
  }
  const { inputSize } = network;
  const { card } = pretrained;
  const { output: _, pretraining: __, ...configuration } = card.configuration;
  const model = await createFromCard({ ...card, configuration, task: 'segmentation', classes }, { inputSize, seed });
  const unwanted = { encoder: ['context/', 'decoder/'], context: ['decoder/'], all: [] }[transfer.parts];
  const { loaded, missing } = await transferWeights(pretrained.model, model, {
    rename: (path) => ([...unwanted, 'head/'].some((start) => path.startsWith(start)) ? undefined : path),
  });
  log(`pre-trained: ${card.training?.dataset ?? 'no training'} (${transfer.from})`);
  log(`  ${loaded.length} weights taken over, ${missing.length} start anew`);
  if (transfer.freeze !== undefined) log(`  frozen: ${freeze(model, transfer.freeze).length} layers`);
  return model;
}

/** The settings without the network that a pre-trained one takes the place of. */
function settingsUsed(config: FinetuneConfig): FinetuneConfig {
  if (config.transfer == null) return config;
  return { ...config, network: { inputSize: config.network.inputSize } as FinetuneConfig['network'] };
}

function loaderOf(
  part: SegmentationFileDataset,
  isTraining: boolean,
  { data, training, network, augmentation, seed }: FinetuneConfig,
  scaling: ScalingStatistics,
): SegmentationSource {
  const size = [network.inputSize, network.inputSize] as const;
  const { workers, cacheBytes } = data;
  return createSegmentationLoader(part, {
    batchSize: Math.min(training.batchSize, part.length),
    seed,
    scaling,
    ...(workers === undefined ? {} : { workers }),
    ...(cacheBytes === undefined ? {} : { cacheBytes }),
    ...(isTraining
      ? { shuffle: true, dropRemainder: true, view: viewOf(augmentation.recipe, size, part.info.bands.length) }
      : { size }),
  });
}

function viewOf(
  recipe: FinetuneConfig['augmentation']['recipe'],
  size: readonly [number, number],
  bands: number,
): ViewRecipe {
  if (recipe === 'none') return identityRecipe(size);
  return recipe === 'dihedral' ? dihedralRecipe(size) : fineTuningRecipe({ size, bands });
}

/** Scores a segmenter with progress. */
function scoreMasks(
  model: LayersModel,
  source: SegmentationSource,
  loss: FinetuneConfig['training']['loss'],
  context: CommandContext,
): Promise<EvaluationReport<SegmentationReport>> {
  const progress = progressLine(context, `evaluating ${source.info.split}`);
  return evaluateSegmenter(model, source, { loss, signal: context.signal, onProgress: progress.update }).finally(
    progress.stop,
  );
}
