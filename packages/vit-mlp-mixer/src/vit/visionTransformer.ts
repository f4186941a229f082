import {
  activation,
  type BandInput,
  type Block,
  type ClassifierFamily,
  classifierFamily,
  dense,
  dropout,
  globalAveragePool,
  pipe,
  repeat,
  reshape,
  type Sym,
  shapeOf,
} from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { vitBackbone } from './backbone.js';
import { type ResolvedVit, resolveVit, type VitOptions } from './options.js';

/** What all vision transformers have in common: defaults, and the network without a head, for builders of other models. */
export const vitFamily: ClassifierFamily<VitOptions> = classifierFamily<VitOptions>('vit', (options) => {
  const vit = resolveVit(options);
  const { name: _, inputSize, headDropout, headMlp, ...configuration } = vit;
  return {
    inputSize,
    smallestInput: vit.patch,
    configuration: { ...configuration, headMlp: [...headMlp] },
    headDropout,
    backbone: (input) => vitBackbone(input, vit),
    pooling: head(vit),
  };
});

/** From the token map to the features: pooled, then the dense layers of the head. */
function head({ pooling, headMlp, headDropout }: ResolvedVit): Block<4, 2> {
  return pipe(
    pooling === 'flatten' ? flatten : globalAveragePool({ name: 'pool' }),
    repeat(headMlp.length, (index) => {
      const name = `head_mlp${index + 1}`;
      return pipe(
        headDropout > 0 ? dropout(headDropout, { name: `${name}_dropout` }) : pipe<2>(),
        dense({ name, units: headMlp[index] }),
        activation<2>('gelu', { name: `${name}_gelu` }),
      );
    }),
  );
}

function flatten(x: Sym<4>): Sym<2> {
  const size = shapeOf(x).reduce<number>((product, side) => product * (side as number), 1);
  return reshape<4, 2>([size], { name: 'flatten' })(x);
}

/**
 * A vision transformer (Dosovitskiy et al. 2021, arXiv:2010.11929) for scene classification as the BigEarthNet benchmark has
 * it (Papoutsis et al. 2023; spec 1.6): no class token, 8 layers of width 64, all tokens side by side into a perceptron of
 * 2048 and 1024 units. `ViTM/20`, of which only the name was published, is this library's own definition: see
 * {@link vitSizes}.
 *
 * Input `[B, size, size, bands]` float32, scaled per band; output probabilities `[B, classes]`. The model card in
 * `userDefinedMetadata` holds the configuration. Layer paths: `patch/projection`, `patch/position`, `layer1/ln1`,
 * `layer1/attention` (weights `query/kernel` …), `layer1/mlp1`, …, `ln`, `head_mlp1`, `head`. Weights for another input size:
 * {@link resizeVitWeights}.
 *
 * @param options all optional: `ViT/20` at 120 pixels for 10 bands and 19 classes, multi-label, corrected
 * @returns a model that any TF.js code can use
 * @throws LulcError `unknown-name` for an unknown size, pooling or variant, `invalid-argument` for numbers out of range, no
 *   band or class, or one that occurs twice
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { visionTransformer } from '@lulc/vit-mlp-mixer';
 *
 * await useEngine('auto');
 * const model = visionTransformer({ patch: 20, bands: 10, classes: 19 });
 * console.log(model.inputs[0].shape, model.outputs[0].shape); // [null, 120, 120, 10] [null, 19]
 * ```
 */
export function visionTransformer(options: VitOptions = {}): LayersModel {
  return vitFamily.build(options);
}

/**
 * {@link visionTransformer} with one input per band in its native resolution, resized and stacked inside the model as in the
 * published benchmark.
 *
 * @param bands inputs in channel order with their sizes, e.g. `{ name: 'B05', size: 60 }`; each takes `[B, size, size]`
 * @param options as of {@link visionTransformer}, without `bands`; images are resized to its `inputSize`
 * @throws LulcError as {@link visionTransformer} does, and as `stackBands` does for the bands
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { visionTransformerFromBands } from '@lulc/vit-mlp-mixer';
 *
 * await useEngine('auto');
 * const bands = [
 *   { name: 'B02', size: 120 },
 *   { name: 'B05', size: 60 },
 * ];
 * const model = visionTransformerFromBands(bands, { patch: 40, classes: 19 });
 * console.log(model.inputs.map(({ shape }) => shape)); // [[null, 120, 120], [null, 60, 60]]
 * ```
 */
export function visionTransformerFromBands(
  bands: readonly BandInput[],
  options: Omit<VitOptions, 'bands'> = {},
): LayersModel {
  return vitFamily.buildFromBands(bands, options);
}
