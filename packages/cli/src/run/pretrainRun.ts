import {
  createMethod,
  defaultViews,
  type PretrainingMethod,
  pretrain,
  pretrainingMethods,
} from '@lulc/contrastive-ssl';
import { type ImageSetInfo, type JsonValue, LulcError, readCard, saveModel } from '@lulc/core';
import { denseViews, glcNetViews, type RecipeOptions, simClrViews, type ViewRecipe } from '@lulc/core/views';
import { planDenseNetwork } from '@lulc/model-zoo';
import { createViewLoader } from '@lulc/sentinel2-data/node';
import type { PretrainConfig } from '../config/denseSchemas.js';
import { countParameters } from '../models/parameters.js';
import { progressLine } from '../program/progress.js';
import { version } from '../program/version.js';
import { pretrainPage } from '../report/pretrainPage.js';
import { viewExamples } from '../report/viewExamples.js';
import { openUnlabelled } from './denseData.js';
import type { PretrainReport } from './denseReports.js';
import { loopSettings } from './loopSettings.js';
import { networkOptions } from './networkOptions.js';
import { runObservers } from './observers.js';
import type { OpenedRun, RunOutcome } from './openedRun.js';
import { resolveScaling } from './parts.js';
import { engineName, reportFacts } from './report.js';
import { holdsRun, jsonText, refuseExistingRun, startRun, writeConfig, writeText } from './runFolder.js';

/**
 * Pre-trains a network without labels and reports as a configuration says.
 *
 * @throws LulcError whatever data, network, method and training throw; `incompatible` when the folder holds another run
 */
export async function pretrainRun(options: OpenedRun<PretrainConfig>): Promise<RunOutcome<PretrainReport>> {
  const { config, folder, existing, engine, context } = options;
  const started = performance.now();
  const command = context.commandLine;
  const { data, network, training, seed } = config;
  if (existing === 'refuse') await refuseExistingRun(folder);
  const images = await openUnlabelled(data);
  const { info } = images;
  if (info.simulated) context.log('SIMULATED data: what comes out of this run says nothing about real imagery');
  context.log(`data: ${info.name}, ${images.length} images, bands ${info.bands.join(', ')}`);
  const measuring = progressLine(context, 'measuring band statistics');
  const scaling = await resolveScaling(data, images, measuring.update).finally(measuring.stop);

  const plan = await planDenseNetwork({ ...networkOptions(network), bands: info.bands, seed });
  const method = methodFor(config.method, plan.alignCorners);
  const views = viewsOf(config, method, info);

  const resumes = existing === 'resume' && (await holdsRun(folder));
  if (!resumes) await startRun(folder);
  await writeConfig(folder, { ...config, data: { ...data, scaling } });
  const { workers, cacheBytes } = data;
  const loader = createViewLoader(images, {
    batchSize: Math.min(training.batchSize, images.length),
    shuffle: true,
    seed,
    scaling,
    views,
    ...(workers === undefined ? {} : { workers }),
    ...(cacheBytes === undefined ? {} : { cacheBytes }),
  });
  const observers = runObservers(folder, context);
  try {
    const { model, health, collapsed, ...result } = await pretrain({
      ...loopSettings(training),
      ...(config.health === null
        ? {}
        : { health: { images: config.health.images }, validateEvery: config.health.every }),
      method,
      network: plan.build,
      train: loader,
      seed,
      checkpoints: { ...training.checkpoints, store: observers.store, resume: resumes ? 'auto' : 'never' },
      signal: context.signal,
      listeners: observers.listeners,
      card: {
        ...plan.facts,
        scaling,
        engine: engineName(engine),
        libraryVersion: version,
        command,
      },
    });
    try {
      if (result.stopped === 'aborted') return { status: 'interrupted', training: result };
      const card = readCard(model);
      if (card === undefined) throw new LulcError('internal', 'pre-training left no card');
      await saveModel(model, folder.file('model'));
      await saveModel(model, folder.file('safetensors'));
      const report: PretrainReport = {
        ...reportFacts({ simulated: info.simulated, engine, command, started }),
        data: {
          name: info.name,
          bands: info.bands,
          images: images.length,
          skipped: images.report.skipped.length,
          scaling: scaling.name,
          licence: info.licence,
          citation: info.citation,
        },
        model: { name: model.name, parameters: countParameters(model), card },
        training: result,
        health,
        collapsed,
        config,
      };
      await writeText(folder.file('report'), jsonText(report));
      const examples = await viewExamples({ images, recipes: views, count: config.report.examples, seed });
      await writeText(folder.file('html'), await pretrainPage(report, examples));
      return { status: 'finished', report };
    } finally {
      model.dispose();
    }
  } finally {
    await loader.close();
  }
}

/** The method; one that samples maps does so as the network's decoder resized them, unless told otherwise. */
function methodFor({ name, options }: PretrainConfig['method'], alignCorners: boolean): PretrainingMethod {
  const samples = 'alignCorners' in pretrainingMethods[name].create().configuration;
  return createMethod(name, {
    ...(samples ? { alignCorners } : {}),
    ...(options as Readonly<Record<string, JsonValue>>),
  });
}

/** Recipes that a configuration can name instead of the method's own. */
const recipes = {
  glcnet: glcNetViews,
  symmetric: (options: RecipeOptions) => glcNetViews({ ...options, symmetric: true }),
  simclr: simClrViews,
  dense: denseViews,
} satisfies Record<string, (options: RecipeOptions) => readonly ViewRecipe[]>;

const visibleNames = ['B04', 'B03', 'B02'];

function viewsOf(
  { views, network }: PretrainConfig,
  method: PretrainingMethod,
  { bands }: ImageSetInfo,
): readonly ViewRecipe[] {
  const found = visibleNames.map((name) => bands.indexOf(name)) as [number, number, number];
  const visible = views.visible ?? (found.every((index) => index >= 0) ? found : null);
  const options = { size: [network.inputSize, network.inputSize], bands: bands.length, visible } as const;
  if (views.recipe === 'method') return defaultViews(method.name, options);
  // of a method with one view it is the changed one
  return recipes[views.recipe](options).slice(-method.views);
}
