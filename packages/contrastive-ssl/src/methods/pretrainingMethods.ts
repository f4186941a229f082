import { type JsonValue, knownOption, unknownName } from '@lulc/core';
import { denseViews, glcNetViews, type RecipeOptions, simClrViews, type ViewRecipe } from '@lulc/core/views';
import { type ByolOptions, byol } from '../baselines/byol.js';
import { type DenseClOptions, denseCL } from '../baselines/denseCL.js';
import { type InpaintingOptions, inpainting } from '../baselines/inpainting.js';
import { type JigsawOptions, jigsaw } from '../baselines/jigsaw.js';
import { type MoCoOptions, moCoV2 } from '../baselines/moCoV2.js';
import { type VicRegLOptions, vicRegL } from '../baselines/vicRegL.js';
import { type SimClrOptions, simClr } from '../contrast/simClr.js';
import { type EmbeddingEarthOptions, embeddingEarth } from '../embedding-earth/embeddingEarth.js';
import { type GlcNetOptions, glcNet } from '../glcnet/glcNet.js';
import type { PretrainingMethod } from '../method/method.js';

/** Options of every method, by its name. */
export interface MethodOptions {
  /** Of {@link glcNet}. */
  readonly glcnet: GlcNetOptions;
  /** Of {@link embeddingEarth}. */
  readonly 'embedding-earth': EmbeddingEarthOptions;
  /** Of {@link simClr}. */
  readonly simclr: SimClrOptions;
  /** Of {@link moCoV2}. */
  readonly 'moco-v2': MoCoOptions;
  /** Of {@link byol}. */
  readonly byol: ByolOptions;
  /** Of {@link denseCL}. */
  readonly densecl: DenseClOptions;
  /** Of {@link vicRegL}. */
  readonly vicregl: VicRegLOptions;
  /** Of {@link inpainting}. */
  readonly inpainting: InpaintingOptions;
  /** Of {@link jigsaw}. */
  readonly jigsaw: JigsawOptions;
}

/** Name of a method. */
export type MethodName = keyof MethodOptions;

/** What is known of a method before it is set up. */
export interface MethodEntry<Options = never> {
  /** One sentence on what it learns from. */
  readonly summary: string;
  /** Whose method it is: authors, year, arXiv number. */
  readonly paper: string;
  /** Views of each image that it takes. */
  readonly views: 1 | 2;
  /** How far it trains a network when its options say nothing else. */
  readonly trains: PretrainingMethod['trains'];
  /**
   * Recipes of its views when nothing else is asked for, as many as it takes.
   *
   * @param options size of the network's input, bands of the images
   */
  recipes(options: RecipeOptions): readonly ViewRecipe[];
  /**
   * Makes it.
   *
   * @param options its options
   */
  create(options?: Options): PretrainingMethod;
}

/** Windows, flips and turns, colours: GLCNet's second view, on which its baselines with one view work. */
const changedView = (options: RecipeOptions): readonly ViewRecipe[] => glcNetViews(options).slice(1);

/** A window and nothing else, as large as the view. */
const plainWindow = ({ size }: RecipeOptions): readonly ViewRecipe[] => [{ size, steps: [{ name: 'crop', size }] }];

/** Three cells of the network's size along each side. */
const threefold = (options: RecipeOptions): readonly ViewRecipe[] =>
  changedView({ ...options, size: [3 * options.size[0], 3 * options.size[1]] });

/**
 * All methods: what pre-training and the command line choose from.
 *
 * @example
 * ```ts
 * import { pretrainingMethods } from '@lulc/contrastive-ssl';
 *
 * console.log(pretrainingMethods.byol.paper); // Grill et al. 2020, arXiv:2006.07733
 * ```
 */
