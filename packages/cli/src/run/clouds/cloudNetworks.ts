import {
  checkCompatible,
  fixedNormalization,
  LulcError,
  loadModel,
  type ModelCard,
  type Normalization,
  readCard,
} from '@lulc/core';
import { ensemblePredictor, type ModelPredictor } from '@lulc/core/segmentation';
import type { SegmentationFileDataset } from '@lulc/sentinel2-data/node';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { countParameters } from '../../models/parameters.js';
import type { CommandContext } from '../../program/io.js';
import { type MaskSettings, openMasks } from '../denseData.js';
import { runFolder } from '../runFolder.js';
import { cloudsFolder, foldModels, isThere } from './cloudsFolder.js';

/** One or several networks that make one map together. */
export interface CloudNetworks {
  /** As it was named. */
  readonly place: string;
  /** The networks; their logits are averaged. */
  readonly models: readonly LayersModel[];
  /** Card of the first; the others have the same bands, classes and normalisation. */
  readonly card: ModelCard;
  /** How their images are brought to numbers. */
  readonly normalization: Normalization;
  /** Their mean logits of tiles; recorded once, for all images. */
  readonly predictor: ModelPredictor;
  /** Weights of all of them. */
  readonly parameters: number;
  /** Frees them. */
  dispose(): void;
}

/** Most folds that are looked for in a folder. */
const mostFolds = 100;

/**
 * Opens what `--model` names: a saved model, several with commas between them, or a folder of `lulc clouds train`, whose folds
 * are taken together.
 *
 * @param place what was named
 * @throws LulcError what `loadModel` throws; `incompatible` for a model that is no segmenter with a card, does not say how
 *   images are normalised, or does not fit the ones before it
 */
export async function openCloudNetworks(place: string, { log }: Pick<CommandContext, 'log'>): Promise<CloudNetworks> {
  const models: LayersModel[] = [];
  let predictor: ModelPredictor | undefined;
  const dispose = () => {
    predictor?.dispose();
    for (const model of models) model.dispose();
  };
  try {
    for (const path of await modelsOf(place)) {
      models.push(await loadModel(path, { onWarning: (warning) => log(`warning: ${warning.message}`) }));
    }
    const [card, ...others] = models.map((model) => cardOf(model, place));
    const normalization = card.normalization ?? (card.scaling && fixedNormalization(card.scaling));
    if (normalization === undefined) {
      throw new LulcError('incompatible', "the model's card does not say how images are scaled", {
        where: { model: place },
      });
    }
    for (const { bands, classes } of others) checkCompatible(card, { bands, classes, normalization });
    const parameters = models.reduce((sum, model) => sum + countParameters(model).total, 0);
    predictor = ensemblePredictor(models);
    return { place, models, card, normalization, predictor, parameters, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/**
 * Opens a part of a dataset for networks: with their bands, unless the configuration names others, which are refused.
 *
 * @param card of the networks
 * @param data the settings
 * @param split name of the part
 * @throws LulcError as `openSegmentation`; `incompatible` for other bands than the networks know, in their order
 */
export async function openForNetworks(
  card: ModelCard,
  data: MaskSettings,
  split: string,
): Promise<SegmentationFileDataset> {
  const part = await openMasks({ ...data, bands: data.bands ?? [...card.bands] }, split);
  checkCompatible(card, { bands: part.info.bands });
  return part;
}

async function modelsOf(place: string): Promise<readonly string[]> {
  if (place.includes(',')) return (await Promise.all(place.split(',').map((one) => modelsOf(one.trim())))).flat();
  const folds = await foldModels(cloudsFolder(place), mostFolds);
  if (folds.length > 0) return folds;
  const ofRun = runFolder(place).file('model');
  return [(await isThere(ofRun)) ? ofRun : place];
}

function cardOf(model: LayersModel, place: string): ModelCard {
  const card = readCard(model);
  if (card?.task === 'segmentation') return card;
  throw new LulcError(
    'incompatible',
    card === undefined ? 'the model has no card' : `the model is for ${card.task}, not for masks`,
    { where: { model: place }, hint: 'Take one of lulc clouds train, lulc clouds distill or lulc finetune.' },
  );
}
