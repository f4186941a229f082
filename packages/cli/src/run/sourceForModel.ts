import {
  type BatchSource,
  checkCompatible,
  isLulcError,
  LulcError,
  type ModelCard,
  readCard,
  type ScalingStatistics,
} from '@lulc/core';
import type { FileDataset } from '@lulc/sentinel2-data/node';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.js';
import { loaderOf } from './loaders.js';
import { openPart } from './parts.js';

/**
 * Batches of a part of the configured dataset as a saved model takes them: its bands, its input size, its scaling.
 *
 * @param place where the model came from, for errors
 * @throws LulcError `incompatible` when the model has no card, or the data contradict it
 */
export async function sourceForModel(
  model: LayersModel,
  place: string,
  split: string,
  config: Config,
): Promise<BatchSource> {
  const card = readCard(model);
  if (card === undefined) {
    throw new LulcError('incompatible', 'the model has no card, so that its bands, classes and scaling are unknown', {
      where: { model: place },
      hint: 'Save it with a card (writeCard of @lulc/core), or train it with lulc train.',
    });
  }
  const part = await openForCard(config.data, split, card);
  return loaderOf(part, false, config, model, scalingForCard(config.data, card));
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