export const pretrainingMethods: { readonly [Name in MethodName]: MethodEntry<MethodOptions[Name]> } = {
  glcnet: {
    summary: 'Contrasts the style of images and matched regions of the decoded map.',
    paper: 'Li et al. 2022, arXiv:2106.10605',
    views: 2,
    trains: 'decoded',
    recipes: glcNetViews,
    create: glcNet,
  },
  'embedding-earth': {
    summary: 'Contrasts single pixels of the decoded map that show the same ground.',
    paper: 'in the spirit of Tarasiou & Zafeiriou 2022, arXiv:2203.06041',
    views: 2,
    trains: 'decoded',
    recipes: denseViews,
    create: embeddingEarth,
  },
  simclr: {
    summary: 'Contrasts images with the other images of the batch.',
    paper: 'Chen et al. 2020, arXiv:2002.05709',
    views: 2,
    trains: 'encoded',
    recipes: simClrViews,
    create: simClr,
  },
  'moco-v2': {
    summary: 'Contrasts images with a queue of earlier ones, embedded by a slowly moving copy.',
    paper: 'Chen et al. 2020, arXiv:2003.04297',
    views: 2,
    trains: 'encoded',
    recipes: simClrViews,
    create: moCoV2,
  },
  byol: {
    summary: 'Predicts the embedding of another view by a slowly moving copy, without negatives.',
    paper: 'Grill et al. 2020, arXiv:2006.07733',
    views: 2,
    trains: 'encoded',
    recipes: simClrViews,
    create: byol,
  },
  densecl: {
    summary: 'MoCo v2 with a branch of map cells that are matched by their features.',
    paper: 'Wang et al. 2021, arXiv:2011.09157',
    views: 2,
    trains: 'encoded',
    recipes: simClrViews,
    create: denseCL,
  },
  vicregl: {
    summary: 'Keeps embeddings of images and of matched map cells alike, varied and uncorrelated, without negatives.',
    paper: 'Bardes, Ponce & LeCun 2022, arXiv:2210.01571',
    views: 2,
    trains: 'encoded',
    recipes: simClrViews,
    create: vicRegL,
  },
  inpainting: {
    summary: 'Restores square holes.',
    paper: 'Pathak et al. 2016, arXiv:1604.07379',
    views: 1,
    trains: 'encoded',
    recipes: plainWindow,
    create: inpainting,
  },
  jigsaw: {
    summary: 'Tells in which order nine pieces of an image were laid out.',
    paper: 'Noroozi & Favaro 2016, arXiv:1603.09246',
    views: 1,
    trains: 'encoded',
    recipes: threefold,
    create: jigsaw,
  },
};

/** Names of all methods. */
export const methodNames = Object.keys(pretrainingMethods) as readonly MethodName[];

/**
 * Makes a method from plain data, such as a configuration file's.
 *
 * @param name which method
 * @param options its options by name; what is not given has its default
 * @returns the method
 * @throws LulcError `unknown-name` for a method or an option that there is not, with the nearest name; what the method throws for a value
 * @example
 * ```ts
 * import { createMethod } from '@lulc/contrastive-ssl';
 *
 * console.log(createMethod('moco-v2', { temperature: 0.07 }).configuration.queue); // 2048
 * ```
 */
export function createMethod(
  name: string,
  options: Readonly<Record<string, JsonValue | undefined>> = {},
): PretrainingMethod {
  const method = knownOption('method', name as MethodName, methodNames);
  const create = pretrainingMethods[method].create as (options?: object) => PretrainingMethod;
  const known = Object.keys(create().configuration);
  for (const option of Object.keys(options)) {
    if (!known.includes(option)) throw unknownName(`option of ${method}`, option, known, { option });
  }
  return create(options);
}

/**
 * The views that a method works on when nothing else is asked for.
 *
 * @param name which method
 * @param options `size` is the network's input, which is that of the views but for a jigsaw: its views are three times as
 *   large
 * @returns recipes, as many as the method takes views
 * @throws LulcError `unknown-name` for a method that there is not
 * @example
 * ```ts
 * import { defaultViews } from '@lulc/contrastive-ssl';
 *
 * console.log(defaultViews('jigsaw', { size: [75, 75], bands: 4 })[0].size); // [225, 225]
 * ```
 */
export function defaultViews(name: string, options: RecipeOptions): readonly ViewRecipe[] {
  return pretrainingMethods[knownOption('method', name as MethodName, methodNames)].recipes(options);
}
