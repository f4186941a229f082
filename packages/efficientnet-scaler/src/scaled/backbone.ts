import { attention as attentionModule, type Backbone, dropout as dropValues, pipe, type Sym } from '@lulc/core';
import { growingDropPath } from '../blocks/drop.js';
import type { MBConvStyle } from '../blocks/mbConv.js';
import { assemble } from '../blocks/network.js';
import {
  type ResolvedScaledEfficientNet,
  resolveScaledEfficientNet,
  type ScaledEfficientNetBackboneOptions,
} from './options.js';

/**
 * The benchmark's own EfficientNet without its head.
 *
 * @param input scaled image `[B, H, W, bands]`
 * @param options size, attention, ghost, variant
 * @returns pyramid of five features, the last map at each of the strides 2, 4, 8, 16 and 32; the last one is the output of
 *   the network's last convolution
 * @throws LulcError `unknown-name` or `invalid-argument` for bad options
 * @example
 * ```ts
 * import { image, useEngine } from '@lulc/core';
 * import { scaledEfficientNetBackbone } from '@lulc/efficientnet-scaler';
 *
 * await useEngine('auto');
 * const { features } = scaledEfficientNetBackbone(image({ shape: [60, 60, 10] }), { attention: 'cbam' });
 * console.log(features.map((f) => [f.stride, f.channels])); // [[2, 16], [4, 24], [8, 40], [16, 112], [32, 1280]]
 * ```
 */
export function scaledEfficientNetBackbone(input: Sym<4>, options: ScaledEfficientNetBackboneOptions = {}): Backbone {
  const resolved = resolveScaledEfficientNet(options);
  const { name, shape } = resolved;
  return assemble(input, { name, shape, style: styleOf(resolved) });
}

/** Quirks Q1, Q2, Q9 and Q10 of the published code are data here. */
function styleOf({ attention, ghost, dropout, variant }: ResolvedScaledEfficientNet): MBConvStyle {
  const norm =
    variant === 'reference'
      ? ({ momentum: 0.1, epsilon: 1e-5, gammaInit: 'uniform' } as const)
      : ({ momentum: 0.9, epsilon: 1e-5, gammaInit: 'ones' } as const);
  const common = {
    norm,
    init: 'heNormal',
    ghost,
    attention: () => attentionModule(attention, { ...norm, name: 'attention' }),
  } as const;
  return variant === 'reference'
    ? {
        ...common,
        depthwiseInit: 'glorotUniform',
        bias: true,
        expandAlways: true,
        depthwiseActivations: ['relu6', 'swish'],
        drop: () => (dropout > 0 ? dropValues<4>(dropout, { name: 'drop' }) : pipe<4>()),
      }
    : {
        ...common,
        depthwiseInit: 'heNormal',
        bias: false,
        expandAlways: false,
        depthwiseActivations: ['swish', 'linear'],
        drop: growingDropPath(dropout),
      };
}
