import {
  type Backbone,
  conv2d,
  feature,
  layerNormalization,
  pipe,
  repeat,
  reshape,
  type Sym,
  scope,
  shapeOf,
} from '@lulc/core';
import { mixerBlock } from '../blocks/blocks.js';
import { type MixerBackboneOptions, resolveMixer } from './options.js';

/**
 * An MLP-Mixer (Tolstikhin et al. 2021, arXiv:2105.01601) without its head: patches, mixer blocks and, in the corrected
 * variant, a last layer norm.
 *
 * @param input scaled image `[B, H, W, bands]` of fixed size; its size fixes the number of tokens
 * @param options size, patch, variant
 * @returns one feature, the tokens arranged as the image `[B, ⌈H/patch⌉, ⌈W/patch⌉, width]`
 * @throws LulcError `unknown-name` or `invalid-argument` for bad options
 * @example
 * ```ts
 * import { image, useEngine } from '@lulc/core';
 * import { mixerBackbone } from '@lulc/vit-mlp-mixer';
 *
 * await useEngine('auto');
 * const backbone = mixerBackbone(image({ shape: [120, 120, 10] }), { size: 'tiny' });
 * console.log(backbone.output.shape, backbone.features[0].stride); // [null, 10, 10, 64] 12
 * ```
 */
export function mixerBackbone(input: Sym<4>, options: MixerBackboneOptions = {}): Backbone {
  const mixer = resolveMixer(options);
  const { patch, width, blocks, epsilon, name } = mixer;
  const reference = mixer.variant === 'reference';
  const block = mixerBlock({ ...mixer, axis: reference ? 'tokens' : 'channels' });
  const [height, breadth] = shapeOf(input).map((pixels) => Math.ceil((pixels as number) / patch));
  const cut = conv2d({
    name: 'conv',
    filters: width,
    kernelSize: patch,
    stride: patch,
    bias: true,
    init: 'glorotUniform',
  });
  const output = pipe(
    scope('patch', pipe(cut, reshape<4, 3>([height * breadth, width], { name: 'tokens' }))),
    repeat(blocks, (index) => scope(`block${index + 1}`, block)),
    reference ? pipe<3>() : layerNormalization({ name: 'ln', epsilon }),
    reshape<3, 4>([height, breadth, width], { name: 'map' }),
  )(input);
  return { name, input, features: [feature(output, patch)], output };
}
