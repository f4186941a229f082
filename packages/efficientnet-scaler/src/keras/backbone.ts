import { type Backbone, pipe, rescale, type Sym } from '@lulc/core';
import { growingDropPath } from '../blocks/drop.js';
import type { MBConvStyle } from '../blocks/mbConv.js';
import { assemble } from '../blocks/network.js';
import { squeezeGate } from '../blocks/squeeze.js';
import { type EfficientNetBackboneOptions, resolveEfficientNet } from './options.js';

const SQUEEZE_RATIO = 0.25;

/**
 * An EfficientNet as Keras has it, without its head.
 *
 * @param input scaled image `[B, H, W, bands]`
 * @param options size, variant, drop-connect
 * @returns pyramid of five features, the last map at each of the strides 2, 4, 8, 16 and 32; the last one is the output of
 *   the network's last convolution
 * @throws LulcError `unknown-name` or `invalid-argument` for bad options
 * @example
 * ```ts
 * import { image, useEngine } from '@lulc/core';
 * import { efficientNetBackbone } from '@lulc/efficientnet-scaler';
 *
 * await useEngine('auto');
 * const { features } = efficientNetBackbone(image({ shape: [120, 120, 10] }));
 * console.log(features.map((f) => [f.stride, f.channels])); // [[2, 16], [4, 24], [8, 40], [16, 112], [32, 1280]]
 * ```
 */
export function efficientNetBackbone(input: Sym<4>, options: EfficientNetBackboneOptions = {}): Backbone {
  const { name, shape, variant, dropConnect, padding, epsilon } = resolveEfficientNet(options);
  const style: MBConvStyle = {
    norm: { momentum: 0.99, epsilon },
    padding,
    init: 'heNormalFanOut',
    depthwiseInit: 'heNormalFanOut',
    bias: false,
    expandAlways: false,
    ghost: 'none',
    depthwiseActivations: ['swish', 'linear'],
    attention: (inputChannels) => squeezeGate(Math.max(1, Math.floor(inputChannels * SQUEEZE_RATIO)), 'heNormalFanOut'),
    drop: growingDropPath(dropConnect),
  };
  const front = variant === 'reference' ? rescale({ name: 'rescale', factor: 1 / 255 }) : pipe<4>();
  return assemble(input, { name, shape, style, front });
}
