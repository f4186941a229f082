import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { model as tfModel } from '@tensorflow/tfjs-layers';
import { classifierHead, classifierLayers } from '../backbone/classifier.js';
import { classNames } from '../backbone/names.js';
import type { ClassificationTask } from '../data/types.js';
import { LulcError } from '../errors/lulcError.js';
import { branchAt } from '../layers/graph.js';
import { classificationTask, readCard, writeCard } from '../model/card.js';
import { startedFrom } from './provenance.js';

/** What is to stand in the place of a model's head. */
export interface ReplaceHeadOptions {
  /** Class names in output order, or their number (`class 1`, `class 2`, …). */
  readonly classes: number | readonly string[];
  /** Default: that of the model's card, else `'multi-label'`. */
  readonly task?: ClassificationTask;
  /** Share of the features dropped in training before the head, [0, 1). Default: that of the model's card, else 0. */
  readonly headDropout?: number;
  /** Path of the layer whose output `[B, C]` the head takes. Default `'features'`, as every classifier here has it. */
  readonly features?: string;
  /** Seed of the new weights; random when absent. */
  readonly seed?: number;
}

/**
 * The same network with a new, untrained head: other classes, or another task. All layers up to the features are shared:
 * what is trained or frozen in one model is so in the other. Each model is disposed by itself; shared weights are freed
 * with the last.
 *
 * @param model a built or loaded classifier, or any layers model with a feature vector; unchanged
 * @param options what the new head gives
 * @returns the new model. Where the old one has a card, it has one with the new classes and task, without metrics, and
 *   with the old training among {@link ModelCard.pretraining}
 * @throws LulcError `invalid-argument` for an option out of range, `incompatible` for a model without such features,
 *   `shape-mismatch` when they are no vector
 * @example
 * ```ts
 * import { classifier, conv2d, feature, image, replaceHead, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const input = image({ shape: [32, 32, 4] });
 * const output = conv2d({ name: 'conv', filters: 8, kernelSize: 3 })(input);
 * const model = classifier({ name: 'tiny', input, output, features: [feature(output, 1)] }, { classes: 19 });
 * const mine = replaceHead(model, { classes: ['field', 'forest', 'water'], task: 'single-label' });
 * console.log(mine.outputs[0].shape); // [null, 3]
 * ```
 */
export function replaceHead(model: LayersModel, options: ReplaceHeadOptions): LayersModel {
  const card = readCard(model);
  const {
    task = card ? classificationTask(card) : 'multi-label',
    features = classifierLayers.features,
    seed,
  } = options;
  const classes = classNames(options.classes);
  const headDropout = options.headDropout ?? numberOr0(card?.configuration.headDropout);
  const place = model.layers.find(({ name }) => name === features);
  if (place === undefined) {
    throw new LulcError('incompatible', `the model has no layer '${features}' to put a head on`, {
      where: { model: model.name },
      hint: "Name the layer that gives the feature vector with 'features'.",
    });
  }
  const head = classifierHead({ classes: classes.length, task, dropout: headDropout });
  const replaced = tfModel({
    inputs: model.inputs,
    outputs: head(branchAt(place.output as (typeof model.outputs)[number], 2, seed)),
    name: model.name,
  });
  share(model, replaced);
  if (card !== undefined) {
    const configuration = { ...card.configuration, headDropout };
    writeCard(replaced, startedFrom({ ...card, configuration, task, classes }, card));
  }
  return replaced;
}

/** TF.js counts how often a layer is applied, and frees it at the first `dispose`; shared layers are to outlive it. */
function share(model: LayersModel, other: LayersModel): void {
  const own = new Set<layers.Layer>(model.layers);
  for (const layer of other.layers) if (own.has(layer)) (layer as unknown as { _refCount: number })._refCount++;
}

const numberOr0 = (value: unknown): number => (typeof value === 'number' ? value : 0);
