import { type BandInput, type ClassifierFamily, classifierFamily } from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { resNetBackbone } from './backbone.js';
import { type ResNetOptions, resolveResNet } from './options.js';

/** What all ResNets have in common: defaults, and the network without a head, for builders of other models. */
export const resNetFamily: ClassifierFamily<ResNetOptions> = classifierFamily<ResNetOptions>('resnet', (options) => {
  const { depth, epsilon, momentum, outputStride, styleName, inputSize } = resolveResNet(options);
  const configuration = { depth, epsilon, momentum, outputStride, style: styleName };
  return { inputSize, configuration, backbone: (input) => resNetBackbone(input, configuration) };
});

/**
 * A residual network (He et al. 2016, "Deep residual learning for image recognition") for scene classification, layer for
 * layer that of the BigEarthNet benchmark (Papoutsis et al. 2023; spec 1.2): convolutions with bias, the stride in the
 * first 1×1 convolution, batch-norm momentum 0.99, Glorot-uniform kernels. `style: 'torchvision'` builds the network that
 * torchvision and timm have weights for instead.
 *
 * Input `[B, size, size, bands]` float32, scaled per band; output probabilities `[B, classes]`. The model card in
 * `userDefinedMetadata` holds the configuration. Layer paths: `stem/conv`, `stage1/block1/conv1`,
 * `stage1/block1/bn1`, `stage1/block1/skip/conv`, …, `head`.
 *
 * @param options all optional: ResNet50 at 120 pixels for 10 bands and 19 classes, multi-label
 * @returns a model that any TF.js code can use
 * @throws LulcError `unknown-name` for an unknown depth or style, `invalid-argument` for numbers out of range, no band or class, or
 *   one that occurs twice
 * @example
 * ```ts
 * import { resNet } from '@lulc/cnn-baselines';
 * import { useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const model = resNet({ depth: 18, bands: 10, classes: 19 });
 * console.log(model.inputs[0].shape, model.outputs[0].shape); // [null, 120, 120, 10] [null, 19]
 * ```
 */
export function resNet(options: ResNetOptions = {}): LayersModel {
  return resNetFamily.build(options);
}

/**
 * {@link resNet} with one input per band in its native resolution, resized and stacked inside the model as in the
 * published benchmark.
 *
 * @param bands inputs in channel order with their sizes, e.g. `{ name: 'B05', size: 60 }`; each takes `[B, size, size]`
 * @param options as of {@link resNet}, without `bands`; images are resized to its `inputSize`
 * @throws LulcError as {@link resNet} does, and as `stackBands` does for the bands
 * @example
 * ```ts
 * import { resNetFromBands } from '@lulc/cnn-baselines';
 * import { useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const bands = [
 *   { name: 'B02', size: 120 },
 *   { name: 'B05', size: 60 },
 * ];
 * const model = resNetFromBands(bands, { depth: 18, classes: 19 });
 * console.log(model.inputs.map(({ shape }) => shape)); // [[null, 120, 120], [null, 60, 60]]
 * ```
 */
export function resNetFromBands(bands: readonly BandInput[], options: Omit<ResNetOptions, 'bands'> = {}): LayersModel {
  return resNetFamily.buildFromBands(bands, options);
}
