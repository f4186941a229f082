import { classNames, createCard, type ModelOptions, writeCard } from '@lulc/core';
import { segmenter } from '@lulc/core/segmentation';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { planDenseNetwork } from './denseNetwork.js';
import type { DenseNetworkOptions, EncoderFamily } from './options.js';

/** Which segmentation model. */
export interface SegmenterModelOptions<Name extends EncoderFamily = EncoderFamily> extends DenseNetworkOptions<Name> {
  /** Class names in output order, or their number (`class 1`, `class 2`, …). */
  readonly classes: NonNullable<ModelOptions['classes']>;
  /** Share of the decoded map dropped before the head, [0, 1), default 0. */
  readonly headDropout?: number;
  /** Whether the head has a bias, default true. */
  readonly headBias?: boolean;
}

/**
 * Builds a segmentation model of any encoder with a decoder, random weights and a card (family `segmenter`, task
 * `'segmentation'`). Input `[B, size, size, bands]` float32, scaled per band; output the classes' probabilities for every
 * pixel, `[B, size, size, classes]`.
 *
 * @param options encoder, decoder, bands, input size, seed and classes
 * @throws LulcError as `buildDenseNetwork` does, and `invalid-argument` for no class or one that occurs twice
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { createSegmenter } from '@lulc/model-zoo';
 *
 * await useEngine('auto');
 * const model = await createSegmenter({
 *   family: 'wrn-eca',
 *   decoder: { name: 'unet', widths: [16, 32] },
 *   bands: ['B02', 'B03', 'B04', 'B08'],
 *   inputSize: 32,
 *   classes: ['Forest', 'Water', 'Built-up'],
 * });
 * console.log(model.outputs[0].shape); // [null, 32, 32, 3]
 * ```
 */
export async function createSegmenter<Name extends EncoderFamily>(
  options: SegmenterModelOptions<Name>,
): Promise<LayersModel> {
  const { headDropout = 0, headBias = true } = options;
  const classes = classNames(options.classes);
  const { facts, alignCorners, build } = await planDenseNetwork(options);
  const card = createCard({
    ...facts,
    configuration: { ...facts.configuration, headDropout, headBias },
    task: 'segmentation',
    classes,
  });
  const model = segmenter(build(), { classes: classes.length, dropout: headDropout, bias: headBias, alignCorners });
  writeCard(model, card);
  return model;
}
