import { type BandInput, type ClassifierFamily, classifierFamily } from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { scaledEfficientNetBackbone } from './backbone.js';
import { resolveScaledEfficientNet, type ScaledEfficientNetOptions } from './options.js';

/** What all the benchmark's own EfficientNets have in common: defaults, and the network without a head, for builders of other models. */
export const scaledEfficientNetFamily: ClassifierFamily<ScaledEfficientNetOptions> =
  classifierFamily<ScaledEfficientNetOptions>('scaled-efficientnet', (options) => {
    const { sizeName, orientation, coefficients, shape, attention, ghost, variant, dropout } =
      resolveScaledEfficientNet(options);
    return {
      inputSize: shape.inputSize,
      configuration: {
        ...(sizeName === 'custom' ? {} : { preset: sizeName }),
        orientation,
        ...coefficients,
        attention,
        ghost: ghost === 'none' ? false : ghost,
        variant,
        dropout,
      },
      headDropout: 0.1,
      backbone: (input) => scaledEfficientNetBackbone(input, options),
    };
  });

/**
 * The EfficientNet that the benchmark of Papoutsis et al. (2023, "Benchmarking and scaling of deep learning models for
 * land cover image classification") wrote itself, to scale it together with its input and to try attention modules and
 * ghost convolutions (spec 1.3).
 *
 * | | `corrected` | `reference` |
 * |---|---|---|
 * | first convolution of a block | left out where it would not widen | always |
 * | convolutions | no bias | bias, idle before batch norm |
 * | after the depthwise convolution | swish, attention | ReLU6, attention, swish |
 * | dropped in residual branches | whole branches, up to `dropout` at the last block | values, `dropout` in every block |
 * | batch norm | momentum 0.9, scale from 1 | momentum 0.1, scale from U(−0.05, 0.05) |
 * | depthwise kernels start | He-normal | Glorot-uniform |
 *
 * Input `[B, size, size, bands]` float32, scaled per band; output probabilities `[B, classes]`. The model card in
 * `userDefinedMetadata` holds the configuration. Layer paths: `stem/conv`, `stage2/block1/expand`,
 * `stage2/block1/depthwise`, `stage2/block1/attention/conv1d`, `stage2/block1/project`, …, `top/conv`, `head`.
 *
 * @param options all optional: B0 with ECA for 10 bands and 19 classes, multi-label, corrected variant
 * @returns a model that any TF.js code can use
 * @throws LulcError `unknown-name` for an unknown preset, orientation, attention, ghost form or variant,
 *   `invalid-argument` for numbers out of range, no band or class, or one that occurs twice
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { scaledEfficientNet } from '@lulc/efficientnet-scaler';
 *
 * await useEngine('auto');
 * const model = scaledEfficientNet({ preset: 'B2', attention: 'eca', bands: 10, classes: 19 });
 * console.log(model.inputs[0].shape, model.outputs[0].shape); // [null, 70, 70, 10] [null, 19]
 * ```
 */
export function scaledEfficientNet(options: ScaledEfficientNetOptions = {}): LayersModel {
  return scaledEfficientNetFamily.build(options);
}

/**
 * {@link scaledEfficientNet} with one input per band in its native resolution, resized and stacked inside the model as in
 * the published benchmark.
 *
 * @param bands inputs in channel order with their sizes, e.g. `{ name: 'B05', size: 60 }`; each takes `[B, size, size]`
 * @param options as of {@link scaledEfficientNet}, without `bands`; images are resized to its `inputSize`
 * @throws LulcError as {@link scaledEfficientNet} does, and as `stackBands` does for the bands
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { scaledEfficientNetFromBands } from '@lulc/efficientnet-scaler';
 *
 * await useEngine('auto');
 * const bands = [
 *   { name: 'B02', size: 120 },
 *   { name: 'B05', size: 60 },
 * ];
 * const model = scaledEfficientNetFromBands(bands, { preset: 'B0', classes: 19 });
 * console.log(model.inputs.map(({ shape }) => shape)); // [[null, 120, 120], [null, 60, 60]]
 * ```
 */
export function scaledEfficientNetFromBands(
  bands: readonly BandInput[],
  options: Omit<ScaledEfficientNetOptions, 'bands'> = {},
): LayersModel {
  return scaledEfficientNetFamily.buildFromBands(bands, options);
}
