import {
  averagePool,
  type BandInput,
  type Block,
  type ClassifierFamily,
  classifierFamily,
  globalAveragePool,
  LulcError,
  pipe,
} from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { wrnBackbone } from './backbone.js';
import { resolveWrn, type ScaledWRNOptions } from './options.js';

/** What all scaled wide ResNets have in common: defaults, and the network without a head, for builders of other models. */
export const wrnFamily: ClassifierFamily<ScaledWRNOptions> = classifierFamily<ScaledWRNOptions>(
  'wrn-eca',
  (options) => {
    const { coefficients, depthRule, attention, ghost, variant, dropout, inputSize, sizeName } = resolveWrn(options);
    return {
      inputSize,
      configuration: {
        ...(sizeName === 'custom' ? {} : { preset: sizeName }),
        ...coefficients,
        depthRule,
        attention,
        ghost: ghost === 'none' ? false : ghost,
        variant,
        dropout,
      },
      backbone: (input) => wrnBackbone(input, options),
      ...(variant === 'reference' ? { pooling: cornerPool(inputSize) } : {}),
    };
  },
);

/**
 * A scaled wide residual network with efficient channel attention for scene classification (Papoutsis et al. 2023,
 * "Benchmarking and scaling of deep learning models for land cover image classification"; spec 1.4).
 *
 * Input `[B, size, size, bands]` float32, scaled per band; output probabilities `[B, classes]`. The model card in
 * `userDefinedMetadata` holds the configuration. Layer paths: `stem/conv`, `stage1/block1/conv1`,
 * `stage1/block1/attention/conv1d`, …, `head`.
 *
 * @param options all optional: B0 with ECA for 10 bands and 19 classes, multi-label, corrected variant
 * @returns a model that any TF.js code can use
 * @throws LulcError `unknown-name` for an unknown preset, attention or ghost form, `invalid-argument` for numbers out of
 *   range, no band or class, or one that occurs twice
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { scaledWRN } from '@lulc/wrn-eca';
 *
 * await useEngine('auto');
 * const model = scaledWRN({ preset: 'B4', bands: 10, classes: 19 });
 * console.log(model.inputs[0].shape, model.outputs[0].shape); // [null, 90, 90, 10] [null, 19]
 * ```
 */
export function scaledWRN(options: ScaledWRNOptions = {}): LayersModel {
  return wrnFamily.build(options);
}

/**
 * {@link scaledWRN} with one input per band in its native resolution, resized and stacked inside the model as in the
 * published benchmark.
 *
 * @param bands inputs in channel order with their sizes, e.g. `{ name: 'B05', size: 60 }`; each takes `[B, size, size]`
 * @param options as of {@link scaledWRN}, without `bands`; images are resized to its `inputSize`
 * @throws LulcError as {@link scaledWRN} does, and as `stackBands` does for the bands
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { scaledWRNFromBands } from '@lulc/wrn-eca';
 *
 * await useEngine('auto');
 * const bands = [
 *   { name: 'B02', size: 120 },
 *   { name: 'B03', size: 120 },
 *   { name: 'B05', size: 60 },
 * ];
 * const model = scaledWRNFromBands(bands, { preset: 'B0', classes: 19 });
 * console.log(model.inputs.map(({ shape }) => shape)); // [[null, 120, 120], [null, 120, 120], [null, 60, 60]]
 * ```
 */
export function scaledWRNFromBands(
  bands: readonly BandInput[],
  options: Omit<ScaledWRNOptions, 'bands'> = {},
): LayersModel {
  return wrnFamily.buildFromBands(bands, options);
}

/** Quirk Q3: an 8×8 average pool drops the last rows and columns before the global mean. */
function cornerPool(inputSize: number): Block<4, 2> {
  const lastMap = Math.ceil(Math.ceil(inputSize / 2) / 2);
  if (lastMap < 8) {
    throw new LulcError(
      'invalid-argument',
      `the reference variant needs an inputSize of at least 29 pixels, got ${inputSize}`,
      { where: { option: 'inputSize' } },
    );
  }
  return pipe(averagePool({ size: 8 }), globalAveragePool());
}
