import type { LayersModel } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import { type ModelCard, readCard, writeCard } from '../model/card.js';
import type { WeightArray } from '../model/weightArray.js';
import { type LoadReport, loadWeights, weightArrays } from '../model/weights.js';
import { startedFrom } from './provenance.js';
import { type LayerSelector, selectLayers } from './selectLayers.js';

/** A weight on its way from one model to another. */
export interface WeightInTransfer {
  /** Its path in the model that takes it. */
  readonly path: string;
  /** What is given. */
  readonly given: WeightArray;
  /** The shape that the model wants. */
  readonly shape: readonly number[];
  /** The model that takes it. */
  readonly model: LayersModel;
}

/**
 * Fits a weight to a model that differs from the one it comes from: other bands ({@link bandAdapter}), another input size.
 * It gives the fitted weight, or nothing for a weight that it leaves as it is.
 */
export type WeightAdapter = (weight: WeightInTransfer) => WeightArray | undefined;

/** Options of {@link transferWeights}. */
export interface TransferOptions {
  /**
   * From paths as given to paths in the model: a function, which gives nothing for a weight to leave out, or beginnings of
   * paths with what stands for them (`{ 'encoder/': '' }`; the longest that fits counts). Default: paths are the same.
   */
  readonly rename?: Readonly<Record<string, string>> | ((path: string) => string | undefined);
  /** Layers of the model that keep their weights. Default none. */
  readonly skip?: LayerSelector;
  /** Asked in turn for every weight that is given and wanted; the first that gives one is followed. Default none. */
  readonly adapt?: readonly WeightAdapter[];
}

/** What became of the weights, by path in the model that takes them (`unexpected`: as given, renamed). */
export interface TransferReport extends LoadReport {
  /** Those of `loaded` that were fitted by an adapter. */
  readonly adapted: readonly string[];
  /** Weights of the layers to skip, left as they were. */
  readonly skipped: readonly string[];
}

/**
 * Takes over all weights that fit, by path: from one model to another, or from a file of weights.
 *
 * @param from a model, or arrays by weight path as `loadTensors` gives them
 * @param to a built or loaded model; changed in place. Where both models have a card, its card keeps the training of the
 *   weights among {@link ModelCard.pretraining}
 * @param options renaming, layers to skip, adapters
 * @returns what was loaded, fitted, skipped, missing, unexpected and of another shape
 * @throws LulcError `incompatible` when nothing fits, `unknown-name` when `skip` names no layer
 * @example
 * ```ts
 * import { classifier, conv2d, feature, image, transferWeights, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const build = (classes: number) => {
 *   const input = image({ shape: [32, 32, 4] });
 *   const output = conv2d({ name: 'conv', filters: 8, kernelSize: 3 })(input);
 *   return classifier({ name: 'tiny', input, output, features: [feature(output, 1)] }, { classes });
 * };
 * const report = await transferWeights(build(19), build(3));
 * console.log(report.loaded, report.mismatched.map(({ path }) => path)); // ['conv/kernel'] ['head/kernel', 'head/bias']
 * ```
 */
export async function transferWeights(
  from: LayersModel | ReadonlyMap<string, WeightArray>,
  to: LayersModel,
  options: TransferOptions = {},
): Promise<TransferReport> {
  const { skip, adapt = [] } = options;
  const rename = renaming(options.rename);
  const own = new Map(to.weights.map((weight) => [weight.originalName, weight.shape as readonly number[]]));
  const kept = skip === undefined ? [] : selectLayers(to, skip).flatMap(({ weights }) => weights);
  const keptPaths = new Set(kept.map(({ originalName }) => originalName));
  const isSkipped = (path: string): boolean => keptPaths.has(path);
  const adapted: string[] = [];
  const given = new Map<string, WeightArray>();
  for (const [source, array] of isModel(from) ? await weightArrays(from) : from) {
    const path = rename(source);
    if (path === undefined || isSkipped(path)) continue;
    if (given.has(path)) {
      throw new LulcError('duplicate-name', `two weights are to become '${path}'`, { where: { weight: source } });
    }
    const shape = own.get(path);
    const fitted = shape && fit(adapt, { path, given: array, shape, model: to });
    if (fitted !== undefined) adapted.push(path);
    given.set(path, fitted ?? array);
  }
  const report = loadWeights(to, given, { strict: false });
  if (report.loaded.length === 0) {
    throw new LulcError('incompatible', `none of ${given.size} weights fits the model`, {
      where: { model: to.name },
      hint: `Wanted are ${some(own.keys())}; given are ${some(given.keys())}. Use 'rename' where only names differ.`,
    });
  }
  const cards = isModel(from) ? [readCard(from), readCard(to)] : [];
  if (isPair(cards)) writeCard(to, startedFrom(cards[1], cards[0]));
  return {
    ...report,
    missing: report.missing.filter((path) => !isSkipped(path)),
    adapted,
    skipped: report.missing.filter(isSkipped),
  };
}

function fit(adapters: readonly WeightAdapter[], weight: WeightInTransfer): WeightArray | undefined {
  for (const adapter of adapters) {
    const fitted = adapter(weight);
    if (fitted !== undefined) return fitted;
  }
  return undefined;
}

function renaming(rename: TransferOptions['rename'] = {}): (path: string) => string | undefined {
  if (typeof rename === 'function') return rename;
  const beginnings = Object.keys(rename).sort((a, b) => b.length - a.length);
  return (path) => {
    const beginning = beginnings.find((text) => path.startsWith(text));
    return beginning === undefined ? path : rename[beginning] + path.slice(beginning.length);
  };
}

function some(paths: Iterable<string>): string {
  const all = [...paths];
  return `${all.slice(0, 3).join(', ')}${all.length > 3 ? ', …' : ''}`;
}

const isModel = (from: LayersModel | ReadonlyMap<string, WeightArray>): from is LayersModel => 'layers' in from;

const isPair = (cards: readonly (ModelCard | undefined)[]): cards is readonly [ModelCard, ModelCard] =>
  cards.length === 2 && cards.every((card) => card !== undefined);
