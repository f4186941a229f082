import { createCard, knownOption, writeCard } from '@lulc/core';
import { type LayersModel, model as tfModel } from '@tensorflow/tfjs-layers';
import { planDenseNetwork } from './denseNetwork.js';
import type { DenseNetworkOptions, EncoderFamily } from './options.js';

/** Which map a model without classes gives: the context module's, or the decoder's. */
export type FeatureOutput = 'encoded' | 'decoded';

/** Which model without classes. */
export interface FeaturesOptions<Name extends EncoderFamily = EncoderFamily> extends DenseNetworkOptions<Name> {
  /** Which map it gives, default `'decoded'`. */
  readonly output?: FeatureOutput;
}

/**
 * Builds a dense network as a model without classes, as pre-training leaves it (family `segmenter`, task `'features'`), with
 * random weights. Its weights go into segmenters and classifiers with the same encoder through `transferWeights`.
 *
 * @param options encoder, decoder, bands, input size, seed and which map
 * @throws LulcError as `buildDenseNetwork` does
 * @example
 * ```ts
 * import { transferWeights, useEngine } from '@lulc/core';
 * import { createFeatures, createSegmenter } from '@lulc/model-zoo';
 *
 * await useEngine('auto');
 * const network = { family: 'wrn-eca', decoder: { name: 'unet', widths: [16, 32] }, bands: 4 } as const;
 * const pretrained = await createFeatures({ ...network, inputSize: 24 });
 * const model = await createSegmenter({ ...network, inputSize: 32, classes: 3 });
 * console.log((await transferWeights(pretrained, model)).missing); // [ 'head/kernel', 'head/bias' ]
 * ```
 */
export async function createFeatures<Name extends EncoderFamily>(options: FeaturesOptions<Name>): Promise<LayersModel> {
  const output = knownOption('output', options.output ?? 'decoded', ['encoded', 'decoded']);
  const { facts, build } = await planDenseNetwork(options);
  const card = createCard({
    ...facts,
    configuration: { ...facts.configuration, output },
    task: 'features',
    classes: [],
  });
  const { backbone, [output]: map } = build();
  const model = tfModel({ inputs: backbone.input, outputs: map, name: backbone.name });
  writeCard(model, card);
  return model;
}
