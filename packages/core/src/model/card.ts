import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { BandNormalization, Normalization } from '../data/normalization.js';
import { fixedNormalization, normalizationFault, normalizationSchemes } from '../data/resolveNormalization.js';
import type { ClassificationTask, ScalingStatistics } from '../data/types.js';
import { LulcError, type LulcErrorWhere } from '../errors/lulcError.js';
import { type JsonReaders, type JsonValue, jsonReaders, type Reader } from './json.js';

/**
 * What the outputs of a model mean: probabilities of classes for the image (`'multi-label'`, `'single-label'`) or for every
 * pixel (`'segmentation'`), or features without classes (`'features'`: a pre-trained encoder).
 */
export type ModelTask = ClassificationTask | 'segmentation' | 'features';

/** How a model came to its weights. */
export interface TrainingProvenance {
  /** Name of the training set, e.g. `'bigearthnet-v2'`. */
  readonly dataset: string;
  /** True when the training pixels were generated, not observed. */
  readonly simulated: boolean;
  /** Seed of the run. */
  readonly seed: number;
  /** Engine that ran the training, e.g. `'wasm'`. */
  readonly engine: string;
  /** Epochs trained. */
  readonly epochs: number;
  /** When training ended, ISO 8601. */
  readonly date: string;
  /** Version of the library that trained. */
  readonly libraryVersion: string;
  /** The command that reproduces the run, when it was started by one. */
  readonly command?: string | undefined;
}

/**
 * What must be known of a model to use it rightly. Travels in the model's `userDefinedMetadata` and with every saved
 * format; {@link checkCompatible} holds data against it.
 */
export interface ModelCard {
  /** Version of this record's layout. */
  readonly formatVersion: 1;
  /** The builder, e.g. `'wrn-eca'`. */
  readonly family: string;
  /** All options of the builder, defaults included: building with them gives the same network. */
  readonly configuration: { readonly [option: string]: JsonValue };
  /** What the outputs mean. */
  readonly task: ModelTask;
  /** Class names in output order; none for `'features'`. */
  readonly classes: readonly string[];
  /** Band names in channel order, e.g. `['B02', 'B03', 'B04', 'B08']`. */
  readonly bands: readonly string[];
  /** Height and width of the images the model was made for, in pixels; absent when any size will do. */
  readonly inputSize?: readonly [number, number] | undefined;
  /** Statistics by which images must be scaled before prediction; absent when not known. */
  readonly scaling?: ScalingStatistics | undefined;
  /**
   * How images must be normalised before prediction where that is more than fixed statistics: computed from each image, or
   * cut off at limits. A card has this or `scaling`, not both.
   */
  readonly normalization?: Normalization | undefined;
  /** How the weights came about; absent for an untrained model. */
  readonly training?: TrainingProvenance | undefined;
  /** Earlier trainings whose weights this model started from, the latest first; absent when there was none. */
  readonly pretraining?: readonly TrainingProvenance[] | undefined;
  /** Measured results by name, e.g. `{ 'test/f1Macro': 0.71 }`. */
  readonly metrics: { readonly [name: string]: number };
  /** Licence of the weights. */
  readonly licence?: string | undefined;
  /** How to cite the model. */
  readonly citation?: string | undefined;
}

/** The facts of a data source that a card can contradict; what is left out is not checked. */
export interface DataDescription {
  /** Band names in channel order. */
  readonly bands?: readonly string[] | undefined;
  /** Statistics by which the images are scaled. */
  readonly scaling?: ScalingStatistics | undefined;
  /** How the images are normalised, instead of `scaling`. */
  readonly normalization?: Normalization | undefined;
  /** Height and width in pixels. */
  readonly inputSize?: readonly [number, number] | undefined;
  /** Class names in index order. */
  readonly classes?: readonly string[] | undefined;
}

/** Key of the card in `userDefinedMetadata`. */
export const cardKey = 'lulc';
const tasks: readonly ModelTask[] = ['multi-label', 'single-label', 'segmentation', 'features'];
const maximumClasses = 10_000;
const maximumBands = 1_000;
const maximumTrainings = 100;

