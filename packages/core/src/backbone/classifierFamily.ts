import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ClassificationTask } from '../data/types.js';
import { LulcError } from '../errors/lulcError.js';
import { image } from '../layers/graph.js';
import type { Block, Sym } from '../layers/sym.js';
import { classificationTask, createCard, type ModelCard, writeCard } from '../model/card.js';
import type { JsonValue } from '../model/json.js';
import type { Backbone } from './backbone.js';
import { classifier } from './classifier.js';
import { bandNames, classNames } from './names.js';
import { type BandInput, type BandPlane, bandPlanes, joinBands } from './stackBands.js';

/** What every classification model can be told, whatever its family. */
export interface ModelOptions {
  /** Height and width of the input in pixels; default what the family's configuration asks for. */
  readonly inputSize?: number;
  /**
   * Band names in channel order, or their number: 10 (default) are Sentinel-2's at 10 and 20 m (B02, B03, B04, B08, B05,
   * B06, B07, B8A, B11, B12), 12 these with VV and VH, 2 only VV and VH, 3 the visible B04, B03, B02; of another number
   * they are called `band 1`, `band 2`, …
   */
  readonly bands?: number | readonly string[];
  /** Class names in output order, or their number (`class 1`, `class 2`, …), default 19. */
  readonly classes?: number | readonly string[];
  /** `'multi-label'` (default; sigmoid per class) or `'single-label'` (softmax). */
  readonly task?: ClassificationTask;
  /** Share of pooled features dropped before the head, [0, 1), default 0. */
  readonly headDropout?: number;
  /** Seed of the weights; random when absent. */
  readonly seed?: number;
}

/** What a family makes of its options: all that is needed to build the network and to describe it. */
export interface FamilyNetwork {
  /** Height and width of the input in pixels. */
  readonly inputSize: number;
  /** Smallest input the network can take in pixels, default 8. */
  readonly smallestInput?: number;
  /**
   * The family's own options with all defaults filled in, as the card records them: building with them gives the same
   * network. Without what {@link ModelOptions} has.
   */
  readonly configuration: { readonly [option: string]: JsonValue };
  /** Share dropped before the head when the options do not say, default 0. */
  readonly headDropout?: number;
  /**
   * The graph without its head.
   *
   * @param input scaled image `[B, inputSize, inputSize, bands]`
   * @param bands names of its channels
   */
  backbone(input: Sym<4>, bands: readonly string[]): Backbone;
  /**
   * The graph from bands that come apart, of a network that does not want them as one image. Default: they are resized to
   * `inputSize` and stacked, and go to `backbone`.
   *
   * @param planes the bands' own inputs, in channel order
   */
  fromBands?(planes: readonly BandPlane[]): Backbone;
  /** Feature map to feature vector. Default the mean over all pixels. */
  readonly pooling?: Block<4, 2>;
}

/** The builders of a family, see {@link classifierFamily}. */
export interface ClassifierFamily<Options extends ModelOptions> {
  /** Name of the family, as in model cards. */
  readonly name: string;
  /**
   * Fills in defaults and checks the family's own options.
   *
   * @throws LulcError `unknown-name` or `invalid-argument`
   */
  resolve(options: Omit<Options, 'bands' | 'classes' | 'task' | 'seed'>): FamilyNetwork;
  /** One input, the image `[B, inputSize, inputSize, bands]`. */
  build(options: Options): LayersModel;
  /** One input `[B, size, size]` per band in its native resolution, resized and stacked inside the model. */
  buildFromBands(bands: readonly BandInput[], options: Omit<Options, 'bands'>): LayersModel;
}

