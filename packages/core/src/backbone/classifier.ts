import { type LayersModel, type layers, model as tfModel } from '@tensorflow/tfjs-layers';
import type { ClassificationTask } from '../data/types.js';
import { LulcError } from '../errors/lulcError.js';
import { activation } from '../layers/activation.js';
import { pipe } from '../layers/compose.js';
import { dense } from '../layers/conv.js';
import { dropout } from '../layers/dropout.js';
import { globalAveragePool } from '../layers/pool.js';
import type { Block, Sym } from '../layers/sym.js';
import type { Backbone } from './backbone.js';

/** Layer paths of every classifier: the pooled features, the logits and the probabilities. */
export const classifierLayers = {
  /** Pooled feature vector `[B, C]`. */
  features: 'features',
  /** Dense layer that gives the logits `[B, classes]`. */
  logits: 'head',
  /** The model's output `[B, classes]`. */
  probabilities: 'probabilities',
} as const;

/** Options of {@link classifier}. */
export interface ClassifierOptions {
  /** Number of classes, at least 1. */
  readonly classes: number;
  /** `'multi-label'` (default; sigmoid per class) or `'single-label'` (softmax). */
  readonly task?: ClassificationTask;
  /** Feature map to vector. Default the mean over all pixels. */
  readonly pooling?: Block<4, 2>;
  /** Share of pooled features dropped in training, [0, 1). Default 0. */
  readonly dropout?: number;
  /** What the model takes when that is not the backbone's own image, e.g. one tensor per band. */
  readonly inputs?: readonly Sym[];
}

/**
 * Closes a backbone into a classification model: pooling, a dense layer `head` (logits, Glorot uniform), and
 * `probabilities`, its output `[B, classes]` in 0 … 1. {@link logitsModel} gives the same network up to the logits.
 *
 * @throws LulcError `invalid-argument` when `classes` is not a whole number above 0 or `dropout` is not in [0, 1)
 * @example
 * ```ts
 * import { classifier, conv2d, feature, image, pipe, relu, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const input = image({ shape: [32, 32, 4] });
 * const output = pipe(conv2d({ filters: 8, kernelSize: 3, stride: 2 }), relu())(input);
 * const model = classifier({ name: 'tiny', input, output, features: [feature(output, 2)] }, { classes: 3 });
 * console.log(model.outputs[0].shape); // [null, 3]
 * ```
 */
export function classifier(backbone: Backbone, options: ClassifierOptions): LayersModel {
  const { classes, task = 'multi-label', pooling = globalAveragePool(), dropout: rate = 0 } = options;
  const close = pipe(
    pooling,
    activation<2>('linear', { name: classifierLayers.features }),
    classifierHead({ classes, task, dropout: rate }),
  );
  return tfModel({
    inputs: [...(options.inputs ?? [backbone.input])],
    outputs: close(backbone.output),
    name: backbone.name,
  });
}

/**
 * Feature vector to probabilities: dropout, the dense layer `head`, and `probabilities`.
 *
 * @throws LulcError `invalid-argument` when `classes` is not a whole number above 0 or `dropout` is not in [0, 1)
 */
export function classifierHead({
  classes,
  task,
  dropout: rate,
}: Required<Pick<ClassifierOptions, 'classes' | 'task' | 'dropout'>>): Block<2> {
  if (!Number.isInteger(classes) || classes < 1) {
    throw new LulcError('invalid-argument', `classes must be a whole number above 0, got ${classes}`, {
      where: { option: 'classes' },
    });
  }
  return pipe(
    rate === 0 ? pipe<2>() : dropout<2>(rate),
    dense<2>({ name: classifierLayers.logits, units: classes }),
    activation<2>(task === 'multi-label' ? 'sigmoid' : 'softmax', { name: classifierLayers.probabilities }),
  );
}

/**
 * The same network (shared weights) with the logits `[B, classes]` as output, for losses that start from logits.
 *
 * @throws LulcError `incompatible` when the model has no layer `head`
 */
export function logitsModel(model: LayersModel): LayersModel {
  return upTo(model, classifierLayers.logits, 'classifier');
}

/**
 * The same network (shared weights) with the pooled feature vector `[B, C]` as output: the transfer encoder.
 *
 * @throws LulcError `incompatible` when the model has no layer `features`
 */
export function featureModel(model: LayersModel): LayersModel {
  return upTo(model, classifierLayers.features, 'classifier');
}

/**
 * The same network (shared weights) with the output of one of its layers as output.
 *
 * @param model the whole network
 * @param layer path of the layer
 * @param builder what makes models with such a layer, for the error
 * @throws LulcError `incompatible` when the model has no such layer
 */
export function upTo(model: LayersModel, layer: string, builder: string): LayersModel {
  const found = model.layers.find((candidate: layers.Layer) => candidate.name === layer);
  if (found === undefined) {
    throw new LulcError('incompatible', `the model has no layer '${layer}'`, {
      where: { model: model.name },
      hint: `Build it with ${builder}().`,
    });
  }
  return tfModel({ inputs: model.inputs, outputs: found.output, name: `${model.name}-${layer}` });
}
