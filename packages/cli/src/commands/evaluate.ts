import {
  checkCompatible,
  isLulcError,
  LulcError,
  loadModel,
  type ModelCard,
  readCard,
  type ScalingStatistics,
  useEngine,
} from '@lulc/core';
import type { FileDataset } from '@lulc/sentinel2-data/node';
import type { Config } from '../config/config.js';
import { loadConfig, type Override } from '../config/load.js';
import type { CommandContext } from '../program/io.js';
import { loaderOf } from '../run/loaders.js';
import { openPart } from '../run/parts.js';
import { score } from '../run/trainRun.js';
import { evaluationText } from '../tables/scores.js';

/** Flags of `lulc evaluate`. */
export interface EvaluateFlags {
  readonly model: string;
  readonly config: string | undefined;
  readonly split: string | undefined;
  readonly batchSize: number;
  readonly overrides: readonly Override[];
}

/** `lulc evaluate`. */
export async function evaluate(context: CommandContext, flags: EvaluateFlags): Promise<undefined> {
  const settings = await loadConfig({ file: flags.config, overrides: flags.overrides, env: context.env });
  const config: Config = { ...settings, training: { ...settings.training, batchSize: flags.batchSize } };
  const split = flags.split ?? config.data.splits.test;
  if (split === null) {
    throw new LulcError('invalid-argument', 'the configuration has no test part', { hint: 'Name one with --split.' });
  }
  const engine = await useEngine(config.engine);
  context.log(`engine: ${engine.name} on ${engine.device} (${engine.version}): ${engine.why}`);
  const model = await loadModel(flags.model, { onWarning: (warning) => context.log(`warning: ${warning.message}`) });
  try {
    const card = readCard(model);
    if (card === undefined) {
      throw new LulcError('incompatible', 'the model has no card, so that its bands, classes and scaling are unknown', {
        where: { model: flags.model },
        hint: 'Save it with a card (writeCard of @lulc/core), or train it with lulc train.',
      });
    }
    const part = await openForCard(config.data, split, card);
    const scaling = scalingForCard(config.data, card);
    const source = loaderOf(part, false, config, model, scaling);
    const evaluation = await score(model, source, config, context).finally(() => source.close());
    const { name, device, version } = engine;
    context.result({ model: flags.model, engine: { name, device, version }, ...evaluation }, () =>
      evaluationText(evaluation),
    );
  } finally {
    model.dispose();
  }
  return undefined;
}

/**
 * Opens a part with the bands of the model, or as the configuration says, and refuses it when it contradicts the card.
 *
 * @throws LulcError `incompatible` saying what differs
 */
async function openForCard(data: Config['data'], split: string, card: ModelCard): Promise<FileDataset> {
  const open = (bands: Config['data']['bands']) => openPart({ ...data, bands }, split, data.limit.test);
  const part =
    data.bands === undefined
      ? await open([...card.bands]).catch(async (error: unknown) => {
          if (!isLulcError(error, 'unknown-name')) throw error;
          return open(undefined); // whose own bands then differ from the card's, in words
        })
      : await open(data.bands);
  checkCompatible(card, { bands: part.info.bands, classes: part.info.classes });
  if (part.info.task !== card.task) {
    throw new LulcError('incompatible', `the model answers ${card.task} questions, the data are ${part.info.task}`);
  }
  return part;
}

/** The scaling of the model; numbers that the configuration gives must be the same. */
function scalingForCard({ scaling }: Config['data'], card: ModelCard): ScalingStatistics {
  if (typeof scaling === 'object') {
    checkCompatible(card, { scaling });
    return scaling;
  }
  if (card.scaling !== undefined) return card.scaling;
  throw new LulcError('incompatible', "the model's card does not say how images are scaled", {
    hint: 'Give the numbers in the configuration: data.scaling with name, mean and std.',
  });
}
