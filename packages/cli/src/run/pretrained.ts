import {
  adaptBands,
  freeze,
  LulcError,
  loadModel,
  type ModelCard,
  optionsOfCard,
  readCard,
  replaceHead,
  resizeInput,
  transferWeights,
  type WeightArray,
  weightArrays,
  writeCard,
} from '@lulc/core';
import { sentinel1Bands, sentinel2Bands } from '@lulc/sentinel2-data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.js';
import type { ModelFacts } from '../models/families.js';

/** The settings of fine-tuning. */
export type TransferConfig = NonNullable<Config['transfer']>;

/** Central wavelengths in nanometres, by which bands are near to each other. */
const wavelengths: Readonly<Record<string, number>> = Object.fromEntries([
  ...sentinel2Bands.map(({ name, wavelength }) => [name, wavelength.S2A]),
  ...sentinel1Bands.map(({ name, wavelength }) => [name, wavelength]),
]);

/**
 * A model to be fine-tuned: the network and weights of a pre-trained one, with the bands of the data, a new head and the
 * input size that was asked for. Of a network with a decoder, pre-trained without labels or for segmentation, it is the
 * encoder.
 *
 * @param transfer the settings
 * @param facts bands, classes, task and seed of the run
 * @param log told what was changed
 * @throws LulcError whatever loading throws; `incompatible` for a model without a card, or that cannot be changed so
 */
export async function pretrainedModel(
  transfer: TransferConfig,
  facts: ModelFacts,
  log: (message: string) => void,
): Promise<LayersModel> {
  const { from, inputSize, head, headDropout, bands: strategy, rescaleBands: rescale } = transfer;
  let model = await loadModel(from, { onWarning: (warning) => log(`warning: ${warning.message}`) });
  /** Goes on with another model in the place of this one. */
  const replace = (other: LayersModel): void => {
    model.dispose();
    model = other;
  };
  try {
    const card = cardOf(model, from);
    log(`pre-trained: ${model.name}, ${card.training?.dataset ?? 'no training'}${simulatedMark(card)} (${from})`);
    if (isDense(card)) replace(await classifierOf(model, card, facts, log));
    if (!sameNames(card.bands, facts.bands)) {
      replace(await adaptBands(model, facts.bands, { strategy, rescale, wavelengths }));
      const known = facts.bands.filter((band) => card.bands.includes(band)).length;
      log(`  bands: ${known} of ${facts.bands.length} are known to it; others start from: ${strategy}`);
    }
    if (inputSize !== undefined && card.inputSize?.some((side) => side !== inputSize) !== false) {
      replace(await resized(model, cardOf(model, from), inputSize));
      log(`  input: ${inputSize} x ${inputSize} pixels`);
    }
    if (head === 'replace') {
      const { classes, task, seed } = facts;
      replace(replaceHead(model, { classes, task, seed, ...(headDropout === undefined ? {} : { headDropout }) }));
    } else requireSameAnswers(card, facts, from);
    if (transfer.freeze !== undefined) log(`  frozen: ${freeze(model, transfer.freeze).length} layers`);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function cardOf(model: LayersModel, from: string): ModelCard {
  const card = readCard(model);
  if (card !== undefined) return card;
  throw new LulcError('incompatible', 'the model has no card, so that its bands are unknown', {
    where: { model: from },
    hint: 'Save it with a card (writeCard of @lulc/core), or train it with lulc train.',
  });
}

/** Whether a model says something of every pixel: one of `lulc pretrain` or `lulc finetune`. */
const isDense = ({ task }: ModelCard): boolean => task === 'features' || task === 'segmentation';

/** The classifier of a dense network's encoder, with its weights and a new head; context and decoder are left behind. */
async function classifierOf(
  model: LayersModel,
  card: ModelCard,
  { classes, task, seed }: ModelFacts,
  log: (message: string) => void,
): Promise<LayersModel> {
  const { createFromCard } = await import('@lulc/model-zoo');
  const classifier = await createFromCard(card, { classes, task, seed });
  try {
    const { loaded, unexpected } = await transferWeights(model, classifier, { rename: withoutHead });
    log(`  encoder: ${loaded.length} weights taken over, ${unexpected.length} of context and decoder left out`);
    return classifier;
  } catch (error) {
    classifier.dispose();
    throw error;
  }
}

const withoutHead = (path: string): string | undefined => (path.startsWith('head/') ? undefined : path);

/** The network for another size, from its builder where the family is known, else from its own description. */
async function resized(model: LayersModel, card: ModelCard, inputSize: number): Promise<LayersModel> {
  const { createFromCard, familyNames } = await import('@lulc/model-zoo');
  if (!(familyNames as readonly string[]).includes(card.family)) return resizeInput(model, [inputSize, inputSize]);
  const other = await createFromCard(card, { inputSize });
  try {
    const report = await transferWeights(await weightsForSize(model, card, inputSize), other);
    const misfits = [...report.missing, ...report.unexpected, ...report.mismatched.map(({ path }) => path)];
    if (misfits.length > 0) {
      throw new LulcError('incompatible', `weights depend on the input size: ${misfits.join(', ')}`, {
        where: { family: card.family, inputSize },
        hint: 'Leave transfer.inputSize out; images are resized to the size of the pre-trained model.',
      });
    }
    writeCard(other, { ...card, inputSize: [inputSize, inputSize] });
    return other;
  } catch (error) {
    other.dispose();
    throw error;
  }
}

async function weightsForSize(
  model: LayersModel,
  card: ModelCard,
  inputSize: number,
): Promise<ReadonlyMap<string, WeightArray>> {
  const weights = await weightArrays(model);
  if (card.family !== 'vit') return weights;
  const { resizeVitWeights } = await import('@lulc/vit-mlp-mixer');
  return resizeVitWeights(weights, optionsOfCard(card), inputSize);
}

function requireSameAnswers(card: ModelCard, { classes, task }: ModelFacts, from: string): void {
  if (card.task === task && sameNames(card.classes, classes)) return;
  throw new LulcError('incompatible', 'the pre-trained model answers for other classes, or another task', {
    where: { model: from, task: card.task, classes: card.classes.slice(0, 20).join(', ') },
    hint: "Use transfer.head: 'replace'.",
  });
}

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i]);

const simulatedMark = ({ training }: ModelCard): string => (training?.simulated ? ', SIMULATED' : '');
