import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { type LayerSelector, selectLayers } from './selectLayers.js';

/**
 * Freezes layers: training leaves their weights exactly as they are, without decay and without gradients being made for
 * them. A frozen batch norm works with its moving statistics in training, too, and does not change them, as in
 * TensorFlow 2 (TF.js' own `BatchNormalization` is held to that by {@link train}). What is frozen stays so when the model
 * is saved and loaded.
 *
 * @param model any layers model; changed in place, and with it every model that shares the layers
 * @param selector which layers; `{ until: 'stage3' }` freezes what stage 3 is computed from
 * @returns the paths of the layers named, frozen before or not
 * @throws LulcError `unknown-name` when no layer with weights is named
 * @example
 * ```ts
 * import { batchNorm, classifier, conv2d, feature, freeze, image, pipe, relu, scope, unfreeze, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const unit = () => pipe<4>(conv2d({ name: 'conv', filters: 8, kernelSize: 3 }), batchNorm({ name: 'bn' }), relu());
 * const input = image({ shape: [32, 32, 4] });
 * const output = pipe(scope('stem', unit()), scope('stage1', unit()))(input);
 * const model = classifier({ name: 'tiny', input, output, features: [feature(output, 1)] }, { classes: 3 });
 *
 * console.log(freeze(model, { until: 'head' })); // ['stem/conv', 'stem/bn', 'stage1/conv', 'stage1/bn']
 * console.log(unfreeze(model, 'stage1')); // ['stage1/conv', 'stage1/bn']
 * // Kernel, gamma and beta of stage1, kernel and bias of the head.
 * console.log(model.trainableWeights.length); // 5
 * ```
 */
export function freeze(model: LayersModel, selector: LayerSelector): readonly string[] {
  return setTrainable(selectLayers(model, selector), false);
}

/**
 * Makes frozen layers trainable again.
 *
 * @param model any layers model; changed in place
 * @param selector which layers; default all
 * @returns the paths of the layers named
 * @throws LulcError `unknown-name` when no layer with weights is named
 */
export function unfreeze(model: LayersModel, selector: LayerSelector = '**'): readonly string[] {
  const chosen = selectLayers(model, selector);
  if (!model.trainable) {
    // Frozen as a whole: from here on layer by layer.
    model.trainable = true;
    freeze(model, '**');
  }
  return setTrainable(chosen, true);
}

function setTrainable(chosen: readonly layers.Layer[], trainable: boolean): readonly string[] {
  return chosen.map((layer) => {
    layer.trainable = trainable;
    return layer.name;
  });
}
