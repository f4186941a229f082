import { type ModelCard, type ModelOptions, type ModelTask, optionsOfCard } from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { denseFamily } from '../dense/denseNetwork.js';
import { denseFromCard } from '../dense/fromCard.js';
import { entryOf, type FamilyOf, type ModelName } from './entries.js';
import { buildFamily, type FamilyName, type FamilyOptions } from './families.js';
import type { Variant } from './modelSizes.js';
import { findName } from './names.js';

/** What every model can be told, whatever its family. */
export interface ModelOverrides extends ModelOptions {
  /**
   * `'corrected'` (default), or `'reference'`: the published code with its quirks, for published checkpoints. The same for
   * families without quirks.
   */
  readonly variant?: Variant;
}

/**
 * Builds a named model with random weights. Loads its family first.
 *
 * @param name a name or alias in any case, see `modelInfo`
 * @param overrides bands, classes, task, input size, seed and variant; for a name that the compiler knows also every option
 *   of its family's builder
 * @returns the model with its card
 * @throws LulcError `unknown-name` with the nearest name, and what the family's builder throws for its options
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { createModel } from '@lulc/model-zoo';
 *
 * await useEngine('auto');
 * const model = await createModel('WideResNet-ECA-B4', { bands: ['B04', 'B03', 'B02'], classes: 10, task: 'single-label' });
 * console.log(model.inputs[0].shape, model.outputs[0].shape); // [null, 90, 90, 3] [null, 10]
 * ```
 */
export async function createModel<Name extends ModelName>(
  name: Name,
  overrides?: FamilyOptions[FamilyOf<Name>] & ModelOverrides,
): Promise<LayersModel>;
export async function createModel(name: string, overrides?: ModelOverrides): Promise<LayersModel>;
export async function createModel(name: string, overrides: ModelOverrides = {}): Promise<LayersModel> {
  const { family, options } = entryOf(findName(name));
  return buildFamily(family, { ...options, ...given(overrides) });
}

/** What can differ from a card, see {@link createFromCard}. */
export type CardOverrides = Omit<ModelOverrides, 'task'> & {
  /** Another task; of classifiers only another kind of labels. */
  readonly task?: ModelTask;
} & Readonly<Record<string, unknown>>;

/**
 * Builds the network that a card describes, or a similar one: for other bands, classes or another input size, into which
 * weights are then transferred. The weights are random; where the card has a seed they are those that the model began with.
 * Of a segmenter or of a pre-trained dense network, another `task` makes a model of the same encoder for that: a segmenter,
 * a classifier, or features.
 *
 * @param card card of a model of one of the zoo's families, or of one that `createSegmenter` or `createFeatures` made
 * @param overrides what is to differ: as in {@link createModel}, or options of the card's family
 * @throws LulcError `unknown-name` for a family that the zoo has not, and what the family's builder throws
 * @example
 * ```ts
 * import { readCard, useEngine } from '@lulc/core';
 * import { createFromCard, createModel } from '@lulc/model-zoo';
 *
 * await useEngine('auto');
 * const model = await createModel('wrn-b0-eca', { classes: 19 });
 * const other = await createFromCard(readCard(model)!, { classes: ['Forest', 'River'], task: 'single-label' });
 * console.log(other.outputs[0].shape); // [null, 2]
 * ```
 */
export async function createFromCard(card: ModelCard, overrides: CardOverrides = {}): Promise<LayersModel> {
  if (card.family === denseFamily) return denseFromCard(card, given(overrides));
  return buildFamily(card.family as FamilyName, { ...optionsOfCard(card), ...given(overrides) } as never);
}

/** Without what is `undefined`: that means the default, not that there is none. */
function given<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
