import { type BandInput, type ClassifierFamily, classifierFamily } from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { denseNetBackbone } from './backbone.js';
import { type DenseNetOptions, resolveDenseNet } from './options.js';

/** The stem and three transitions leave one pixel of this many. */
const smallestInput = 29;

/** What all DenseNets have in common: defaults, and the network without a head, for builders of other models. */
export const denseNetFamily: ClassifierFamily<DenseNetOptions> = classifierFamily<DenseNetOptions>(
  'densenet',
  (options) => {
    const { depth, epsilon, inputSize } = resolveDenseNet(options);
    return {
      inputSize,
      smallestInput,
      configuration: { depth, epsilon },
      backbone: (input) => denseNetBackbone(input, { depth, epsilon }),
    };
  },
);

/**
 * A densely connected network (Huang et al. 2017, "Densely connected convolutional networks") for scene classification,
 * layer for layer that of the BigEarthNet benchmark (Papoutsis et al. 2023; spec 1.2): growth 32, convolutions without bias,
 * batch-norm momentum 0.99, Glorot-uniform kernels.
 *
 * Input `[B, size, size, bands]` float32, scaled per band; output probabilities `[B, classes]`. The model card in
 * `userDefinedMetadata` holds the configuration. Layer paths: `stem/conv`, `stage1/block1/bn1`, `stage1/block1/conv1`, …,
 * `transition1/conv`, …, `bn`, `head`.
 *
 * @param options all optional: DenseNet121 at 120 pixels for 10 bands and 19 classes, multi-label
 * @returns a model that any TF.js code can use
 * @throws LulcError `unknown-name` for an unknown depth, `invalid-argument` for numbers out of range, no band or class, or one
 *   that occurs twice
 * @example
 * ```ts
 * import { denseNet } from '@lulc/cnn-baselines';
 * import { useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const model = denseNet({ depth: 121, bands: 10, classes: 19 });
 * console.log(model.inputs[0].shape, model.outputs[0].shape); // [null, 120, 120, 10] [null, 19]
 * ```
 */
export function denseNet(options: DenseNetOptions = {}): LayersModel {
  return denseNetFamily.build(options);
}

/**
 * {@link denseNet} with one input per band in its native resolution, resized and stacked inside the model as in the
 * published benchmark.
 *
 * @param bands inputs in channel order with their sizes, e.g. `{ name: 'B05', size: 60 }`; each takes `[B, size, size]`
 * @param options as of {@link denseNet}, without `bands`; images are resized to its `inputSize`
 * @throws LulcError as {@link denseNet} does, and as `stackBands` does for the bands
 * @example
 * ```ts
 * import { denseNetFromBands } from '@lulc/cnn-baselines';
 * import { useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const bands = [
 *   { name: 'B02', size: 120 },
 *   { name: 'B05', size: 60 },
 * ];
 * const model = denseNetFromBands(bands, { depth: 121, classes: 19 });
 * console.log(model.inputs.map(({ shape }) => shape)); // [[null, 120, 120], [null, 60, 60]]
 * ```
 */
export function denseNetFromBands(
  bands: readonly BandInput[],
  options: Omit<DenseNetOptions, 'bands'> = {},
): LayersModel {
  return denseNetFamily.buildFromBands(bands, options);
}