/**
 * Makes the one-call builders of a family of classification models from what distinguishes it: how its options resolve to
 * a backbone and a pooling. Bands, classes, head, card and the benchmark's front end with one input per band are the same
 * for all.
 *
 * @param name the family's name in model cards, e.g. `'wrn-eca'`
 * @param resolve fills in defaults and checks the family's own options, before anything is built
 * @returns builders of models with cards
 * @example
 * ```ts
 * import { classifierFamily, conv2d, feature, type ModelOptions, useEngine } from '@lulc/core';
 *
 * const tiny = classifierFamily<ModelOptions & { width?: number }>('tiny', ({ width = 8, inputSize = 32 }) => ({
 *   inputSize,
 *   configuration: { width },
 *   backbone: (input) => {
 *     const output = conv2d({ name: 'conv', filters: width, kernelSize: 3, stride: 2 })(input);
 *     return { name: 'tiny', input, output, features: [feature(output, 2)] };
 *   },
 * }));
 *
 * await useEngine('auto');
 * console.log(tiny.build({ width: 16, bands: 4 }).inputs[0].shape); // [null, 32, 32, 4]
 * ```
 */
export function classifierFamily<Options extends ModelOptions>(
  name: string,
  resolve: ClassifierFamily<Options>['resolve'],
): ClassifierFamily<Options> {
  const checked: typeof resolve = (options) => {
    const network = resolve(options);
    const { inputSize, smallestInput = 8 } = network;
    if (!Number.isInteger(inputSize) || inputSize < smallestInput) {
      throw new LulcError(
        'invalid-argument',
        `inputSize must be a whole number of at least ${smallestInput} pixels, got ${inputSize}`,
        { where: { option: 'inputSize' } },
      );
    }
    return network;
  };
  const close = (
    network: FamilyNetwork,
    backbone: () => Backbone,
    inputs: readonly Sym[] | undefined,
    bands: readonly string[],
    options: Omit<Options, 'bands'>,
  ): LayersModel => {
    const { task = 'multi-label', headDropout = network.headDropout ?? 0, seed } = options;
    const { inputSize, configuration, pooling } = network;
    const classes = classNames(options.classes ?? 19);
    const card = createCard({
      family: name,
      configuration: { ...configuration, headDropout, ...(seed === undefined ? {} : { seed }) },
      task,
      classes,
      bands,
      inputSize: [inputSize, inputSize],
    });
    const model = classifier(backbone(), {
      classes: classes.length,
      task,
      pooling,
      dropout: headDropout,
      inputs,
    });
    writeCard(model, card);
    return model;
  };
  return {
    name,
    resolve: checked,
    build: (options) => {
      const bands = bandNames(options.bands ?? 10);
      const network = checked(options);
      const { inputSize } = network;
      const input = image({ shape: [inputSize, inputSize, bands.length], seed: options.seed });
      return close(network, () => network.backbone(input, bands), undefined, bands, options);
    },
    buildFromBands: (bands, options) => {
      const network = checked(options as unknown as Options);
      const planes = bandPlanes(bands, options.seed);
      const names = bands.map(({ name }) => name);
      const backbone = () =>
        network.fromBands?.(planes) ?? network.backbone(joinBands(planes, network.inputSize), names);
      const inputs = planes.map(({ plane }) => plane);
      return close(network, backbone, inputs, names, options);
    },
  };
}

/**
 * The options with which a family's builder makes the network that a card describes.
 *
 * @param card card of a model made by a {@link classifierFamily}
 * @throws LulcError `incompatible` for the card of a model that does not classify
 * @example
 * ```ts
 * import { createCard, optionsOfCard } from '@lulc/core';
 *
 * const card = createCard({
 *   family: 'wrn-eca',
 *   configuration: { preset: 'B4' },
 *   task: 'single-label',
 *   classes: ['Forest', 'River'],
 *   bands: ['B04', 'B03', 'B02'],
 *   inputSize: [64, 64],
 * });
 * console.log(optionsOfCard(card).inputSize); // 64
 * ```
 */
export function optionsOfCard(card: ModelCard): ModelOptions & {
  readonly [option: string]: JsonValue | undefined;
} {
  const { configuration, classes, bands, inputSize } = card;
  const task = classificationTask(card);
  return { ...configuration, task, classes, bands, ...(inputSize === undefined ? {} : { inputSize: inputSize[0] }) };
}
