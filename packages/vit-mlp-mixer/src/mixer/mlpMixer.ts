import {
  type BandInput,
  type ClassifierFamily,
  classifierFamily,
  globalAveragePool,
  layerNormalization,
  pipe,
} from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { mixerBackbone } from './backbone.js';
import { type MixerOptions, resolveMixer } from './options.js';

/** What all MLP-Mixers have in common: defaults, and the network without a head, for builders of other models. */
export const mixerFamily: ClassifierFamily<MixerOptions> = classifierFamily<MixerOptions>('mlp-mixer', (options) => {
  const mixer = resolveMixer(options);
  const { name: _, inputSize, ...configuration } = mixer;
  const { variant, epsilon } = mixer;
  return {
    inputSize,
    configuration,
    backbone: (input) => mixerBackbone(input, mixer),
    pooling: pipe(
      globalAveragePool({ name: 'pool' }),
      variant === 'reference' ? layerNormalization<2>({ name: 'ln', epsilon }) : pipe<2>(),
    ),
  };
});

/**
 * An MLP-Mixer (Tolstikhin et al. 2021, arXiv:2105.01601) for scene classification as the BigEarthNet benchmark has it
 * (Papoutsis et al. 2023; spec 1.6): patches of 12×12 pixels, 4 blocks of width 128 or 2 of width 64.
 *
 * Input `[B, size, size, bands]` float32, scaled per band; output probabilities `[B, classes]`. The model card in
 * `userDefinedMetadata` holds the configuration. Layer paths: `patch/conv`, `block1/ln1`, `block1/token_dense1`,
 * `block1/channel_dense1`, …, `ln`, `head`. The input size fixes the number of tokens and so the shape of weights.
 *
 * @param options all optional: size `'base'` at 120 pixels for 10 bands and 19 classes, multi-label, corrected
 * @returns a model that any TF.js code can use
 * @throws LulcError `unknown-name` for an unknown size or variant, `invalid-argument` for numbers out of range, no band or
 *   class, or one that occurs twice
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { mlpMixer } from '@lulc/vit-mlp-mixer';
 *
 * await useEngine('auto');
 * const model = mlpMixer({ size: 'tiny', bands: 10, classes: 19 });
 * console.log(model.inputs[0].shape, model.outputs[0].shape); // [null, 120, 120, 10] [null, 19]
 * ```
 */
export function mlpMixer(options: MixerOptions = {}): LayersModel {
  return mixerFamily.build(options);
}

/**
 * {@link mlpMixer} with one input per band in its native resolution, resized and stacked inside the model as in the
 * published benchmark.
 *
 * @param bands inputs in channel order with their sizes, e.g. `{ name: 'B05', size: 60 }`; each takes `[B, size, size]`
 * @param options as of {@link mlpMixer}, without `bands`; images are resized to its `inputSize`
 * @throws LulcError as {@link mlpMixer} does, and as `stackBands` does for the bands
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { mlpMixerFromBands } from '@lulc/vit-mlp-mixer';
 *
 * await useEngine('auto');
 * const bands = [
 *   { name: 'B02', size: 120 },
 *   { name: 'B05', size: 60 },
 * ];
 * const model = mlpMixerFromBands(bands, { size: 'tiny', classes: 19 });
 * console.log(model.inputs.map(({ shape }) => shape)); // [[null, 120, 120], [null, 60, 60]]
 * ```
 */
export function mlpMixerFromBands(bands: readonly BandInput[], options: Omit<MixerOptions, 'bands'> = {}): LayersModel {
  return mixerFamily.buildFromBands(bands, options);
}
