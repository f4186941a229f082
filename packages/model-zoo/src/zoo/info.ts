import type { AttentionName } from '@lulc/core';
import { unknownName } from '@lulc/core';
import { entryOf, type ModelName, modelNames, type ZooEntry } from './entries.js';
import { type FamilyName, families, familyNames } from './families.js';
import { type ModelSizes, type Variant, variants } from './modelSizes.js';
import { findName } from './names.js';
import { type Recipe, type RecipeName, recipes } from './recipes.js';
import { zooSizes } from './sizes.js';

/** What the zoo knows of a model without building it. */
export interface ModelInfo {
  /** Name as published, or in the same manner. */
  readonly name: ModelName;
  /** Other names that mean it. */
  readonly aliases: readonly string[];
  /** Family, as in model cards. */
  readonly family: FamilyName;
  /** Options of the family's builder that make it; the rest has the builder's defaults. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether the published zoo lists it. */
  readonly published: boolean;
  /** The model to whose archive the published link of this one leads. */
  readonly archiveOf: ModelName | undefined;
  /** What must be known beside, or an empty text. */
  readonly notes: string;
  /** The variants that differ: both, or only the corrected one where the published code has no quirk. */
  readonly variants: readonly Variant[];
  /** Attention module, where the family has the choice. */
  readonly attention: AttentionName | undefined;
  /** Whether its convolutions are ghost modules. */
  readonly ghost: boolean;
  /** Height and width of the input in pixels. */
  readonly inputSize: number;
  /** Trainable weights of the default variant, with 10 bands and 19 classes. */
  readonly parameters: number;
  /** 10⁹ floating-point operations of one prediction of the default variant: twice its multiply-adds. */
  readonly gflops: number;
  /** Sizes of both variants; equal where the published code has no quirk. */
  readonly sizes: ModelSizes;
  /** How the benchmark trained it, at both states of its code. */
  readonly recipes: Readonly<Record<RecipeName, Recipe>>;
  /** Papers that it comes from, the benchmark's first. */
  readonly citations: readonly string[];
  /** Licence of the published code and weights. The weights do not come with this package. */
  readonly licence: string;
}

/** The benchmark whose zoo it is. */
const benchmarkPaper =
  'Papoutsis et al. 2023, Benchmarking and scaling of deep learning models for land cover image classification, ISPRS J. Photogramm. Remote Sens. 195';

/**
 * What the zoo knows of a model, without loading its family.
 *
 * @param name a name or alias in any case, with or without `-`, `/` and `_`: `'WideResNet-ECA-B4'`, `'wrn-b4-eca'`, `'vit20'`
 * @throws LulcError `unknown-name` with the nearest name
 * @example
 * ```ts
 * import { modelInfo } from '@lulc/model-zoo';
 *
 * const { name, parameters, inputSize } = modelInfo('wrn-b4-eca');
 * console.log(name, parameters, inputSize); // WideResNet-ECA-B4 984313 90
 * ```
 */
export function modelInfo(name: ModelName | (string & {})): ModelInfo {
  const entry: ZooEntry & { readonly name: ModelName } = entryOf(findName(name));
  const { aliases = [], family, options, published = true, archiveOf, notes = '' } = entry;
  const sizes = zooSizes[entry.name];
  return {
    name: entry.name,
    aliases,
    family,
    options,
    published,
    archiveOf: archiveOf as ModelName | undefined,
    notes,
    variants: families[family].hasVariants ? variants : variants.slice(0, 1),
    attention: options.attention as AttentionName | undefined,
    ghost: options.ghost === true,
    inputSize: sizes.inputSize,
    parameters: sizes.corrected.trainable,
    gflops: (2 * sizes.corrected.multiplyAdds) / 1e9,
    sizes,
    recipes,
    citations: [benchmarkPaper, ...families[family].papers],
    licence: 'MIT',
  };
}

/** Bounds of a number; both ends belong to it. */
export interface Range {
  /** Least value. */
  readonly min?: number;
  /** Greatest value. */
  readonly max?: number;
}

/** Which models {@link listModels} gives; what is left out does not matter. */
export interface ModelFilter {
  /** Families. */
  readonly family?: FamilyName | readonly FamilyName[];
  /** Those that the published zoo lists, or those that it does not. */
  readonly published?: boolean;
  /** Attention module; `'none'` is without, in families that have the choice. */
  readonly attention?: AttentionName;
  /** With ghost convolutions, or without. */
  readonly ghost?: boolean;
  /** Trainable weights. */
  readonly parameters?: Range;
  /** 10⁹ floating-point operations of one prediction. */
  readonly gflops?: Range;
  /** Height and width of the input in pixels. */
  readonly inputSize?: Range;
  /** Text that the name or an alias has in it, in any case. */
  readonly search?: string;
}

/**
 * The models of the zoo: the 55 that the benchmark published by name, and ours. Loads no family.
 *
 * @param filter which; default all
 * @returns in the order of the published list, ours last
 * @throws LulcError `unknown-name` for a family that there is not
 * @example
 * ```ts
 * import { listModels } from '@lulc/model-zoo';
 *
 * const small = listModels({ published: true, attention: 'eca', parameters: { max: 350_000 } });
 * console.log(small.map(({ name }) => name)); // ['WideResNet-ECA', 'WideResNet-ECA-GHOST']
 * ```
 */
export function listModels(filter: ModelFilter = {}): readonly ModelInfo[] {
  const { family, published, attention, ghost, search } = filter;
  const wanted = typeof family === 'string' ? [family] : family;
  for (const name of wanted ?? []) {
    if (!familyNames.includes(name)) throw unknownName('model family', name, familyNames, { option: 'family' });
  }
  const is = <T>(value: T, asked: T | undefined): boolean => asked === undefined || value === asked;
  return modelNames
    .map(modelInfo)
    .filter(
      (model) =>
        (wanted === undefined || wanted.includes(model.family)) &&
        is(model.published, published) &&
        is(model.attention, attention) &&
        is(model.ghost, ghost) &&
        (['parameters', 'gflops', 'inputSize'] as const).every((key) => within(model[key], filter[key])) &&
        (search === undefined ||
          [model.name, ...model.aliases].some((name) => name.toLowerCase().includes(search.toLowerCase()))),
    );
}

function within(
  value: number,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Range = {},
): boolean {
  return value >= min && value <= max;
}
