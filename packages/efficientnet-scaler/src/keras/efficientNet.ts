import { type BandInput, type ClassifierFamily, classifierFamily } from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { efficientNetBackbone } from './backbone.js';
import { type EfficientNetOptions, resolveEfficientNet } from './options.js';

/** What all Keras' EfficientNets have in common: defaults, and the network without a head, for builders of other models. */
export const efficientNetFamily: ClassifierFamily<EfficientNetOptions> = classifierFamily<EfficientNetOptions>(
  'efficientnet',
  (options) => {
    const { sizeName, factors, shape, variant, dropConnect, padding, epsilon } = resolveEfficientNet(options);
    return {
      inputSize: shape.inputSize,
      configuration: {
        ...(sizeName === 'custom' ? {} : { size: sizeName }),
        ...factors,
        variant,
        dropConnect,
        padding,
        epsilon,
      },
      backbone: (input) => efficientNetBackbone(input, options),
    };
  },
);

/**
 * An EfficientNet for scene classification (Tan & Le 2019, "EfficientNet: Rethinking model scaling for convolutional
 * neural networks", arXiv:1905.11946), layer for layer that of Keras, which the BigEarthNet benchmark takes (Papoutsis et
 * al. 2023; spec 1.2): inverted bottlenecks with squeeze-and-excitation and swish, drop-connect, batch-norm momentum 0.99,
 * kernels by fan-out.
 *
 * Input `[B, size, size, bands]` float32, scaled per band; output probabilities `[B, classes]`. The model card in
 * `userDefinedMetadata` holds the configuration. Layer paths: `stem/conv`, `stage2/block1/expand`,
 * `stage2/block1/depthwise`, `stage2/block1/attention/reduce`, `stage2/block1/project`, …, `top/conv`, `head`.
 *
 * @param options all optional: B0 at 120 pixels for 10 bands and 19 classes, multi-label, corrected variant
 * @returns a model that any TF.js code can use
 * @throws LulcError `unknown-name` for an unknown size or variant, `invalid-argument` for numbers out of range, no band or
 *   class, or one that occurs twice
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { efficientNet } from '@lulc/efficientnet-scaler';
 *
 * await useEngine('auto');
 * const model = efficientNet({ size: 'B0', bands: 10, classes: 19 });
 * console.log(model.inputs[0].shape, model.outputs[0].shape); // [null, 120, 120, 10] [null, 19]
 * ```
 */
export function efficientNet(options: EfficientNetOptions = {}): LayersModel {
  return efficientNetFamily.build(options);
}

/**
 * {@link efficientNet} with one input per band in its native resolution, resized and stacked inside the model as in the
 * published benchmark.
 *
 * @param bands inputs in channel order with their sizes, e.g. `{ name: 'B05', size: 60 }`; each takes `[B, size, size]`
 * @param options as of {@link efficientNet}, without `bands`; images are resized to its `inputSize`
 * @throws LulcError as {@link efficientNet} does, and as `stackBands` does for the bands
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { efficientNetFromBands } from '@lulc/efficientnet-scaler';
 *
 * await useEngine('auto');
 * const bands = [
 *   { name: 'B02', size: 120 },
 *   { name: 'B05', size: 60 },
 * ];
 * const model = efficientNetFromBands(bands, { size: 'B0', classes: 19 });
 * console.log(model.inputs.map(({ shape }) => shape)); // [[null, 120, 120], [null, 60, 60]]
 * ```
 */
export function efficientNetFromBands(
  bands: readonly BandInput[],
  options: Omit<EfficientNetOptions, 'bands'> = {},
): LayersModel {
  return efficientNetFamily.buildFromBands(bands, options);
}
