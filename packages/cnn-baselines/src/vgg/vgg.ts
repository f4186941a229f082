import { type BandInput, type ClassifierFamily, classifierFamily } from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { vggBackbone } from './backbone.js';
import { resolveVgg, type VggOptions } from './options.js';

/** Five maxima leave one pixel of this many. */
const smallestInput = 32;

/** What all VGGs have in common: defaults, and the network without a head, for builders of other models. */
export const vggFamily: ClassifierFamily<VggOptions> = classifierFamily<VggOptions>('vgg', (options) => {
  const { depth, inputSize } = resolveVgg(options);
  return { inputSize, smallestInput, configuration: { depth }, backbone: (input) => vggBackbone(input, { depth }) };
});

/**
 * A VGG network (Simonyan & Zisserman 2015, "Very deep convolutional networks for large-scale image recognition") for scene
 * classification, as the BigEarthNet benchmark has it (Papoutsis et al. 2023; spec 1.2): 3×3 convolutions with bias and
 * without batch norm, the mean over all pixels instead of the paper's dense layers, Glorot-uniform kernels.
 *
 * Input `[B, size, size, bands]` float32, scaled per band; output probabilities `[B, classes]`. The model card in
 * `userDefinedMetadata` holds the configuration. Layer paths: `stage1/conv1`, `stage1/conv2`, `stage1/pool`, …, `head`.
 *
 * @param options all optional: VGG16 at 120 pixels for 10 bands and 19 classes, multi-label
 * @returns a model that any TF.js code can use
 * @throws LulcError `unknown-name` for an unknown depth, `invalid-argument` for numbers out of range, no band or class, or one
 *   that occurs twice
 * @example
 * ```ts
 * import { vgg } from '@lulc/cnn-baselines';
 * import { useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const model = vgg({ depth: 16, bands: 10, classes: 19 });
 * console.log(model.inputs[0].shape, model.outputs[0].shape); // [null, 120, 120, 10] [null, 19]
 * ```
 */
export function vgg(options: VggOptions = {}): LayersModel {
  return vggFamily.build(options);
}

/**
 * {@link vgg} with one input per band in its native resolution, resized and stacked inside the model as in the published
 * benchmark.
 *
 * @param bands inputs in channel order with their sizes, e.g. `{ name: 'B05', size: 60 }`; each takes `[B, size, size]`
 * @param options as of {@link vgg}, without `bands`; images are resized to its `inputSize`
 * @throws LulcError as {@link vgg} does, and as `stackBands` does for the bands
 * @example
 * ```ts
 * import { vggFromBands } from '@lulc/cnn-baselines';
 * import { useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const bands = [
 *   { name: 'B02', size: 120 },
 *   { name: 'B05', size: 60 },
 * ];
 * const model = vggFromBands(bands, { depth: 16, classes: 19 });
 * console.log(model.inputs.map(({ shape }) => shape)); // [[null, 120, 120], [null, 60, 60]]
 * ```
 */
export function vggFromBands(bands: readonly BandInput[], options: Omit<VggOptions, 'bands'> = {}): LayersModel {
  return vggFamily.buildFromBands(bands, options);
}