/**
 * A checked card with its format version filled in.
 *
 * @param facts everything but the format version; `metrics` defaults to none
 * @throws LulcError `invalid-argument` when a field has the wrong type, a number is not finite, a class or band occurs
 * twice, scaling or normalization have another number of bands, or both are given
 * @example
 * ```ts
 * import { createCard } from '@lulc/core';
 *
 * const card = createCard({
 *   family: 'wrn-eca',
 *   configuration: { preset: 'B0', bands: 3, classes: 2 },
 *   task: 'single-label',
 *   classes: ['Forest', 'River'],
 *   bands: ['B04', 'B03', 'B02'],
 * });
 * console.log(card.formatVersion); // 1
 * ```
 */
export function createCard(
  facts: Omit<ModelCard, 'formatVersion' | 'metrics'> & Partial<Pick<ModelCard, 'metrics'>>,
): ModelCard {
  try {
    return parseCard({ metrics: {}, ...facts, formatVersion: 1 });
  } catch (cause) {
    throw new LulcError('invalid-argument', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/**
 * A card from a file, checked field by field; unknown fields are dropped.
 *
 * @param value parsed JSON
 * @param where where it comes from, for the error
 * @throws LulcError `corrupt-file` naming the field, or `unsupported-file` for a layout newer than this library
 */
export function parseCard(value: unknown, where: LulcErrorWhere = {}): ModelCard {
  const read = jsonReaders('model card', where);
  const { record, text, list, optional, map, finite, oneOf, json } = read;
  const card = record(value, 'card');
  const formatVersion = read.count(card.formatVersion, 'formatVersion');
  if (formatVersion !== 1) {
    throw new LulcError(
      'unsupported-file',
      `the model card has format version ${formatVersion}; this library reads 1`,
      {
        where,
        hint: 'Update @lulc/core.',
      },
    );
  }
  const names = (limit: number) => distinct(read, list(text(), limit));
  const bands = names(maximumBands)(card.bands, 'bands');
  const parsed = withoutUndefined({
    formatVersion,
    family: text()(card.family, 'family'),
    configuration: map(json(10_000), 1_000)(card.configuration, 'configuration'),
    task: oneOf(tasks)(card.task, 'task'),
    classes: names(maximumClasses)(card.classes, 'classes'),
    bands,
    inputSize: optional(size(read))(card.inputSize, 'inputSize'),
    scaling: optional(scaling(read, bands.length))(card.scaling, 'scaling'),
    normalization: optional(normalization(read, bands.length))(card.normalization, 'normalization'),
    training: optional(training(read))(card.training, 'training'),
    pretraining: optional(list(training(read), maximumTrainings))(card.pretraining, 'pretraining'),
    metrics: map(finite, 10_000)(card.metrics, 'metrics'),
    licence: optional(text(16_384))(card.licence, 'licence'),
    citation: optional(text(16_384))(card.citation, 'citation'),
  } satisfies ModelCard);
  if (parsed.scaling !== undefined && parsed.normalization !== undefined) {
    read.fail('normalization', 'left out where there is a scaling');
  }
  return parsed;
}

/**
 * The card of a model.
 *
 * @returns `undefined` for a model without one
 * @throws LulcError `corrupt-file` when the metadata holds something else under the card's key
 */
export function readCard(model: LayersModel): ModelCard | undefined {
  const stored = metadataOf(model)[cardKey];
  return stored === undefined ? undefined : parseCard(stored, { model: model.name });
}

/**
 * Puts a card into a model's `userDefinedMetadata`, beside what is there; it is saved with the model from then on.
 *
 * @throws LulcError `invalid-argument` when the card is not valid
 */
export function writeCard(model: LayersModel, card: ModelCard): void {
  const plain: unknown = JSON.parse(JSON.stringify(createCard(card)));
  model.setUserDefinedMetadata({ ...metadataOf(model), [cardKey]: plain });
}

/**
 * The task of a card that must be a classification model's.
 *
 * @throws LulcError `incompatible` for a card of another kind of model
 */
export function classificationTask({ task, family }: Pick<ModelCard, 'task' | 'family'>): ClassificationTask {
  if (task === 'multi-label' || task === 'single-label') return task;
  throw new LulcError('incompatible', `a classification model is needed, the model's task is '${task}'`, {
    where: { family },
    hint: task === 'features' ? 'Put a head on it first: transferWeights into a classifier or a segmenter.' : undefined,
  });
}

/**
 * Refuses data that contradicts a card.
 *
 * @param card the model's card
 * @param data what is known of the data; facts that are left out (there or in the card) are not compared
 * @throws LulcError `incompatible` saying what differs: bands (names and order), classes (names and order), input size,
 * scaling or normalization (each number within a relative 1e-6; a scaling is a normalization by fixed numbers)
 */
export function checkCompatible(card: ModelCard, data: DataDescription): void {
  compareNames('bands', card.bands, data.bands);
  compareNames('classes', card.classes, data.classes);
  if (card.inputSize && data.inputSize && card.inputSize.some((side, axis) => side !== data.inputSize?.[axis])) {
    throw new LulcError(
      'incompatible',
      `the model takes images of ${card.inputSize.join('×')} pixels, the data has ${data.inputSize.join('×')}`,
      { hint: 'Crop, pad or resize the images, or build the model for their size.' },
    );
  }
  if (card.scaling && data.scaling) compareScaling(card.scaling, data.scaling);
  else compareNormalization(normalizationOf(card), normalizationOf(data));
}

/** How images are normalised, however that was said. */
function normalizationOf(facts: Pick<ModelCard, 'scaling' | 'normalization'>): Normalization | undefined {
  return facts.normalization ?? (facts.scaling && fixedNormalization(facts.scaling));
}

function compareNormalization(model: Normalization | undefined, data: Normalization | undefined): void {
  if (model === undefined || data === undefined) return;
  const differs = model.findIndex((entry, band) => !sameNormalization(entry, data[band]));
  if (differs < 0 && model.length === data.length) return;
  const words = (entry: BandNormalization | undefined) => (entry === undefined ? 'nothing' : JSON.stringify(entry));
  throw new LulcError('incompatible', 'the model was trained with another normalization than the data has', {
    where: differs < 0 ? {} : { channel: differs, model: words(model[differs]), data: words(data[differs]) },
    hint: "Normalise the data as the model's card says.",
  });
}

function sameNormalization(a: BandNormalization, b: BandNormalization | undefined): boolean {
  const numbers = (entry: BandNormalization) =>
    entry.scheme === 'fixed' ? [entry.mean, entry.std, ...(entry.clip ?? [])] : [entry.nodata ?? []].flat();
  if (b === undefined || a.scheme !== b.scheme) return false;
  const [own, other] = [numbers(a), numbers(b)];
  return own.length === other.length && own.every((value, i) => near(value, other[i]));
}

function compareNames(what: 'bands' | 'classes', model: readonly string[], data: readonly string[] | undefined): void {
  if (data === undefined || (model.length === data.length && model.every((name, i) => name === data[i]))) return;
  const sameSet = model.length === data.length && model.every((name) => data.includes(name));
  const show = (names: readonly string[]) => {
    const shown = names.slice(0, 20).join(', ');
    return `[${shown}${names.length > 20 ? ', …' : ''}] (${names.length})`;
  };
  throw new LulcError(
    'incompatible',
    `the model was made for the ${what} ${show(model)}, the data has ${show(data)}${sameSet ? ': the order differs' : ''}`,
    {
      hint: sameSet
        ? `Read the ${what} in the model's order.`
        : `Select the model's ${what} when reading the data, or use a model for this data.`,
    },
  );
}

function compareScaling(model: ScalingStatistics, data: ScalingStatistics): void {
  for (const key of ['mean', 'std'] as const) {
    const differs = model[key].findIndex((value, band) => !near(value, data[key][band]));
    if (differs >= 0 || model[key].length !== data[key].length) {
      throw new LulcError(
        'incompatible',
        `the model was trained with the scaling '${model.name}', the data is scaled with '${data.name}', whose ${key} differs`,
        {
          where: differs >= 0 ? { channel: differs, model: model[key][differs], data: data[key][differs] } : {},
          hint: "Scale the data with the statistics in the model's card.",
        },
      );
    }
  }
}

function near(a: number, b: number | undefined): boolean {
  return b !== undefined && Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));
}

function distinct(read: JsonReaders, reader: Reader<string[]>): Reader<string[]> {
  return (value, path) => {
    const names = reader(value, path);
    return new Set(names).size === names.length ? names : read.fail(path, 'free of repetitions');
  };
}

function size(read: JsonReaders): Reader<readonly [number, number]> {
  return (value, path) => {
    const sides = read.list(read.count, 2)(value, path);
    return sides.length === 2 && sides.every((side) => side > 0)
      ? [sides[0], sides[1]]
      : read.fail(path, 'height and width in pixels');
  };
}

function scaling(read: JsonReaders, bands: number): Reader<ScalingStatistics> {
  return (value, path) => {
    const fields = read.record(value, path);
    const perBand = (key: 'mean' | 'std') => {
      const numbers = read.list(read.finite, maximumBands)(fields[key], `${path}.${key}`);
      if (numbers.length !== bands) read.fail(`${path}.${key}`, `a list of ${bands} numbers, one per band`);
      return numbers;
    };
    const [mean, std] = [perBand('mean'), perBand('std')];
    if (std.some((deviation) => deviation <= 0)) read.fail(`${path}.std`, 'above 0');
    return { name: read.text()(fields.name, `${path}.name`), mean, std };
  };
}

function normalization(read: JsonReaders, bands: number): Reader<Normalization> {
  return (value, path) => {
    const entries = read.list(bandNormalization(read), maximumBands)(value, path);
    return entries.length === bands ? entries : read.fail(path, `a list of ${bands} entries, one per band`);
  };
}

function bandNormalization(read: JsonReaders): Reader<BandNormalization> {
  return (value, path) => {
    const fields = read.record(value, path);
    const scheme = read.oneOf(normalizationSchemes)(fields.scheme, `${path}.scheme`);
    if (scheme !== 'fixed') {
      const nodata = read.optional(read.finite)(fields.nodata, `${path}.nodata`);
      return { scheme, ...(nodata === undefined ? {} : { nodata }) };
    }
    const clip = read.optional(read.list(read.finite, 2))(fields.clip, `${path}.clip`);
    const entry: BandNormalization = {
      scheme,
      mean: read.finite(fields.mean, `${path}.mean`),
      std: read.finite(fields.std, `${path}.std`),
      ...(clip === undefined ? {} : { clip: [clip[0], clip[1]] as const }),
    };
    const wrong = normalizationFault(entry);
    return wrong === undefined ? entry : read.fail(path, `such that ${wrong}`);
  };
}

function training(read: JsonReaders): Reader<TrainingProvenance> {
  return (value, path) => {
    const fields = read.record(value, path);
    const text = (key: string) => read.text()(fields[key], `${path}.${key}`);
    return withoutUndefined({
      dataset: text('dataset'),
      simulated: read.flag(fields.simulated, `${path}.simulated`),
      seed: read.finite(fields.seed, `${path}.seed`),
      engine: text('engine'),
      epochs: read.finite(fields.epochs, `${path}.epochs`),
      date: text('date'),
      libraryVersion: text('libraryVersion'),
      command: read.optional(read.text(16_384))(fields.command, `${path}.command`),
    });
  };
}

function metadataOf(model: LayersModel): Record<string, unknown> {
  return (model.getUserDefinedMetadata() ?? {}) as Record<string, unknown>;
}

function withoutUndefined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
